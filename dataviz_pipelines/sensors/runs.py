"""Runs that Dagster starts of its own, as it reports them, become rows of scheduler_job_runs: those that load uploads under
one seeded job, all others under another. Runs of scheduler_jobs have their rows already."""

from datetime import UTC, datetime

import dagster as dg

from dataviz_pipelines.assets.uploads import UPLOADS
from dataviz_pipelines.core.models.scheduler import (
    DAGSTER_JOB_ID,
    FILE_DROPS_JOB_ID,
    JobRunStatus,
)
from dataviz_pipelines.core.scheduling.dagster_runs import DagsterRun, record_run
from dataviz_pipelines.jobs.scheduled import scheduled_jobs
from dataviz_pipelines.jobs.uploads import load_uploads
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.fates import RUN_KEY_TAG

STATUSES = {
    dg.DagsterRunStatus.QUEUED: JobRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTED: JobRunStatus.RUNNING,
    dg.DagsterRunStatus.SUCCESS: JobRunStatus.SUCCEEDED,
    dg.DagsterRunStatus.FAILURE: JobRunStatus.FAILED,
    dg.DagsterRunStatus.CANCELED: JobRunStatus.CANCELLED,
}

_OURS = frozenset(job.name for job in scheduled_jobs)


def _recorder(status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=f"record_runs_{STATUSES[status].value}",
        run_status=status,
        minimum_interval_seconds=10,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Writes runs that are {STATUSES[status].value} to scheduler_job_runs.",
    )
    def record(context: dg.RunStatusSensorContext, platform: dg.ResourceParam[Platform]) -> None:
        """Key: the Dagster run's id."""
        if _has_rows(context.dagster_run):
            return
        with platform.engine.begin() as connection:
            record_run(connection, _run(context, STATUSES[status]))

    return record


def _has_rows(run: dg.DagsterRun) -> bool:
    """The sensor `scheduler` has asked for it; not so when somebody has launched such a job by hand."""
    return run.job_name in _OURS and RUN_KEY_TAG in run.tags


def _loads_uploads(run: dg.DagsterRun) -> bool:
    """A run that somebody launched from the asset's page belongs to a nameless job."""
    return run.job_name == load_uploads.name or UPLOADS in (run.asset_selection or ())


def _run(context: dg.RunStatusSensorContext, status: JobRunStatus) -> DagsterRun:
    record = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    failed = status is JobRunStatus.FAILED
    # that it waits or starts may be reported when the rest is known already
    has_begun = status is not JobRunStatus.QUEUED
    is_over = has_begun and status is not JobRunStatus.RUNNING
    return DagsterRun(
        run_id=context.dagster_run.run_id,
        job_id=FILE_DROPS_JOB_ID if _loads_uploads(context.dagster_run) else DAGSTER_JOB_ID,
        status=status,
        started_at=_time(record.start_time) if record and has_begun else None,
        completed_at=_time(record.end_time) if record and is_over else None,
        output_log=None if failed else context.dagster_event.message,
        error_log=context.dagster_event.message if failed else None,
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


run_recorders = [_recorder(status) for status in STATUSES]
