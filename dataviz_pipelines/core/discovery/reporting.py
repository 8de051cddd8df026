"""What the shells show: a run's record, what changed with it, and what is known of its source."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.discovery.recording import Counts
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem, TableIndex
from dataviz_pipelines.core.models.metadata import ChangeType, DiscoveryStatus
from dataviz_pipelines.core.sql import blocks, execute

_SQL: Final = blocks("dataviz_pipelines.core.discovery", "reports.sql")


@dataclass(frozen=True)
class RunRecord:
    id: UUID
    source_id: UUID
    source_name: str
    status: DiscoveryStatus
    started_at: datetime | None
    finished_at: datetime | None
    counts: Counts
    problems: list[DiscoveryProblem]
    error_message: str | None


class NotedChange(NamedTuple):
    schema_name: str
    table_name: str
    column_name: str | None
    change_type: ChangeType
    is_breaking: bool
    before: Any
    after: Any

    @property
    def place(self) -> str:
        parts = (self.schema_name, self.table_name, self.column_name)
        return ".".join(part for part in parts if part is not None)


class Totals(NamedTuple):
    """Of the tables that are there. Rows and bytes are the sums of those that are known, None where none is."""

    tables: int
    rows: int | None
    size_bytes: int | None
    columns: int


class LargeTable(NamedTuple):
    schema_name: str
    table_name: str
    table_type: str
    row_count: int | None
    row_count_kind: str
    size_bytes: int | None
    columns: int


def run_record(connection: Connection, run_id: UUID) -> RunRecord | None:
    found = execute(connection, _SQL["run"], {"run_id": run_id}).fetchone()
    if found is None:
        return None
    run, source_id, name, status, started_at, finished_at, *counts, problems, message = found
    return RunRecord(
        run,
        source_id,
        name,
        DiscoveryStatus(status),
        started_at,
        finished_at,
        Counts(*counts),
        [DiscoveryProblem.model_validate(problem) for problem in problems],
        message,
    )


def noted_changes(connection: Connection, run_id: UUID) -> list[NotedChange]:
    """Breaking ones first."""
    found = execute(connection, _SQL["changes"], {"run_id": run_id})
    return [NotedChange._make(row) for row in found]


def values_shown(document: dict[str, Any] | None) -> str:
    """What was before or after a change, for people. A type as the database writes it says all that follows from it."""
    known = {name: value for name, value in (document or {}).items() if value is not None}
    if "native_type" in known:
        return str(known["native_type"])
    return ", ".join(f"{name}: {value}" for name, value in known.items())


def totals(connection: Connection, source_id: UUID) -> Totals:
    found = execute(connection, _SQL["totals"], {"source_id": source_id}).fetchone()
    assert found is not None  # noqa: S101  # an aggregate has one row
    return Totals._make(found)


def largest_tables(connection: Connection, source_id: UUID, *, most: int) -> list[LargeTable]:
    found = execute(connection, _SQL["largest"], {"source_id": source_id, "most": most})
    return [LargeTable._make(row) for row in found]


def known_tables(connection: Connection, source_id: UUID) -> Iterator[dict[str, Any]]:
    """All that is known of each table that is there, with its `columns` in their order, by the names of the database's columns."""
    columns: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for table_id, column in _named(connection, "columns", source_id):
        columns[table_id].append(column)
    for table_id, table in _named(connection, "tables", source_id):
        table["indexes"] = [
            TableIndex.model_validate(index).model_dump() for index in table["indexes"]
        ]
        yield {"id": table_id, **table, "columns": columns[table_id]}


def _named(
    connection: Connection, block: str, source_id: UUID
) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Each row's first value, and the others by name."""
    found = execute(connection, _SQL[block], {"source_id": source_id})
    names = [column.name for column in found.description or ()][1:]
    for key, *values in found:
        yield key, dict(zip(names, values, strict=True))
