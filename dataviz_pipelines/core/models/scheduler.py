"""Scheduler tables: jobs that people define, and every run of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import (
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


class SchedulerJob(Base):
    """Work to be done at times. Without a cron expression it runs when something else starts it, such as a file drop."""

    __tablename__ = "scheduler_jobs"
    __table_args__ = (
        one_of("job_type", JobType),
        *not_negative("consecutive_failures"),
        Index(
            "idx_scheduler_jobs_due",
            "next_run_at",
            **where("is_active AND next_run_at IS NOT NULL"),
        ),
        Index("idx_scheduler_jobs_target", "target_resource_type", "target_resource_id"),
    )

    name: Mapped[str] = mapped_column(String(255), index=True)
    job_type: Mapped[str] = mapped_column(String(100))
    schedule_expression: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(50), server_default=text("'UTC'"))
    target_resource_type: Mapped[str | None] = mapped_column(String(100))
    target_resource_id: Mapped[UUID | None]
    job_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    notification_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    is_active: Mapped[bool] = flag(default=True)
    next_run_at: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = counter()


class SchedulerJobRun(Base):
    """One run, or one slot that was skipped. A slot (`scheduled_for`) of a job is taken once; runs by hand have none."""

    __tablename__ = "scheduler_job_runs"
    __table_args__ = (
        UniqueConstraint("run_id"),
        one_of("status", JobRunStatus),
        *not_negative("duration_ms"),
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
        Index("idx_scheduler_job_runs_dagster_run_id", "dagster_run_id"),
    )

    job_id: Mapped[UUID] = reference("scheduler_jobs.id", on_delete="CASCADE", index=False)
    run_id: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(50), server_default=text("'queued'"))
    scheduled_for: Mapped[datetime | None]
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
