"""Runs, checks and assets that fail become notices to those who run the platform, and so does that they recover (F120)."""

import json

import dagster as dg
from sqlalchemy import Connection

from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications.alerts import (
    alert_check_failed,
    alert_check_passed,
    alert_fresh,
    alert_run_failed,
    alert_run_succeeded,
    alert_stale,
)
from dataviz_pipelines.jobs.scheduled import scheduled_jobs
from dataviz_pipelines.resources import Platform

INTERVAL_S = 30
AT_ONCE = 200
PARTITION_TAG = "dagster/partition"
WATCHED = (
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.FRESHNESS_STATE_CHANGE,
)
TOLD_ELSEWHERE = frozenset(job.name for job in scheduled_jobs)
"""Jobs of people share these; each job's owner hears of it from the scheduler, by the job's name."""

STALE = {"WARN": Severity.WARNING, "FAIL": Severity.ERROR}
OF_CHECKS = {
    dg.AssetCheckSeverity.WARN: Severity.WARNING,
    dg.AssetCheckSeverity.ERROR: Severity.ERROR,
}


@dg.run_failure_sensor(
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells those who run the platform of runs that failed.",
)
def failed_runs(context: dg.RunFailureSensorContext, platform: dg.ResourceParam[Platform]) -> None:
    """Key: what ran. Further failures of it are counted."""
    run = context.dagster_run
    if run.job_name not in TOLD_ELSEWHERE:
        with platform.engine.begin() as connection:
            alert_run_failed(connection, _name(run), run.run_id)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells those who heard that something failed when it runs again.",
)
def recovered_runs(
    context: dg.RunStatusSensorContext, platform: dg.ResourceParam[Platform]
) -> None:
    """Key: what ran."""
    run = context.dagster_run
    if run.job_name not in TOLD_ELSEWHERE:
        with platform.engine.begin() as connection:
            alert_run_succeeded(connection, _name(run), run.run_id)


@dg.sensor(
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of asset checks that fail and of assets that are not fresh, and when they are well again.",
)
def failed_checks(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Key: the asset and its check. The cursor holds the last event of each kind; a tick that is repeated counts its events
    once more and tells nobody. What happened before the first tick is history."""
    if context.cursor is None:
        return dg.SensorResult(
            cursor=json.dumps([_last(context.instance, kind) for kind in WATCHED])
        )
    seen = json.loads(context.cursor)
    new = [_after(context.instance, *each) for each in zip(WATCHED, seen, strict=True)]
    with platform.engine.begin() as connection:
        for record in (record for records in new for record in records):
            _tell(connection, record)
    ends = [
        records[-1].storage_id if records else old for records, old in zip(new, seen, strict=True)
    ]
    return dg.SensorResult(cursor=json.dumps(ends))


def _name(run: dg.DagsterRun) -> str:
    """A run that somebody launched from assets' pages belongs to a nameless job."""
    assets = sorted(key.to_user_string() for key in run.asset_selection or ())
    name = ", ".join(assets) if run.job_name.startswith("__") and assets else run.job_name
    partition = run.tags.get(PARTITION_TAG)
    return name if partition is None else f"{name} ({partition})"


def _last(instance: dg.DagsterInstance, kind: dg.DagsterEventType) -> int:
    found = instance.event_log_storage.get_event_records(dg.EventRecordsFilter(kind), limit=1)
    return found[0].storage_id if found else 0


def _after(
    instance: dg.DagsterInstance, kind: dg.DagsterEventType, seen: int
) -> list[dg.EventLogRecord]:
    after = dg.EventRecordsFilter(kind, after_cursor=seen)
    return list(instance.event_log_storage.get_event_records(after, limit=AT_ONCE, ascending=True))


def _tell(connection: Connection, record: dg.EventLogRecord) -> None:
    event = record.event_log_entry.get_dagster_event()
    if event.event_type is dg.DagsterEventType.FRESHNESS_STATE_CHANGE:
        change = event.asset_freshness_state_change_data
        _tell_freshness(connection, change.key.to_user_string(), change.new_state.value)
    else:
        _tell_check(connection, event.asset_check_evaluation_data, record.run_id or None)


def _tell_freshness(connection: Connection, asset: str, state: str) -> None:
    if state in STALE:
        alert_stale(connection, asset, severity=STALE[state])
    elif state == "PASS":
        alert_fresh(connection, asset)


def _tell_check(
    connection: Connection, evaluation: dg.AssetCheckEvaluation, run_id: str | None
) -> None:
    asset, check = evaluation.asset_key.to_user_string(), evaluation.check_name
    partition = evaluation.partition or _partition_said(evaluation)
    if partition is not None:
        check = f"{check} ({partition})"
    if evaluation.passed:
        alert_check_passed(connection, asset, check, run_id=run_id)
    else:
        severity = OF_CHECKS[evaluation.severity]
        alert_check_failed(
            connection,
            asset,
            check,
            run_id=run_id,
            severity=severity,
            found=evaluation.description,
        )


def _partition_said(evaluation: dg.AssetCheckEvaluation) -> str | None:
    """Checks of Dagster have no partitions. Where each of an asset's has something that recovers on its own, a check says so."""
    said = evaluation.metadata.get("partition")
    return said.text if isinstance(said, dg.TextMetadataValue) else None


alerts = [failed_runs, recovered_runs, failed_checks]
