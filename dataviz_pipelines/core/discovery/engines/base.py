"""What an engine is asked. Each is made of an open connection that nobody else uses meanwhile."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from dataviz_pipelines.core.discovery.snapshot import Described, Listed, TableName
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem, ProblemKind


@dataclass(frozen=True)
class Limits:
    """`deadline_s` bounds the whole reading, whatever the server does. `count_budget_ms` is what an exact count may cost
    per table; 0 takes the estimates."""

    statement_timeout_ms: int = 60_000
    lock_timeout_ms: int = 1_000
    deadline_s: float = 600
    count_budget_ms: int = 0


@dataclass(frozen=True)
class Listing:
    """`problems` are of schemas that could not be listed: their tables are neither here nor gone."""

    tables: list[Listed]
    problems: tuple[DiscoveryProblem, ...] = ()


class UnreadableError(Exception):
    """Some table of a batch cannot be described. The engine can still describe others."""

    def __init__(self, kind: ProblemKind, reason: str, remedy: str | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.remedy = remedy


class Engine(Protocol):
    """All but `UnreadableError` is a SourceReadError and ends the reading."""

    def reading(self) -> AbstractContextManager[None]:
        """Everything below happens within; it bounds times and leaves the connection as it was."""

    def tables(self) -> Listing: ...

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        """Raises UnreadableError when one of them cannot be described."""

    def hidden(self, missing: Collection[TableName]) -> dict[TableName, str | None]:
        """Those of the missing that are only hidden from the role, each with the statement that would show it again."""
