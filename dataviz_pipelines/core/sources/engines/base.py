"""What the rest of the platform knows of a kind of database: how to connect, and what its errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from dataviz_pipelines.core.sources.cutting import cut_off
from dataviz_pipelines.core.sources.errors import Reason, SourceError

GRACE_S: Final = 2.0
"""How much longer than its limit a statement may take: the server ends it at the limit, unless it hangs."""
APPLICATION: Final = "dataviz"
CANCEL_S: Final = 5.0
"""How long a server may take to be told that a query is to end."""


class Driver(Protocol):
    """A connection of PEP 249."""

    def cursor(self) -> Any: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class SqlEngine(Protocol):
    """One connection's engine. `errors` are all that its driver raises, servers that send nonsense included."""

    @property
    def errors(self) -> tuple[type[Exception], ...]: ...

    def connect(self) -> Driver:
        """To an address that the guard has checked. Raises its errors, or SourceError."""

    def begin(self, driver: Any, *, timeout_s: float) -> None:
        """A read-only transaction whose statements the server ends after that time."""

    def run_one(self, driver: Any, query: str) -> None:
        """A single statement that only reads, of whose answer nobody needs more than that there is one. Quotes in it mean what
        they meant to who checked it."""

    def file_number(self, driver: Any) -> int: ...

    def is_broken(self, driver: Any) -> bool: ...

    def explain(self, error: BaseException) -> SourceError: ...

    def version(self, driver: Any) -> str: ...

    def cancel(self, driver: Any) -> None:
        """Ends what the server does for this connection just now, from another thread, over a connection of its own."""

    def powers(self, driver: Any) -> list[str]:
        """What its role may do that no read-only transaction keeps it from, as sentences for people."""


@contextmanager
def bounded(engine: SqlEngine, driver: Driver, *, timeout_s: float) -> Iterator[None]:
    """Whatever goes wrong in it is a SourceError; whatever hangs is cut off."""
    try:
        with cut_off(engine.file_number(driver), after_s=timeout_s + GRACE_S) as passed:
            yield
    except engine.errors as error:
        if passed.is_set():
            raise SourceError(Reason.TIMEOUT) from error
        raise engine.explain(error) from error
