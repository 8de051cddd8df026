"""The place where a fact from the core becomes a failure that Dagster shows, with its remedy, and decides about retries."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from dataviz_pipelines.core.errors import DatavizError, UnavailableError

RETRY_AFTER_S = 5.0


@contextmanager
def as_failure() -> Iterator[None]:
    """What may work later is tried again; what will fail again fails at once."""
    try:
        yield
    except UnavailableError as error:
        raise dg.RetryRequested(max_retries=3, seconds_to_wait=RETRY_AFTER_S) from error
    except DatavizError as error:
        raise dg.Failure(
            description=str(error),
            metadata={"kind": type(error).__name__, "remedy": error.remedy or "none"},
            allow_retries=False,
        ) from error
