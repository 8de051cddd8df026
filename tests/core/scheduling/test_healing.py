"""What died is noticed by its lock, and is not repeated unless its job allows it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.models.scheduler import JobRunStatus
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.finishing import NEVER_BEGUN, Outcome, finish
from dataviz_pipelines.core.scheduling.healing import heal, overdue_runs
from dataviz_pipelines.core.scheduling.store import Try
from tests.core.scheduling.given import NOON, Calls, Jobs


def running(jobs: Jobs) -> None:
    """As a process that was killed leaves it."""
    jobs.tick()
    make_batches(jobs.scheduling)
    with jobs.engine.begin() as connection:
        statement = "UPDATE scheduler_job_runs SET status = 'running', started_at = :now"
        connection.execute(text(statement), {"now": NOON})


def test_F54_a_run_whose_process_died_has_failed(jobs: Jobs) -> None:
    job = jobs.add()
    running(jobs)
    assert heal(jobs.scheduling, lambda _: Fate.ALIVE) == 1
    (row,) = jobs.runs(job)
    assert (row.status, row.lost_count) == ("failed", 1)
    assert row.error_log.startswith("The process that ran it died before it was done.")
    assert jobs.job(job).consecutive_failures == 1
    assert heal(jobs.scheduling, lambda _: Fate.ALIVE) == 0


def test_F54_a_job_that_allows_retries_has_a_lost_run_tried_again_three_times_at_most(
    jobs: Jobs,
) -> None:
    job = jobs.add(max_retries=10, retry_delay_s=1)
    running(jobs)
    found = []
    for _ in range(3):
        heal(jobs.scheduling, lambda _: Fate.LOST)
        found.append(jobs.runs(job)[0].status)
        jobs.now += timedelta(hours=1)
        make_batches(jobs.scheduling)
        with jobs.engine.begin() as connection:
            statement = "UPDATE scheduler_job_runs SET status = 'running' WHERE status = 'queued'"
            connection.execute(text(statement))
    assert found == ["queued", "queued", "failed"]


def test_a_run_that_somebody_does_is_left_alone_whatever_dagster_says(jobs: Jobs) -> None:
    job = jobs.add()
    running(jobs)
    with jobs.engine.connect() as session:
        assert store.lock_run(session, jobs.runs(job)[0].id)
        for fate in Fate:
            assert heal(jobs.scheduling, lambda _, fate=fate: fate) == 0
        session.rollback()
        store.unlock_run(session, jobs.runs(job)[0].id)
    assert jobs.runs(job)[0].status == "running"


def test_R23_what_a_dagster_run_never_began_is_asked_for_again_and_then_given_up(
    jobs: Jobs, calls: Calls
) -> None:
    job = jobs.add(f"{calls.url}/ok")
    jobs.tick()
    asked = set()
    for _ in range(3):
        (batch,) = make_batches(jobs.scheduling)
        asked.add(batch.id)
        heal(jobs.scheduling, lambda _: Fate.LOST)
    assert len(asked) == 3
    (row,) = jobs.runs(job)
    assert row.status == "failed"
    assert row.error_log.count(NEVER_BEGUN.error) == len(asked)
    assert not calls.keys


@pytest.mark.parametrize("begun", [False, True])
def test_what_was_cancelled_in_dagster_is_cancelled(jobs: Jobs, *, begun: bool) -> None:
    job = jobs.add()
    if begun:
        running(jobs)
    else:
        jobs.tick()
        make_batches(jobs.scheduling)
    heal(jobs.scheduling, lambda _: Fate.CANCELLED)
    (row,) = jobs.runs(job)
    assert (row.status, row.error_log) == ("cancelled", "Its run was cancelled in Dagster.")
    assert jobs.job(job).consecutive_failures == 0


def test_F48_a_run_that_died_while_it_was_to_be_cancelled_is_cancelled(jobs: Jobs) -> None:
    job = jobs.add(overlap="cancel", max_retries=10)
    running(jobs)
    jobs.tick(NOON + timedelta(minutes=1))
    heal(jobs.scheduling, lambda _: Fate.LOST)
    assert [(row.status, row.attempt) for row in jobs.runs(job)] == [
        ("cancelled", 0),
        ("queued", 0),
    ]
    assert jobs.job(job).consecutive_failures == 0


def test_what_was_taken_for_dead_ends_no_later_try(jobs: Jobs) -> None:
    job = jobs.add(max_retries=10)
    running(jobs)
    heal(jobs.scheduling, lambda _: Fate.LOST)
    (row,) = jobs.runs(job)
    outcome = Outcome(JobRunStatus.SUCCEEDED)
    with jobs.engine.begin() as connection:
        assert finish(connection, Try(row.id, 0), outcome, NOON, jobs.scheduling.runners) is None
    assert jobs.runs(job) == [row]


def test_F54_what_waits_for_ten_minutes_or_outlives_its_time_is_overdue(jobs: Jobs) -> None:
    waiting = jobs.add(jitter_s=1)
    jobs.tick()
    jobs.now = NOON + timedelta(seconds=1)
    make_batches(jobs.scheduling)
    jobs.now = NOON + timedelta(minutes=9)
    assert overdue_runs(jobs.scheduling) == []
    jobs.now = NOON + timedelta(minutes=11)
    (found,) = overdue_runs(jobs.scheduling)
    assert (found.run_id, found.is_stuck) == (jobs.runs(waiting)[0].id, False)
    stuck = jobs.add(timeout_s=60, next_run_at=jobs.now, cron=None, columns={"run_at": jobs.now})
    jobs.tick()
    make_batches(jobs.scheduling)
    with jobs.engine.begin() as connection:
        statement = (
            "UPDATE scheduler_job_runs SET status = 'running', started_at = :now WHERE job_id = :id"
        )
        connection.execute(text(statement), {"now": jobs.now, "id": stuck})
    jobs.now += timedelta(seconds=179)
    assert not any(each.is_stuck for each in overdue_runs(jobs.scheduling))
    jobs.now += timedelta(seconds=2)
    assert [each.run_id for each in overdue_runs(jobs.scheduling) if each.is_stuck] == [
        jobs.runs(stuck)[0].id
    ]
