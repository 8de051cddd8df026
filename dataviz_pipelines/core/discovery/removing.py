"""What is listed no more: gone, hidden from the role, or so much at once that nobody should believe it."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.discovery.snapshot import TableName
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem, ProblemKind

FEWEST: Final = 3
"""Of a small schema anything may go."""


@dataclass(frozen=True)
class Fuse:
    """The greatest part of a schema's tables that one run removes. 1 removes whatever is gone."""

    fraction: float = 0.5

    def blown(
        self, present: Collection[TableName], gone: Collection[TableName]
    ) -> list[DiscoveryProblem]:
        """One problem for each schema of which too much is gone; `present` are those known before, the gone among them."""
        before, missing = _by_schema(present), _by_schema(gone)
        return [
            _problem(schema, count, before[database, schema])
            for (database, schema), count in missing.items()
            if count >= FEWEST and count > self.fraction * before[database, schema]
        ]


def _by_schema(names: Iterable[TableName]) -> Counter[tuple[str, str]]:
    return Counter((name.database_name, name.schema_name) for name in names)


def _problem(schema: str, gone: int, known: int) -> DiscoveryProblem:
    return DiscoveryProblem(
        schema_name=schema,
        table_name=None,
        kind=ProblemKind.FUSE,
        reason=f"{gone} of {known} tables are gone at once, so none was removed.",
        remedy="If they were dropped on purpose, run the discovery again with --allow-removals.",
    )


def hidden_problem(name: TableName, remedy: str | None) -> DiscoveryProblem:
    return DiscoveryProblem(
        schema_name=name.schema_name,
        table_name=name.table_name,
        kind=ProblemKind.HIDDEN,
        reason="It is not listed any more, and the role has lost the right to see it.",
        remedy=remedy,
    )


def denied_problem(name: TableName, remedy: str | None) -> DiscoveryProblem:
    return DiscoveryProblem(
        schema_name=name.schema_name,
        table_name=name.table_name,
        kind=ProblemKind.DENIED,
        reason="The role may not read it.",
        remedy=remedy,
    )
