"""Metadata tables: what discovery found in the data sources, and the queries people keep."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.base import (
    Base,
    counter,
    flag,
    not_negative,
    one_of,
    reference,
    where,
)


class TableType(StrEnum):
    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized_view"
    FOREIGN_TABLE = "foreign_table"


class CountKind(StrEnum):
    """How much a number is worth. What is unknown is NULL."""

    EXACT = "exact"
    ESTIMATE = "estimate"
    UNKNOWN = "unknown"


class TableAccess(StrEnum):
    READABLE = "readable"
    DENIED = "denied"


class NormalizedType(StrEnum):
    """The types of all engines in one vocabulary. A `timestamp` is an instant, a `datetime` is told without its zone."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    STRING = "string"
    ENUM = "enum"
    BINARY = "binary"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    ARRAY = "array"
    STRUCT = "struct"
    RANGE = "range"
    SPATIAL = "spatial"
    OTHER = "other"


class DiscoveryStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


class ChangeType(StrEnum):
    TABLE_ADDED = "table_added"
    TABLE_REMOVED = "table_removed"
    TABLE_RETURNED = "table_returned"
    TABLE_CHANGED = "table_changed"
    COLUMN_ADDED = "column_added"
    COLUMN_REMOVED = "column_removed"
    COLUMN_RETYPED = "column_retyped"
    COLUMN_NULLABILITY = "column_nullability"
    COLUMN_CHANGED = "column_changed"
    KEY_CHANGED = "key_changed"
    VIEW_CHANGED = "view_changed"
    ACCESS_CHANGED = "access_changed"


class Effect(StrEnum):
    """Of a change on what people made. `unknown`: nobody can say what it reads."""

    BREAKS = "breaks"
    MAY_BREAK = "may_break"
    UNKNOWN = "unknown"


class QueryType(StrEnum):
    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    DDL = "ddl"
    OTHER = "other"


def _search(table: str, column: str) -> tuple[Index, Index]:
    """What `core.search` looks into: names by their letters, and whatever a thing is called by its words."""
    terms = f"search_terms({column}, source_comment, description, tags)"
    return (
        Index(
            f"idx_{table}_search_name",
            text(f"search_name({column}) public.gin_trgm_ops"),
            postgresql_using="gin",
        ),
        Index(f"idx_{table}_search_terms", text(terms), postgresql_using="gin"),
    )


def _list() -> MappedColumn[list[Any]]:
    return mapped_column(server_default=text("'[]'"))


