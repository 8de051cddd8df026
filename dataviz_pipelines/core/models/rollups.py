"""Rollup tables: counts of the logs by hour and by day, which charts and lists are made of.

None has a key to what it counts: an hour says what its rows said, and is counted anew when they change. `timings` is a histogram, see
docs/analytics.md.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import Base, not_negative, one_of


class Grain(StrEnum):
    HOUR = "hour"
    DAY = "day"


class RollupName(StrEnum):
    DASHBOARDS = "dashboards"
    QUERIES = "queries"
    UPLOADS = "uploads"
    JOBS = "jobs"
    AUDIT = "audit"


def _total() -> Any:
    return mapped_column(BigInteger)


def _histogram() -> Any:
    return mapped_column(LargeBinary)


def _period(table: str) -> Index:
    return Index(f"idx_{table}_starts_at", "grain", "starts_at")


def _subject(table: str, column: str) -> Index:
    return Index(f"idx_{table}_{column}", column, "grain", "starts_at")


class Rollup(Base):
    """What happened in one hour or in one day, both of UTC, by some of its properties."""

    __abstract__ = True

    grain: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime]


class DashboardRollup(Rollup):
    """Uses of dashboards, from `dashboard_analytics`."""

    __tablename__ = "dashboard_rollups"
    __table_args__ = (
        one_of("grain", Grain),
        *not_negative("use_count", "duration_seconds"),
        _period("dashboard_rollups"),
        _subject("dashboard_rollups", "dashboard_id"),
    )

    dashboard_id: Mapped[UUID]
    action_type: Mapped[str] = mapped_column(String(100))
    use_count: Mapped[int] = _total()
    duration_seconds: Mapped[int] = _total()
    timings: Mapped[bytes] = _histogram()


class DashboardVisitors(Rollup):
    """Who used a dashboard, so that people are counted once over any range.

    `users` has a bit for each person, at the place of their number: the first bit of the first byte is number 0. Bytes of zeros
    at the end are left out.
    """

    __tablename__ = "dashboard_visitors"
    __table_args__ = (
        one_of("grain", Grain),
        UniqueConstraint("dashboard_id", "grain", "starts_at"),
        _period("dashboard_visitors"),
    )

    dashboard_id: Mapped[UUID]
    users: Mapped[bytes] = mapped_column(LargeBinary)


class VisitorNumber(Base):
    """The number under which a person stands in `dashboard_visitors`. It stays when they are gone."""

    __tablename__ = "visitor_numbers"
    __table_args__ = (
        UniqueConstraint("user_id"),
        UniqueConstraint("number"),
        *not_negative("number"),
    )

    user_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(Integer)


class QueryRollup(Rollup):
    """Executions of queries, from `query_execution_logs`."""

    __tablename__ = "query_rollups"
    __table_args__ = (
        one_of("grain", Grain),
        *not_negative("run_count", "rows_returned", "execution_time_ms"),
        _period("query_rollups"),
        _subject("query_rollups", "query_hash"),
    )

    data_source_id: Mapped[UUID | None]
    query_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(50))
    cache_hit: Mapped[bool]
    run_count: Mapped[int] = _total()
    rows_returned: Mapped[int] = _total()
    execution_time_ms: Mapped[int] = _total()
    timings: Mapped[bytes] = _histogram()


class UploadRollup(Rollup):
    """Uploads by the hour in which they came, from `upload_history`, without dry runs."""

    __tablename__ = "upload_rollups"
    __table_args__ = (
        one_of("grain", Grain),
        *not_negative(
            "upload_count",
            "file_size_bytes",
            "records_processed",
            "records_success",
            "records_failed",
            "processing_time_ms",
        ),
        _period("upload_rollups"),
    )

    template_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(50))
    upload_count: Mapped[int] = _total()
    file_size_bytes: Mapped[int] = _total()
    records_processed: Mapped[int] = _total()
    records_success: Mapped[int] = _total()
    records_failed: Mapped[int] = _total()
    processing_time_ms: Mapped[int] = _total()
    timings: Mapped[bytes] = _histogram()


class JobRollup(Rollup):
    """Runs of jobs by the hour in which they were recorded, from `scheduler_job_runs`."""

    __tablename__ = "job_rollups"
    __table_args__ = (
        one_of("grain", Grain),
        *not_negative("run_count", "duration_ms"),
        _period("job_rollups"),
    )

    job_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(50))
    run_count: Mapped[int] = _total()
    duration_ms: Mapped[int] = _total()
    timings: Mapped[bytes] = _histogram()


class AuditRollup(Rollup):
    """What was done to which kinds of things, from `audit_logs`."""

    __tablename__ = "audit_rollups"
    __table_args__ = (
        one_of("grain", Grain),
        *not_negative("action_count"),
        _period("audit_rollups"),
    )

    action_type: Mapped[str] = mapped_column(String(100))
    resource_type: Mapped[str] = mapped_column(String(100))
    action_count: Mapped[int] = _total()


class RollupInvalidation(Base):
    """A mark: rows of this hour, or hours of this day, have changed since it was counted. Triggers of the logs write marks,
    in the transaction that changes a row; counting the hour anew takes away those that it saw."""

    __tablename__ = "rollup_invalidations"
    __table_args__ = (
        one_of("rollup", RollupName),
        one_of("grain", Grain),
        Index("idx_rollup_invalidations_period", "rollup", "grain", "starts_at"),
    )

    rollup: Mapped[str] = mapped_column(String(20))
    grain: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime]
