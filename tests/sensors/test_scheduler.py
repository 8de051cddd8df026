"""The sensor and the Dagster job together: from a slot that has come to a row that says how it went."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import dagster as dg
import pytest
from sqlalchemy import text

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.jobs.scheduled import LIGHT_JOB
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.scheduler import scheduler
from tests.core.scheduling.conftest import calls
from tests.core.scheduling.given import Calls, Jobs

__all__ = ["calls"]


@pytest.fixture
def jobs(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Next to the sensor, on the real clock."""
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")
    return Jobs(platform.scheduling)


def due(jobs: Jobs, url: str = "http://127.0.0.1:9/", *, in_s: float = 0.0, **policy: Any) -> UUID:
    now = utc_now() + timedelta(seconds=in_s)
    return jobs.add(url, cron=None, next_run_at=now, columns={"run_at": now}, **policy)


def look(instance: dg.DagsterInstance, platform: Platform) -> list[dg.RunRequest]:
    with dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}
    ) as context:
        result = scheduler(context)
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or [])


def launch(
    instance: dg.DagsterInstance, platform: Platform, request: dg.RunRequest
) -> dg.ExecuteInProcessResult:
    assert request.job_name is not None
    return defs.resolve_job_def(request.job_name).execute_in_process(
        instance=instance,
        run_config=request.run_config,
        tags={**request.tags, "dagster/run_key": request.run_key or ""},
        resources={"platform": platform},
        raise_on_error=False,
    )


def test_F45_F59_light_jobs_that_are_due_together_share_a_run_and_have_a_row_each(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs, calls: Calls
) -> None:
    made = [due(jobs, f"{calls.url}/{path}") for path in ("ok", "ok", "500")]
    (request,) = look(instance, platform)
    assert request.tags["dataviz/job"] == "3 jobs"
    assert request.tags["dataviz/jobs"] == "light"
    result = launch(instance, platform, request)
    assert result.success
    rows = [run for job in made for run in jobs.runs(job)]
    assert [row.status for row in rows] == ["succeeded", "succeeded", "failed"]
    assert {row.dagster_run_id for row in rows} == {result.run_id}
    assert look(instance, platform) == []


def test_a_run_for_light_jobs_begins_before_they_are_due_and_does_them_at_their_time(
    instance: dg.DagsterInstance,
    platform: Platform,
    jobs: Jobs,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dataviz_pipelines.jobs.scheduled.STAY_S", 60.0)
    monkeypatch.setattr("dataviz_pipelines.core.scheduling.running.LONGEST_STAY_S", 8.0)
    job = due(jobs, f"{calls.url}/ok", in_s=3)
    (request,), (again,) = look(instance, platform), look(instance, platform)
    assert request.job_name == LIGHT_JOB
    assert request.run_key == again.run_key
    assert launch(instance, platform, request).success
    (row,) = jobs.runs(job)
    assert row.status == "succeeded"
    assert row.started_at >= row.scheduled_for


def test_a_run_that_is_there_already_is_not_asked_for_before_jobs_are_due(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs
) -> None:
    due(jobs, in_s=8)
    light = defs.resolve_job_def(LIGHT_JOB)
    config = {"ops": {f"{LIGHT_JOB}_op": {"config": {"batch_id": str(new_id())}}}}
    instance.create_run_for_job(light, run_config=config)
    assert look(instance, platform) == []


@pytest.mark.parametrize(
    "change",
    ["job_type = 'metadata_discovery'", "is_active = false", "next_run_at = now() + '1 minute'"],
)
def test_nothing_is_begun_for_what_is_heavy_or_paused_or_far(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs, change: str
) -> None:
    due(jobs, in_s=8)
    with platform.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE scheduler_jobs SET {change}")
    assert look(instance, platform) == []


def test_R5_a_tick_that_is_repeated_asks_for_the_same_run(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs, calls: Calls
) -> None:
    due(jobs, f"{calls.url}/ok")
    first, again = look(instance, platform), look(instance, platform)
    assert [each.run_key for each in first] == [each.run_key for each in again]
    for request in (*first, *again):
        assert launch(instance, platform, request).success
    assert list(calls.keys.values()) == [1]


def test_a_single_job_that_fails_fails_its_dagster_run(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs, calls: Calls
) -> None:
    job = due(jobs, f"{calls.url}/500", priority=7)
    (request,) = look(instance, platform)
    assert request.tags["dagster/priority"] == "7"
    assert request.tags["dataviz/job"] == f"Job {job}"
    assert not launch(instance, platform, request).success


def test_R23_a_dagster_run_that_never_began_is_asked_for_anew(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs, calls: Calls
) -> None:
    due(jobs, f"{calls.url}/ok")
    (request,) = look(instance, platform)
    run = instance.add_run(
        dg.DagsterRun(
            job_name="run_jobs",
            status=dg.DagsterRunStatus.NOT_STARTED,
            tags={"dagster/run_key": request.run_key or ""},
        )
    )
    instance.report_run_failed(run)
    (again,) = look(instance, platform)
    assert again.run_key != request.run_key
    assert launch(instance, platform, again).success
    assert list(calls.keys.values()) == [1]


def test_what_was_cancelled_in_dagster_before_it_began_is_cancelled(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs
) -> None:
    job = due(jobs)
    (request,) = look(instance, platform)
    run = instance.add_run(
        dg.DagsterRun(
            job_name="run_jobs",
            status=dg.DagsterRunStatus.NOT_STARTED,
            tags={"dagster/run_key": request.run_key or ""},
        )
    )
    instance.report_run_canceled(run)
    assert look(instance, platform) == []
    assert [row.status for row in jobs.runs(job)] == ["cancelled"]


def test_F54_those_who_run_the_platform_hear_once_of_runs_that_wait_and_that_they_do_no_more(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs
) -> None:
    jobs.person(is_admin=True)
    job = due(jobs)
    cursor = None

    def look_and_say(change: str) -> list[str]:
        nonlocal cursor
        with platform.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE scheduler_job_runs SET {change}")
        with dg.build_sensor_context(
            instance=instance, definitions=defs, resources={"platform": platform}, cursor=cursor
        ) as context:
            cursor = scheduler(context).cursor  # type: ignore[union-attr]  # it always answers so
        with platform.engine.begin() as connection:
            statement = text("SELECT notification_type FROM notifications ORDER BY id")
            return list(connection.execute(statement).scalars())

    look(instance, platform)
    assert look_and_say("not_before = now() - interval '9 minutes'") == []
    assert look_and_say("not_before = now() - interval '11 minutes'") == ["jobs_overdue"]
    assert f"Job {job}" in str(cursor)
    assert look_and_say("priority = 1") == ["jobs_overdue"]
    said = look_and_say("status = 'cancelled', completed_at = now()")
    assert said == ["jobs_overdue", "jobs_on_time"]
    assert look_and_say("priority = 2") == said


def test_a_heavy_run_has_its_own_dagster_job_and_its_pool(
    instance: dg.DagsterInstance, platform: Platform, jobs: Jobs
) -> None:
    for _ in range(2):
        jobs.set(due(jobs), job_type="metadata_discovery", job_config={})
    requests = look(instance, platform)
    assert [each.job_name for each in requests] == ["run_jobs_discovery"] * 2
    assert [each.tags.get("dataviz/jobs") for each in requests] == [None, None]
    assert {each.tags["dataviz/pool"] for each in requests} == {"discovery"}
    (op,) = defs.resolve_job_def("run_jobs_discovery").nodes
    assert op.definition.pools == {"discovery"}
    assert not launch(instance, platform, requests[0]).success