class DatabaseMetadata(Base):
    """One table or view of a data source. A count that is not known is NULL, never 0.

    Engines without schemas below a database repeat the database's name as the schema's. A removed table keeps its row and
    comes back with the same id. `description` and `tags` are people's, `source_comment` is the database's own.
    `last_seen_at` is that of a removed table; one that is there was seen by the latest run. `profile_tried_at` is when a
    profile was last begun, whatever came of it.
    """

    __tablename__ = "database_metadata"
    __table_args__ = (
        UniqueConstraint("data_source_id", "database_name", "schema_name", "table_name"),
        one_of("table_type", TableType),
        one_of("row_count_kind", CountKind),
        one_of("size_bytes_kind", CountKind),
        one_of("access", TableAccess),
        *not_negative("row_count", "size_bytes"),
        *_search("database_metadata", "table_name"),
        CheckConstraint(
            "(row_count IS NULL) = (row_count_kind = 'unknown')", name="row_count_is_known"
        ),
        CheckConstraint(
            "(size_bytes IS NULL) = (size_bytes_kind = 'unknown')", name="size_bytes_is_known"
        ),
    )

    data_source_id: Mapped[UUID] = reference("data_sources.id", on_delete="CASCADE", index=False)
    database_name: Mapped[str] = mapped_column(String(255))
    schema_name: Mapped[str] = mapped_column(String(255))
    table_name: Mapped[str] = mapped_column(String(255))
    table_type: Mapped[str] = mapped_column(String(50))
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    row_count_kind: Mapped[str] = mapped_column(String(20), server_default=text("'unknown'"))
    size_bytes_kind: Mapped[str] = mapped_column(String(20), server_default=text("'unknown'"))
    counted_at: Mapped[datetime | None]
    is_partitioned: Mapped[bool] = flag(default=False)
    source_comment: Mapped[str | None] = mapped_column(Text)
    view_definition: Mapped[str | None] = mapped_column(Text)
    primary_key: Mapped[list[Any]] = _list()
    unique_keys: Mapped[list[Any]] = _list()
    foreign_keys: Mapped[list[Any]] = _list()
    indexes: Mapped[list[Any]] = _list()
    access: Mapped[str] = mapped_column(String(20), server_default=text("'readable'"))
    access_remedy: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    profile_tried_at: Mapped[datetime | None]
    description: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[Any]] = _list()
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class ColumnMetadata(Base):
    """One column of a discovered table. `data_type` is the type's name, `native_type` the whole of it with its length.

    `description` and `tags` are people's, `source_comment` is the database's own.
    """

    __tablename__ = "column_metadata"
    __table_args__ = (
        UniqueConstraint("table_metadata_id", "column_name"),
        one_of("normalized_type", NormalizedType),
        *_search("column_metadata", "column_name"),
    )

    table_metadata_id: Mapped[UUID] = reference(
        "database_metadata.id", on_delete="CASCADE", index=False
    )
    column_name: Mapped[str] = mapped_column(String(255))
    data_type: Mapped[str] = mapped_column(String(100))
    is_nullable: Mapped[bool] = flag(default=True)
    is_primary_key: Mapped[bool] = flag(default=False)
    is_foreign_key: Mapped[bool] = flag(default=False)
    position: Mapped[int] = counter()
    native_type: Mapped[str | None] = mapped_column(Text)
    normalized_type: Mapped[str] = mapped_column(String(20), server_default=text("'other'"))
    max_length: Mapped[int | None] = mapped_column(BigInteger)
    numeric_precision: Mapped[int | None] = mapped_column(Integer)
    numeric_scale: Mapped[int | None] = mapped_column(Integer)
    default_expression: Mapped[str | None] = mapped_column(Text)
    is_generated: Mapped[bool] = flag(default=False)
    generation_expression: Mapped[str | None] = mapped_column(Text)
    is_identity: Mapped[bool] = flag(default=False)
    source_comment: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[Any]] = _list()
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]


class DiscoveryRun(Base):
    """One look at a data source, or the wish for one: of each source at most one waits, and has not started. Every table that
    was listed was stored, skipped or failed; `problems` says which and why. Once `told_at` is there, those whom its changes
    concern were told of them."""

    __tablename__ = "discovery_runs"
    __table_args__ = (
        one_of("status", DiscoveryStatus),
        *not_negative(
            "listed_count",
            "stored_count",
            "skipped_count",
            "failed_count",
            "denied_count",
            "added_count",
            "changed_count",
            "removed_count",
        ),
        CheckConstraint(
            "listed_count = stored_count + skipped_count + failed_count", name="tables_add_up"
        ),
        Index("idx_discovery_runs_data_source_id_started_at", "data_source_id", "started_at"),
        Index("idx_discovery_runs_untold", "data_source_id", **where("told_at IS NULL")),
        Index("idx_discovery_runs_running", "started_at", **where("status = 'running'")),
        Index(
            "idx_discovery_runs_queued",
            "data_source_id",
            "status",  # the last of them is copied for MySQL, where an id cannot be
            unique=True,
            **where("status = 'queued'"),
        ),
    )

    data_source_id: Mapped[UUID] = reference("data_sources.id", on_delete="CASCADE", index=False)
    status: Mapped[str] = mapped_column(String(20), server_default=text("'running'"))
    started_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    listed_count: Mapped[int] = counter()
    stored_count: Mapped[int] = counter()
    skipped_count: Mapped[int] = counter()
    failed_count: Mapped[int] = counter()
    denied_count: Mapped[int] = counter()
    added_count: Mapped[int] = counter()
    changed_count: Mapped[int] = counter()
    removed_count: Mapped[int] = counter()
    problems: Mapped[list[Any]] = _list()
    error_message: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime | None]


