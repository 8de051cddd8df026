"""What running a query needs of a kind of database."""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from dataviz_pipelines.core.queries.binding import Bound
from dataviz_pipelines.core.queries.results import Column
from dataviz_pipelines.core.sources.connecting import Pools, Source


@dataclass(frozen=True)
class Statement:
    """`timeout_s` is for all of it, its rows included. `most_bytes` and `labels` are for BigQuery."""

    bound: Bound
    timeout_s: float
    most_bytes: int | None = None
    labels: tuple[tuple[str, str], ...] = ()


class Run(Protocol):
    """One query on one connection. Raises SourceError, or QueryFailedError for what the person can correct."""

    @property
    def warnings(self) -> list[str]:
        """What its role may do beyond reading."""

    @property
    def bytes_billed(self) -> int | None: ...

    def rows(self) -> Generator[Sequence[Any], None, None]:
        """From the server as they are read; closing it ends the query there."""

    def columns(self) -> list[Column]:
        """After `rows` were read or closed."""

    def cancel(self) -> None:
        """Ends it on the server; from another thread."""


@dataclass(frozen=True)
class Engine:
    """`run` lends a connection. `check` asks whether the source would take the text, and reads no data; raises as Run does."""

    run: Callable[[Pools, Source, Statement], AbstractContextManager[Run]]
    check: Callable[[Pools, Source, str], None]
