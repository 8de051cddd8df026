"""What an engine says of a table, in the words that all engines share."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from dataviz_pipelines.core.models.metadata import CountKind, NormalizedType, TableAccess, TableType


class TableName(NamedTuple):
    """Engines without schemas below a database repeat the database's name as the schema's."""

    database_name: str
    schema_name: str
    table_name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A table that the source says is there. `key` is the engine's own handle."""

    name: TableName
    key: Any


class Column(NamedTuple):
    """A tuple, since hundreds of thousands are made, compared and copied. The names are those of `column_metadata`."""

    column_name: str
    position: int
    data_type: str
    native_type: str
    normalized_type: str | NormalizedType
    max_length: int | None
    numeric_precision: int | None
    numeric_scale: int | None
    is_nullable: bool
    is_primary_key: bool
    is_foreign_key: bool
    default_expression: str | None
    is_generated: bool
    generation_expression: str | None
    is_identity: bool
    source_comment: str | None


class Statistics(NamedTuple):
    """`counted_at` is the source's own time of an estimate, None where it tells none."""

    row_count: int | None
    row_count_kind: str
    size_bytes: int | None
    size_bytes_kind: str
    counted_at: datetime | None


UNKNOWN: Final = Statistics(None, CountKind.UNKNOWN, None, CountKind.UNKNOWN, None)


@dataclass(frozen=True, slots=True)
class Definition:
    """What makes a table the one it is. Keys and indexes are as `models.documents.metadata` has them."""

    table_type: TableType
    columns: tuple[Column, ...]
    is_partitioned: bool = False
    source_comment: str | None = None
    view_definition: str | None = None
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[dict[str, Any], ...] = ()
    foreign_keys: tuple[dict[str, Any], ...] = ()
    indexes: tuple[dict[str, Any], ...] = ()
    access: TableAccess = TableAccess.READABLE
    access_remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    name: TableName
    definition: Definition
    statistics: Statistics = UNKNOWN
