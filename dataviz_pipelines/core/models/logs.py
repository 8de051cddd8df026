"""Audit and logging tables: what happened, kept in monthly partitions by `timestamp`.

`action_type` of the audit and `resource_type` are open vocabularies: a table or action that comes later needs no migration.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import (
    CALLER,
    FIRST,
    LAST,
    Base,
    flag,
    not_negative,
    one_of,
    reference,
    where,
)

BY_MONTH = {"postgresql_partition_by": "RANGE (timestamp)"}


class DashboardAction(StrEnum):
    VIEW = "view"
    REFRESH = "refresh"
    FILTER = "filter"
    INTERACT = "interact"
    EXPORT = "export"
    SHARE = "share"
    EDIT = "edit"


class QueryStatus(StrEnum):
    """`REFUSED`: it was not sent to its source."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"


class SealKind(StrEnum):
    ROWS = "rows"
    ERASURE = "erasure"


class Event(Base):
    """A row of a partitioned table: PostgreSQL wants the partition key in the primary key."""

    __abstract__ = True

    timestamp: Mapped[datetime] = mapped_column(
        primary_key=True, server_default=func.now(), sort_order=FIRST + 1
    )


class AuditLog(Event):
    """Who changed what. The application's role can only append and read.

    A person with an audit trail cannot be deleted, only replaced by a pseudonym: a trail that forgets is none. `salt` keeps
    what was erased from being guessed from the hash that it was sealed with.
    """

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("idx_audit_logs_user_id_timestamp", "user_id", text("timestamp DESC")),
        Index("idx_audit_logs_resource", "resource_type", "resource_id", text("timestamp DESC")),
        Index("idx_audit_logs_action_type_timestamp", "action_type", text("timestamp DESC")),
        Index("idx_audit_logs_timestamp", "timestamp"),
        BY_MONTH,
    )

    user_id: Mapped[UUID | None] = reference("users.id", on_delete="RESTRICT", index=False)
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), server_default=CALLER, sort_order=LAST + 2
    )
    updated_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), server_default=CALLER, sort_order=LAST + 3
    )
    action_type: Mapped[str] = mapped_column(String(100))
    resource_type: Mapped[str] = mapped_column(String(100))
    resource_id: Mapped[UUID | None]
    old_values: Mapped[dict[str, Any] | None]
    new_values: Mapped[dict[str, Any] | None]
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(64))
    database_user: Mapped[str | None] = mapped_column(
        String(63), server_default=text("SESSION_USER")
    )
    salt: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))


class AuditSeal(Base):
    """A link of the audit's hash chain. `entries` holds 16 bytes of each row's id and 32 of its SHA-256; `hash` covers
    them and the hash of the seal before. Seals of `rows` cover rows that had been committed and were in no earlier seal, an
    `erasure` those that were rewritten when a person was erased."""

    __tablename__ = "audit_seals"
    __table_args__ = (
        UniqueConstraint("sequence"),
        one_of("kind", SealKind),
        *not_negative("row_count"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    row_count: Mapped[int] = mapped_column(Integer)
    entries: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class DashboardAnalytics(Event):
    """One use of a dashboard. It goes with its dashboard, and stays without its person."""

    __tablename__ = "dashboard_analytics"
    __table_args__ = (
        one_of("action_type", DashboardAction),
        *not_negative("duration_seconds"),
        Index(
            "idx_dashboard_analytics_dashboard_id_timestamp",
            "dashboard_id",
            text("timestamp DESC"),
        ),
        Index("idx_dashboard_analytics_user_id_timestamp", "user_id", text("timestamp DESC")),
        Index("idx_dashboard_analytics_timestamp", "timestamp"),
        BY_MONTH,
    )

    dashboard_id: Mapped[UUID] = reference("dashboards.id", on_delete="CASCADE", index=False)
    user_id: Mapped[UUID | None] = reference("users.id", on_delete="SET NULL", index=False)
    action_type: Mapped[str] = mapped_column(String(100))
    duration_seconds: Mapped[int | None] = mapped_column(Integer)
    ip_address: Mapped[str | None] = mapped_column(INET)


class QueryExecutionLog(Event):
    """One execution of a query, failed, cancelled and refused ones included. It outlives its person and its source.

    While it runs, whoever runs it looks at `cancel_requested_at`; after `deadline_at` nobody runs it any more. `bytes_billed`
    is what BigQuery charges for, before it is known what it may charge at most.
    """

    __tablename__ = "query_execution_logs"
    __table_args__ = (
        one_of("status", QueryStatus),
        *not_negative("execution_time_ms", "rows_returned", "bytes_billed"),
        Index("idx_query_execution_logs_user_id_timestamp", "user_id", text("timestamp DESC")),
        Index(
            "idx_query_execution_logs_data_source_id_timestamp",
            "data_source_id",
            text("timestamp DESC"),
        ),
        Index(
            "idx_query_execution_logs_query_hash_timestamp", "query_hash", text("timestamp DESC")
        ),
        Index("idx_query_execution_logs_timestamp", "timestamp"),
        Index("idx_query_execution_logs_running", "deadline_at", **where("status = 'running'")),
        BY_MONTH,
    )

    user_id: Mapped[UUID | None] = reference("users.id", on_delete="SET NULL", index=False)
    data_source_id: Mapped[UUID | None] = reference(
        "data_sources.id", on_delete="SET NULL", index=False
    )
    query_text: Mapped[str] = mapped_column(Text)
    query_hash: Mapped[str] = mapped_column(String(64))
    execution_time_ms: Mapped[int | None] = mapped_column(Integer)
    rows_returned: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(50))
    cache_hit: Mapped[bool] = flag(default=False)
    saved_query_id: Mapped[UUID | None] = reference("saved_queries.id", on_delete="SET NULL")
    visualization_id: Mapped[UUID | None] = reference("visualizations.id", on_delete="SET NULL")
    error_message: Mapped[str | None] = mapped_column(Text)
    bytes_billed: Mapped[int | None] = mapped_column(BigInteger)
    cancel_requested_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]


class QueryResult(Base):
    """A result that is kept for whoever asks the same again. `cache_key` is the hash of all that the result depends on,
    whose it is included; `document` is it, compressed."""

    __tablename__ = "query_results"
    __table_args__ = (
        UniqueConstraint("cache_key"),
        *not_negative("size_bytes"),
        Index("idx_query_results_expires_at", "expires_at"),
    )

    cache_key: Mapped[str] = mapped_column(String(64))
    data_source_id: Mapped[UUID] = reference("data_sources.id", on_delete="CASCADE")
    user_id: Mapped[UUID | None] = reference("users.id", on_delete="CASCADE")
    document: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]
