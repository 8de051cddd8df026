"""Decides about what is due, and asks for the runs that do it."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import dagster as dg

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.health.service import SCHEDULER_SENSOR, record_beat
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.notifications.alerts import alert_jobs_go_on, alert_jobs_wait
from dataviz_pipelines.core.scheduling.dagster_runs import to_cancel
from dataviz_pipelines.core.scheduling.dispatching import AHEAD_S, make_batches, next_light
from dataviz_pipelines.core.scheduling.healing import Overdue, heal, overdue_runs
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.running import LONGEST_STAY_S
from dataviz_pipelines.core.scheduling.store import Batch
from dataviz_pipelines.core.scheduling.ticking import tick
from dataviz_pipelines.core.scheduling.tidying import empty_old_logs
from dataviz_pipelines.jobs.scheduled import LIGHT_JOB, job_name, scheduled_jobs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.fates import fate_of_request

INTERVAL_S = 5  # Dagster's sensor loop is no faster
LIVE = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
LIGHT = {"dataviz/jobs": "light"}  # dagster.yaml says how many of them run at once
NO_RETRIES = {"dagster/max_retries": "0"}  # what was lost is asked for again here, with a bound


@dg.sensor(
    jobs=scheduled_jobs,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs the jobs of scheduler_jobs at their times: decides about each slot once, and asks for its run.",
)
def scheduler(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Key: a run key is a batch's id, so a tick that is repeated asks for nothing twice. The cursor holds what was said last
    about runs that are overdue, so that it is logged and told once."""
    scheduling = platform.scheduling
    heal(scheduling, lambda batch: _fate(context.instance, batch))
    _cancel(context.instance, scheduling)
    decided = tick(scheduling)
    requests = [_request(batch) for batch in make_batches(scheduling)]
    requests = requests or _ahead(context.instance, scheduling)
    empty_old_logs(scheduling)
    record_beat(platform.engine, SCHEDULER_SENSOR)
    late = overdue_runs(scheduling)
    overdue = "\n".join(_watch(context.instance, each) for each in late)
    if overdue != (context.cursor or ""):
        _tell(platform, late)
        context.log.warning(overdue or "Nothing is overdue any more.")
    idle = dg.SkipReason(f"Decided about {decided} slots; nothing is to be run.")
    return dg.SensorResult(
        run_requests=requests, skip_reason=None if requests else idle, cursor=overdue
    )


def _request(batch: Batch) -> dg.RunRequest:
    runner = RUNNERS.get(batch.job_type)
    what = batch.job_name if batch.runs == 1 else f"{batch.runs} jobs"
    return dg.RunRequest(
        run_key=str(batch.id),
        job_name=job_name(runner),
        run_config=_config(job_name(runner), batch.id),
        tags={
            "dataviz/job": what,
            "dagster/priority": str(batch.priority),
            **({"dataviz/pool": runner.pool} if runner is not None and runner.pool else {}),
            **({} if runner is not None and runner.heavy else LIGHT),
            **NO_RETRIES,
        },
    )


def _ahead(instance: dg.DagsterInstance, scheduling: Scheduling) -> list[dg.RunRequest]:
    """A Dagster run takes seconds to begin, so one is asked for before light jobs are due, unless one is there. It takes them
    up at their time."""
    due_at = next_light(scheduling)
    if due_at is None or _will_be_there(instance):
        return []
    return [
        dg.RunRequest(
            run_key=f"{LIGHT_JOB} {due_at.isoformat()}",
            job_name=LIGHT_JOB,
            run_config=_config(LIGHT_JOB, new_id()),
            tags={"dataviz/job": "jobs that are due soon", **LIGHT, **NO_RETRIES},
        )
    ]


def _will_be_there(instance: dg.DagsterInstance) -> bool:
    """Whether a Dagster run for light jobs waits, begins, or has not to leave before the next tick finds it gone."""
    filters = dg.RunsFilter(job_name=LIGHT_JOB, statuses=LIVE)
    begun_after = time.time() - LONGEST_STAY_S + AHEAD_S + INTERVAL_S
    return any(
        record.start_time is None or record.start_time > begun_after
        for record in instance.get_run_records(filters)
    )


def _config(name: str, batch_id: UUID) -> dict[str, Any]:
    return {"ops": {f"{name}_op": {"config": {"batch_id": str(batch_id)}}}}


def _fate(instance: dg.DagsterInstance, batch: Batch) -> Fate:
    return fate_of_request(instance, str(batch.id), run_id=batch.dagster_run_id)


def _cancel(instance: dg.DagsterInstance, scheduling: Scheduling) -> None:
    """Runs that Dagster started of its own; their rows say that somebody wants them to end."""
    with scheduling.engine.connect() as connection:
        run_ids = to_cancel(connection)
    for run_id in run_ids:
        run = instance.get_run_by_id(run_id)
        if run is not None and run.status in LIVE:
            instance.run_coordinator.cancel_run(run_id)


def _tell(platform: Platform, late: Sequence[Overdue]) -> None:
    with platform.engine.begin() as connection:
        if late:
            alert_jobs_wait(connection, sorted({each.job_name for each in late}))
        else:
            alert_jobs_go_on(connection)


def _watch(instance: dg.DagsterInstance, overdue: Overdue) -> str:
    """Ends the Dagster run of what nothing else has ended. A run whose number of seconds changed would be news again."""
    if not overdue.is_stuck:
        return f"{overdue.job_name}: run {overdue.run_id} waits, and nothing begins it."
    if overdue.dagster_run_id is not None:
        instance.run_coordinator.cancel_run(overdue.dagster_run_id)
    return (
        f"{overdue.job_name}: run {overdue.run_id} runs on past its time; its Dagster run is ended."
    )
