"""The statements on what is known of data sources. Each writes only what differs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.discovery.drift import Change
from dataviz_pipelines.core.discovery.knowledge import Knowledge, Known
from dataviz_pipelines.core.discovery.snapshot import Column, Described, Statistics, TableName
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem
from dataviz_pipelines.core.models.ids import new_id, new_ids
from dataviz_pipelines.core.sql import blocks, copy_into, execute

_SQL: Final = blocks("dataviz_pipelines.core.discovery", "discovery.sql")
_LOCK: Final = "dataviz discovery "
_TABLE: Final = (
    "id, database_name, schema_name, table_name, table_type, is_partitioned, source_comment, view_definition, "
    "primary_key, unique_keys, foreign_keys, indexes, access, access_remedy, fingerprint, row_count, row_count_kind, "
    "size_bytes, size_bytes_kind, counted_at"
)
_COLUMN: Final = f"id, table_metadata_id, {', '.join(Column._fields)}"
Row = tuple[Any, ...]
Marked = tuple[UUID, str, Described]
"""A table with its id and its fingerprint."""


def try_lock(connection: Connection, source_id: UUID) -> bool:
    """Held until the connection ends its session or `unlock` is called: one discovery of a source at a time."""
    text = "SELECT pg_try_advisory_lock(hashtextextended(%(name)s, 0))"
    return _value(connection, text, {"name": f"{_LOCK}{source_id}"}) is True


def unlock(connection: Connection, source_id: UUID) -> None:
    text = "SELECT pg_advisory_unlock(hashtextextended(%(name)s, 0))"
    execute(connection, text, {"name": f"{_LOCK}{source_id}"})


def begin_run(connection: Connection, source_id: UUID, run_id: UUID) -> UUID:
    """The run's id: another one where that run has done its work already."""
    values = {"source_id": source_id, "run_id": run_id}
    execute(connection, _SQL["abandon_runs"], values)
    begun: UUID | None = _value(connection, _SQL["begin_run"], values)
    return begun or begin_run(connection, source_id, new_id())


def finish_run(
    connection: Connection,
    run_id: UUID,
    *,
    status: str,
    counts: Mapping[str, int],
    problems: Sequence[DiscoveryProblem],
) -> None:
    values = {
        "run_id": run_id,
        "status": status,
        "problems": Jsonb([problem.model_dump(mode="json") for problem in problems]),
        **counts,
    }
    execute(connection, _SQL["finish_run"], values)


def fail_run(connection: Connection, run_id: UUID, message: str) -> None:
    execute(connection, _SQL["fail_run"], {"run_id": run_id, "message": message})


def knowledge(connection: Connection, source_id: UUID) -> Knowledge:
    rows = execute(connection, _SQL["known"], {"source_id": source_id})
    return {
        TableName(*row[1:4]): Known(row[0], row[4], row[5], Statistics(*row[6:])) for row in rows
    }


def known_definitions(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Type, whether it is partitioned, comment, view, primary, unique and foreign keys, access."""
    rows = execute(connection, _SQL["known_definitions"], {"ids": list(ids)})
    return {row[0]: row[1:] for row in rows}


def known_columns(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[Column]]:
    found: dict[UUID, list[Column]] = {table_id: [] for table_id in ids}
    for table_id, *column in execute(connection, _SQL["known_columns"], {"ids": list(ids)}):
        found[table_id].append(Column._make(column))
    return found


def add(
    connection: Connection, source_id: UUID, tables: Sequence[Marked], *, now: datetime
) -> None:
    """Tables that nobody knew, which one COPY stores at a third of what merging costs."""
    rows = ((source_id, *_table_row(*table, now)) for table in tables)
    copy_into(connection, f"database_metadata (data_source_id, {_TABLE})", rows)
    copy_into(connection, f"column_metadata ({_COLUMN})", _column_rows(tables))


def merge(
    connection: Connection, source_id: UUID, tables: Sequence[Marked], *, now: datetime
) -> None:
    """Tables that were there before, in whatever state."""
    execute(connection, _SQL["incoming"], {})
    copy_into(
        connection, f"incoming_tables ({_TABLE})", (_table_row(*table, now) for table in tables)
    )
    copy_into(connection, f"incoming_columns ({_COLUMN})", _column_rows(tables))
    execute(connection, "ANALYZE incoming_tables; ANALYZE incoming_columns", {})
    execute(connection, _SQL["merge_tables"], {"source_id": source_id})
    execute(connection, _SQL["merge_columns"], {})
    execute(connection, _SQL["remove_columns"], {"ids": [table_id for table_id, _, _ in tables]})


def count_anew(
    connection: Connection, counts: Sequence[tuple[UUID, Statistics]], *, now: datetime
) -> None:
    ids = [table_id for table_id, _ in counts]
    names = ("rows", "rows_kinds", "sizes", "size_kinds", "times")
    columns = zip(*(_timed(statistics, now) for _, statistics in counts), strict=True)
    values = {name: list(column) for name, column in zip(names, columns, strict=True)}
    execute(connection, _SQL["count_anew"], {"ids": ids, **values})


def remove_tables(
    connection: Connection, source_id: UUID, run_id: UUID, ids: Sequence[UUID]
) -> None:
    execute(
        connection,
        _SQL["remove_tables"],
        {"source_id": source_id, "run_id": run_id, "ids": list(ids)},
    )


def hide_tables(connection: Connection, remedies: Mapping[UUID, str | None]) -> None:
    values = {"ids": list(remedies), "remedies": list(remedies.values())}
    execute(connection, _SQL["hide_tables"], values)


def note_changes(connection: Connection, run_id: UUID, changes: Iterable[Change]) -> None:
    columns = "id, discovery_run_id, table_metadata_id, column_name, change_type, is_breaking, before, after"
    rows = (
        (
            new_id(),
            run_id,
            change.table_id,
            change.column_name,
            change.type,
            change.is_breaking,
            _document(change.before),
            _document(change.after),
        )
        for change in changes
    )
    copy_into(connection, f"metadata_changes ({columns})", rows)


def now(connection: Connection) -> datetime:
    moment: datetime = _value(connection, "SELECT now()", {})
    return moment


def _table_row(table_id: UUID, fingerprint: str, table: Described, now: datetime) -> Row:
    definition = table.definition
    return (
        table_id,
        *table.name,
        definition.table_type,
        definition.is_partitioned,
        definition.source_comment,
        definition.view_definition,
        json.dumps(definition.primary_key),
        json.dumps(definition.unique_keys),
        json.dumps(definition.foreign_keys),
        json.dumps(definition.indexes),
        definition.access,
        definition.access_remedy,
        fingerprint,
        *_timed(table.statistics, now),
    )


def _column_rows(tables: Iterable[Marked]) -> Iterator[Row]:
    for table_id, _, table in tables:
        columns = table.definition.columns
        for column_id, column in zip(new_ids(len(columns)), columns, strict=True):
            yield (column_id, table_id, *column)


def _timed(statistics: Statistics, now: datetime) -> Statistics:
    is_known = statistics.row_count is not None or statistics.size_bytes is not None
    if statistics.counted_at is None and is_known:
        return statistics._replace(counted_at=now)
    return statistics


def _document(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _value(connection: Connection, text: str, values: Mapping[str, Any]) -> Any:
    row = execute(connection, text, values).fetchone()
    return None if row is None else row[0]
