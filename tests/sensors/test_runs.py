"""Dagster's runs as rows of scheduler_job_runs."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from dataviz_pipelines.assets.uploads import UPLOADS
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.models.scheduler import DAGSTER_JOB_ID, FILE_DROPS_JOB_ID
from dataviz_pipelines.core.scheduling.operating import cancel_run
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.runs import run_recorders
from dataviz_pipelines.sensors.scheduler import scheduler
from tests.dagster_platform import load
from tests.dropbox import DropBox
from tests.dropbox_store import job_runs

NOWHERE = RemoteRepositoryOrigin(GrpcServerCodeLocationOrigin("127.0.0.1", 9), "nowhere")
BY_NAME = {sensor.name: sensor for sensor in run_recorders}
EVENTS = {
    "queued": dg.DagsterEventType.RUN_ENQUEUED,
    "running": dg.DagsterEventType.RUN_START,
    "succeeded": dg.DagsterEventType.RUN_SUCCESS,
    "failed": dg.DagsterEventType.RUN_FAILURE,
    "cancelled": dg.DagsterEventType.RUN_CANCELED,
}


def report(
    status: str, instance: dg.DagsterInstance, platform: Platform, run: dg.DagsterRun
) -> None:
    """What the daemon does when it meets the event."""
    records = instance.all_logs(run.run_id, of_type=EVENTS[status])
    event = records[-1].dagster_event
    assert event is not None
    context = dg.build_run_status_sensor_context(
        sensor_name=f"record_runs_{status}",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=run,
        resources={"platform": platform},
    )
    BY_NAME[f"record_runs_{status}"](context)


def finished_run(instance: dg.DagsterInstance, platform: Platform, box: DropBox) -> dg.DagsterRun:
    box.drop("a.csv")
    result = load(instance, platform)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    return run


def test_a_run_is_recorded_from_its_start_to_its_end(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = finished_run(instance, platform, box)
    report("succeeded", instance, platform, run)
    (row,) = job_runs(box.engine)
    assert (row.job_id, row.run_id, row.dagster_run_id) == (
        FILE_DROPS_JOB_ID,
        run.run_id,
        run.run_id,
    )
    assert (row.status, row.error_log) == ("succeeded", None)
    assert row.started_at < row.completed_at
    assert row.duration_ms > 0


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster with a queue, as the platform has it."""
    coordinator = {"module": "dagster._core.run_coordinator", "class": "QueuedRunCoordinator"}
    with dg.DagsterInstance.local_temp(
        str(tmp_path), overrides={"run_coordinator": coordinator}
    ) as made:
        yield made


def waiting_run(queue: dg.DagsterInstance, platform: Platform) -> dg.DagsterRun:
    run = queue.add_run(
        dg.DagsterRun(
            job_name="another",
            status=dg.DagsterRunStatus.NOT_STARTED,
            remote_job_origin=RemoteJobOrigin(NOWHERE, "another"),
        )
    )
    queue.report_dagster_event(dg.DagsterEvent.job_enqueue(run), run_id=run.run_id)
    report("queued", queue, platform, run)
    return run


def test_a_run_that_waits_in_the_queue_is_recorded(
    queue: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = waiting_run(queue, platform)
    (row,) = job_runs(box.engine)
    assert (row.status, row.started_at, row.completed_at) == ("queued", None, None)
    queue.report_run_canceled(run)
    report("cancelled", queue, platform, run)
    report("queued", queue, platform, run)
    assert [row.status for row in job_runs(box.engine)] == ["cancelled"]


def test_a_late_report_that_a_run_waited_never_overwrites_its_start(
    queue: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = waiting_run(queue, platform)
    started = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
    queue.report_dagster_event(started, run_id=run.run_id)
    report("running", queue, platform, run)
    report("queued", queue, platform, run)
    assert [row.status for row in job_runs(box.engine)] == ["running"]


def test_who_cancels_the_row_of_a_run_cancels_it_in_dagster(
    queue: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = waiting_run(queue, platform)
    (row,) = job_runs(box.engine)
    with platform.engine.begin() as connection:
        cancel_run(connection, row.id, now=utc_now())
    assert [row.status for row in job_runs(box.engine)] == ["queued"]
    with dg.build_sensor_context(
        instance=queue, definitions=defs, resources={"platform": platform}
    ) as context:
        scheduler(context)
    ended = queue.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.CANCELED
    report("cancelled", queue, platform, run)
    assert [row.status for row in job_runs(box.engine)] == ["cancelled"]


def test_a_late_report_of_the_start_never_overwrites_the_end(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = finished_run(instance, platform, box)
    report("succeeded", instance, platform, run)
    report("running", instance, platform, run)
    report("succeeded", instance, platform, run)
    (row,) = job_runs(box.engine)
    assert (row.status, row.completed_at is None) == ("succeeded", False)


def test_a_start_that_is_reported_after_the_end_does_not_keep_the_end_out(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = finished_run(instance, platform, box)
    report("running", instance, platform, run)
    assert [(row.status, row.completed_at) for row in job_runs(box.engine)] == [("running", None)]
    report("succeeded", instance, platform, run)
    assert [row.status for row in job_runs(box.engine)] == ["succeeded"]


def test_a_failed_run_keeps_what_dagster_said(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    result = load(instance, platform, upload_ids=["no id"])
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    report("failed", instance, platform, run)
    (row,) = job_runs(box.engine)
    assert (row.status, row.output_log) == ("failed", None)
    assert "Steps failed: ['uploads']" in row.error_log


def test_a_run_that_was_cancelled_before_it_began_has_an_end_but_no_start(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    run = instance.add_run(
        dg.DagsterRun(job_name="load_uploads", status=dg.DagsterRunStatus.NOT_STARTED)
    )
    instance.report_run_canceled(run)
    report("cancelled", instance, platform, run)
    (row,) = job_runs(box.engine)
    assert (row.status, row.started_at, row.duration_ms) == ("cancelled", None, None)
    assert row.completed_at is not None


@pytest.mark.parametrize(
    ("run", "recorded"),
    [
        (
            dg.DagsterRun(
                job_name="__ASSET_JOB",
                asset_selection=frozenset({UPLOADS}),
                status=dg.DagsterRunStatus.NOT_STARTED,
            ),
            [FILE_DROPS_JOB_ID],
        ),
        (
            dg.DagsterRun(job_name="another", status=dg.DagsterRunStatus.NOT_STARTED),
            [DAGSTER_JOB_ID],
        ),
        (
            dg.DagsterRun(
                job_name="run_jobs",
                status=dg.DagsterRunStatus.NOT_STARTED,
                tags={"dagster/run_key": "a"},
            ),
            [],
        ),
        (
            dg.DagsterRun(job_name="run_jobs", status=dg.DagsterRunStatus.NOT_STARTED),
            [DAGSTER_JOB_ID],
        ),
    ],
)
def test_every_run_counts_under_the_job_it_belongs_to_and_those_with_rows_of_their_own_do_not(
    instance: dg.DagsterInstance,
    platform: Platform,
    box: DropBox,
    run: dg.DagsterRun,
    recorded: list[UUID],
) -> None:
    instance.add_run(run)
    instance.report_run_canceled(run)
    report("cancelled", instance, platform, run)
    assert [row.job_id for row in job_runs(box.engine)] == recorded


def test_there_is_a_recorder_for_every_way_a_run_can_go() -> None:
    assert sorted(BY_NAME) == sorted(f"record_runs_{status}" for status in EVENTS)
    assert set(BY_NAME) <= {sensor.name for sensor in defs.get_repository_def().sensor_defs}
