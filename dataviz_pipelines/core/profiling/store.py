"""Statements about what is profiled, and about profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.discovery.snapshot import TableName
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.profiling.sampling import Column, Table
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import (
    ALWAYS,
    KINDS,
    NEVER,
    TABLE_METADATA,
    parameters,
    within,
)
from dataviz_pipelines.core.sql import blocks, execute

_SQL: Final = blocks("dataviz_pipelines.core.profiling", "profiles.sql")
_SOURCES: Final = KINDS[ResourceType.DATA_SOURCE]


@dataclass(frozen=True)
class Kept:
    """What is kept of a column: the fields of `ColumnProfile`."""

    column_id: UUID
    sampled_rows: int
    is_exact: bool
    null_count: int
    sampled_distinct: int | None
    distinct_estimate: int | None
    min_value: str | None
    max_value: str | None
    quantiles: dict[str, float] | None
    top_values: list[dict[str, Any]] | None
    looks_personal: bool
    personal_reason: str | None
    profiled_at: datetime


@dataclass(frozen=True)
class Profile(Kept):
    """With the column's name, and its type as its database has it."""

    column_name: str
    native_type: str

    @property
    def null_fraction(self) -> float | None:
        """Of the rows that were read; None when there were none."""
        return self.null_count / self.sampled_rows if self.sampled_rows else None

    def document(self) -> dict[str, Any]:
        return {**vars(self), "null_fraction": self.null_fraction}


def find_table(connection: Connection, caller: Caller | None, table_id: UUID) -> Table | None:
    """One whose metadata and whose data source the caller may see."""
    values = {"id": table_id, **({} if caller is None else parameters(caller))}
    statement = _SQL["table"].format(allowed=_allowed(caller))
    row = execute(connection, statement, values).fetchone()
    return None if row is None else Table(*row)


def tables_of(connection: Connection, source_id: UUID) -> list[tuple[UUID, str, str]]:
    """Ids, schemas and names of those that are there, in order."""
    return execute(connection, _SQL["tables"], {"source_id": source_id}).fetchall()


def due_tables(
    connection: Connection, caller: Caller | None, source_id: UUID, *, only_changed: bool
) -> list[tuple[UUID, TableName]]:
    """Those that are there, can be read and may be seen by the caller, in the order of their turns."""
    values = {"source_id": source_id, "only_changed": only_changed}
    values |= {} if caller is None else parameters(caller)
    rows = execute(connection, _SQL["due"].format(allowed=_allowed(caller)), values)
    return [(table_id, TableName(*name)) for table_id, *name in rows]


def note_try(connection: Connection, table_id: UUID, at: datetime) -> None:
    execute(connection, _SQL["note_try"], {"table_id": table_id, "at": at})


def columns_of(connection: Connection, table_id: UUID) -> list[Column]:
    rows = execute(connection, _SQL["columns"], {"table_id": table_id})
    return [Column(column_id, name, NormalizedType(kind)) for column_id, name, kind in rows]


def keep(connection: Connection, profiles: Sequence[Kept], *, user_id: UUID | None) -> None:
    """Over what was known of the columns before."""
    for each in profiles:
        documents = {"quantiles": _json(each.quantiles), "top_values": _json(each.top_values)}
        execute(connection, _SQL["keep"], {**vars(each), **documents, "user_id": user_id})


def profiles_of(connection: Connection, table_id: UUID) -> list[Profile]:
    rows = execute(connection, _SQL["profiles"], {"table_id": table_id})
    return [Profile(*row) for row in rows]


def _allowed(caller: Caller | None) -> str:
    if caller is None:
        return ALWAYS
    known = TABLE_METADATA.allows(caller, "view")
    readable = within(_SOURCES, "data_source_id", caller, "view")
    return NEVER if NEVER in (known, readable) else f"({known}) AND ({readable})"


def _json(document: Any) -> Jsonb | None:
    return None if document is None else Jsonb(document)
