"""One table that cannot be described never stops the others: a batch that fails is halved until it stands alone."""

from collections.abc import Sequence

from dataviz_pipelines.core.discovery.engines.base import Engine, UnreadableError
from dataviz_pipelines.core.discovery.snapshot import Described, Listed
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem


def describe(
    engine: Engine, tables: Sequence[Listed], problems: list[DiscoveryProblem]
) -> list[Described]:
    """What could be described; the rest is added to `problems`."""
    try:
        return engine.describe(tables)
    except UnreadableError as error:
        if len(tables) == 1:
            problems.append(_problem(tables[0], error))
            return []
    middle = len(tables) // 2
    return [
        *describe(engine, tables[:middle], problems),
        *describe(engine, tables[middle:], problems),
    ]


def _problem(table: Listed, error: UnreadableError) -> DiscoveryProblem:
    return DiscoveryProblem(
        schema_name=table.name.schema_name,
        table_name=table.name.table_name,
        kind=error.kind,
        reason=error.reason,
        remedy=error.remedy,
    )
