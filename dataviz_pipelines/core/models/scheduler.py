"""Scheduler tables: jobs that people define, and every run of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import (
    CALLER,
    LAST,
    Base,
    counter,
    flag,
    not_negative,
    one_of,
    reference,
    where,
)

FILE_DROPS_JOB_ID = UUID("00000000-0000-7000-8000-000000000001")
"""The seeded job under which runs of the file drop sensor are recorded."""
DAGSTER_JOB_ID = UUID("00000000-0000-7000-8000-000000000002")
"""The seeded job under which all other runs are recorded that Dagster starts of its own."""
SEEDED_JOB_IDS = (FILE_DROPS_JOB_ID, DAGSTER_JOB_ID)


class JobType(StrEnum):
    METADATA_DISCOVERY = "metadata_discovery"
    UPLOAD_INGESTION = "upload_ingestion"
    ANALYTICS_ROLLUP = "analytics_rollup"
    QUERY_REFRESH = "query_refresh"
    DATA_QUALITY_CHECK = "data_quality_check"
    REPORT_DELIVERY = "report_delivery"
    HTTP_CALL = "http_call"
    RETENTION = "retention"
    BACKUP = "backup"
    MAINTENANCE = "maintenance"


class JobRunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"


class RunCause(StrEnum):
    """What made a run. `CATCH_UP`: its slot had passed when the scheduler came to it."""

    SCHEDULE = "schedule"
    CATCH_UP = "catch_up"
    MANUAL = "manual"
    BACKFILL = "backfill"
    DAGSTER = "dagster"


class SkipReason(StrEnum):
    """Why a slot was not run."""

    OVERLAP = "overlap"
    MISSED = "missed"
    PAUSED = "paused"
    FAILURES = "failures"
    INACTIVE_OWNER = "inactive_owner"


class PauseReason(StrEnum):
    """Why a job is not active, if the scheduler has paused it and no person."""

    FAILURES = "failures"
    INACTIVE_OWNER = "inactive_owner"


class SchedulerJob(Base):
    """Work to be done at times: at those of a cron expression, or once (`run_at`). Without either it runs when something
    else starts it, such as a person. `next_run_at` is the slot that the scheduler decides about next. `connection_config` is
    ciphertext: the credentials with which the job logs in elsewhere.

    A job has the rights of its owner (`created_by`), and without one those of the platform. So whoever owns a job cannot be
    deleted: it would become the platform's."""

    __tablename__ = "scheduler_jobs"
    __table_args__ = (
        one_of("job_type", JobType),
        one_of("pause_reason", PauseReason),
        *not_negative("consecutive_failures"),
        Index("idx_scheduler_jobs_due", "next_run_at", **where("next_run_at IS NOT NULL")),
        Index("idx_scheduler_jobs_target", "target_resource_type", "target_resource_id"),
    )

    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT"), server_default=CALLER, sort_order=LAST + 2
    )
    name: Mapped[str] = mapped_column(String(255), index=True)
    job_type: Mapped[str] = mapped_column(String(100))
    schedule_expression: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(50), server_default=text("'UTC'"))
    run_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    target_resource_type: Mapped[str | None] = mapped_column(String(100))
    target_resource_id: Mapped[UUID | None]
    job_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    connection_config: Mapped[dict[str, Any] | None]
    notification_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    run_policy: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    is_active: Mapped[bool] = flag(default=True)
    pause_reason: Mapped[str | None] = mapped_column(String(50))
    next_run_at: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = counter()


class SchedulerJobRun(Base):
    """One run, or one slot that was skipped and why. A slot (`scheduled_for`) of a job is taken once; runs by hand have none.

    `batch_id` names what runs together in one Dagster run. `attempt` counts the tries before, `lost_count` those of them whose
    process died. `not_before`: jitter, or the pause before the next try. The logs are emptied when they are old; the row stays."""

    __tablename__ = "scheduler_job_runs"
    __table_args__ = (
        UniqueConstraint("run_id"),
        one_of("status", JobRunStatus),
        one_of("cause", RunCause),
        one_of("skip_reason", SkipReason),
        *not_negative("duration_ms", "attempt", "lost_count"),
        Index("idx_scheduler_job_runs_created_at", "created_at"),
        Index("idx_scheduler_job_runs_job_id_created_at", "job_id", text("created_at DESC")),
        Index(
            "idx_scheduler_job_runs_slot",
            "job_id",
            "scheduled_for",
            unique=True,
            **where("scheduled_for IS NOT NULL"),
        ),
        Index(
            "idx_scheduler_job_runs_live", "created_at", **where("status IN ('queued', 'running')")
        ),
        Index(
            "idx_scheduler_job_runs_live_job",
            "job_id",
            **where("status IN ('queued', 'running')"),
        ),
        Index(
            "idx_scheduler_job_runs_live_batch",
            "batch_id",
            **where("status IN ('queued', 'running') AND batch_id IS NOT NULL"),
        ),
        Index("idx_scheduler_job_runs_dagster_run_id", "dagster_run_id"),
        Index(
            "idx_scheduler_job_runs_logged",
            "completed_at",
            **where("output_log IS NOT NULL OR error_log IS NOT NULL"),
        ),
    )

    job_id: Mapped[UUID] = reference("scheduler_jobs.id", on_delete="CASCADE", index=False)
    run_id: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(50), server_default=text("'queued'"))
    scheduled_for: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(50), server_default=text("'dagster'"))
    skip_reason: Mapped[str | None] = mapped_column(String(50))
    not_before: Mapped[datetime | None]
    priority: Mapped[int] = counter()
    attempt: Mapped[int] = counter()
    lost_count: Mapped[int] = counter()
    cancel_requested: Mapped[bool] = flag(default=False)
    batch_id: Mapped[UUID | None]
    dagster_run_id: Mapped[str | None] = mapped_column(String(100))
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    output_log: Mapped[str | None] = mapped_column(Text)
    error_log: Mapped[str | None] = mapped_column(Text)


class ServiceHeartbeat(Base):
    """When a part of the platform last did its work, such as the sensor that looks into the inbox."""

    __tablename__ = "service_heartbeats"
    __table_args__ = (UniqueConstraint("service_name"),)

    service_name: Mapped[str] = mapped_column(String(100))
    beat_at: Mapped[datetime]
