"""Runs that Dagster started of its own, as rows of `scheduler_job_runs`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from dataviz_pipelines.core.models.scheduler import JobRunStatus, SchedulerJobRun
from dataviz_pipelines.core.scheduling import store


@dataclass(frozen=True)
class DagsterRun:
    """What is known of a Dagster run at one moment. Times are UTC."""

    run_id: str
    job_id: UUID
    status: JobRunStatus
    started_at: datetime | None
    completed_at: datetime | None
    output_log: str | None = None
    error_log: str | None = None

    @property
    def duration_ms(self) -> int | None:
        if self.started_at is None or self.completed_at is None:
            return None
        return max(0, round((self.completed_at - self.started_at).total_seconds() * 1000))


def to_cancel(connection: Connection) -> list[str]:
    """Ids of Dagster runs that somebody wants to end, by way of their rows."""
    return [row["dagster_run_id"] for row in store.rows(connection, "to_cancel_in_dagster")]


def record_run(connection: Connection, run: DagsterRun) -> None:
    """Keyed by the Dagster run's id. A late report that it waits or starts never overwrites what came after."""
    values = {
        "job_id": run.job_id,
        "run_id": run.run_id,
        "dagster_run_id": run.run_id,
        "status": run.status.value,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "duration_ms": run.duration_ms,
        "output_log": run.output_log,
        "error_log": run.error_log,
    }
    statement = insert(SchedulerJobRun).values(values)
    changed: dict[str, Any] = {
        name: statement.excluded[name] for name in values if name not in ("job_id", "run_id")
    }
    changed["started_at"] = func.coalesce(statement.excluded.started_at, SchedulerJobRun.started_at)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[SchedulerJobRun.run_id],
            set_=changed,
            where=SchedulerJobRun.completed_at.is_(None)
            & (statement.excluded.status != JobRunStatus.QUEUED.value),
        )
    )