class MetadataChange(Base):
    """What a run found to differ from what was known. Breaking is what can make a query fail that worked before."""

    __tablename__ = "metadata_changes"
    __table_args__ = (
        one_of("change_type", ChangeType),
        Index("idx_metadata_changes_breaking", "created_at", **where("is_breaking")),
    )

    discovery_run_id: Mapped[UUID] = reference("discovery_runs.id", on_delete="CASCADE")
    table_metadata_id: Mapped[UUID] = reference("database_metadata.id", on_delete="CASCADE")
    column_name: Mapped[str | None] = mapped_column(String(255))
    change_type: Mapped[str] = mapped_column(String(50))
    is_breaking: Mapped[bool] = flag(default=False)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class ChangeImpact(Base):
    """Something that a change breaks or may break. Without a change: whatever changed in the run may concern it."""

    __tablename__ = "change_impacts"
    __table_args__ = (
        one_of("resource_type", ResourceType),
        one_of("effect", Effect),
        CheckConstraint(
            "metadata_change_id IS NOT NULL OR effect = 'unknown'", name="change_is_named"
        ),
        Index("idx_change_impacts_resource", "resource_type", "resource_id"),
    )

    discovery_run_id: Mapped[UUID] = reference("discovery_runs.id", on_delete="CASCADE")
    metadata_change_id: Mapped[UUID | None] = reference("metadata_changes.id", on_delete="CASCADE")
    resource_type: Mapped[str] = mapped_column(String(100))
    resource_id: Mapped[UUID]
    effect: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)


class ColumnProfile(Base):
    """What the values of a column look like, in the rows that were read last: `is_exact` when these were all of the table.

    Of a column that looks personal no value is kept. `min_value`, `max_value` and `top_values` are text, which the longest are
    cut off from. `distinct_estimate` is for the whole table, and NULL where nothing tells how many rows that has.
    """

    __tablename__ = "column_profiles"
    __table_args__ = (
        UniqueConstraint("column_metadata_id"),
        *not_negative("sampled_rows", "null_count", "sampled_distinct", "distinct_estimate"),
        CheckConstraint("null_count <= sampled_rows", name="nulls_are_rows"),
        CheckConstraint(
            "looks_personal = (personal_reason IS NOT NULL)", name="personal_has_a_reason"
        ),
        CheckConstraint(
            "NOT looks_personal OR (min_value IS NULL AND max_value IS NULL AND quantiles IS NULL AND top_values IS NULL)",
            name="personal_values_are_not_kept",
        ),
    )

    column_metadata_id: Mapped[UUID] = reference(
        "column_metadata.id", on_delete="CASCADE", index=False
    )
    sampled_rows: Mapped[int] = mapped_column(Integer)
    is_exact: Mapped[bool]
    null_count: Mapped[int] = mapped_column(Integer)
    sampled_distinct: Mapped[int | None] = mapped_column(Integer)
    distinct_estimate: Mapped[int | None] = mapped_column(BigInteger)
    min_value: Mapped[str | None] = mapped_column(Text)
    max_value: Mapped[str | None] = mapped_column(Text)
    quantiles: Mapped[dict[str, Any] | None]
    top_values: Mapped[list[Any] | None]
    looks_personal: Mapped[bool]
    personal_reason: Mapped[str | None] = mapped_column(Text)
    profiled_at: Mapped[datetime]


class SavedQuery(Base):
    """A query that people reuse. Its data source cannot be deleted before it."""

    __tablename__ = "saved_queries"
    __table_args__ = (
        one_of("query_type", QueryType),
        *not_negative("execution_count", "avg_execution_time_ms"),
        CheckConstraint("query_text <> ''", name="query_text_not_empty"),
    )

    name: Mapped[str] = mapped_column(String(255), index=True)
    query_text: Mapped[str] = mapped_column(Text)
    data_source_id: Mapped[UUID] = reference("data_sources.id", on_delete="RESTRICT")
    query_type: Mapped[str] = mapped_column(String(50), server_default=text("'select'"))
    execution_count: Mapped[int] = counter()
    avg_execution_time_ms: Mapped[int | None] = mapped_column(Integer)
