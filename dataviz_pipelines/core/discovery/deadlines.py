"""How long a data source may say nothing while it is read."""

from collections.abc import Iterator
from contextlib import contextmanager

from dataviz_pipelines.core.discovery.errors import SourceReadError, SourceTimeoutError
from dataviz_pipelines.core.sources.cutting import cut_off


@contextmanager
def deadline(seconds: float, file_number: int) -> Iterator[None]:
    """Turns the SourceReadError of a connection that was cut off into a SourceTimeoutError."""
    with cut_off(file_number, after_s=seconds) as passed:
        try:
            yield
        except SourceReadError as error:
            if passed.is_set():
                raise SourceTimeoutError(
                    f"The data source did not answer within {seconds:g} seconds.",
                    remedy="What was known of it stays. Look whether the server hangs, then try again.",
                ) from error
            raise
