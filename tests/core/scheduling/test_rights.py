"""For whom a job works: its owner, for as long as there is one who may have it done. It never becomes the platform's."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from dataviz_pipelines.core.privacy import erase_person
from dataviz_pipelines.core.scheduling.operating import run_now
from tests.core.scheduling.given import NOON, Calls, Jobs


def ran_by_hand(jobs: Jobs, job_id: Any) -> Any:
    with jobs.engine.begin() as connection:
        row = dict(jobs.job(job_id)._mapping)
        run_now(connection, row, jobs.scheduling.runners)
    jobs.work()
    return jobs.runs(job_id)[-1]


def test_who_owns_a_job_cannot_be_deleted_not_even_in_sql(jobs: Jobs, owner_engine: Engine) -> None:
    ada, bob = jobs.person(), jobs.person()
    job = jobs.add(owner=ada)
    statement = text("DELETE FROM users WHERE id = :id")
    with (
        pytest.raises(IntegrityError, match="fk_scheduler_jobs_created_by"),
        owner_engine.begin() as connection,
    ):
        connection.execute(statement, {"id": ada})
    assert jobs.job(job).created_by == ada
    jobs.set(job, created_by=bob)
    with owner_engine.begin() as connection:
        assert connection.execute(statement, {"id": ada}).rowcount == 1


def test_F56_a_job_of_somebody_who_is_erased_pauses_and_stays_theirs(
    jobs: Jobs, owner_engine: Engine
) -> None:
    ada = jobs.person()
    job = jobs.add(owner=ada)
    erase_person(owner_engine, str(ada))
    jobs.tick(NOON)
    found = jobs.job(job)
    assert (found.is_active, found.pause_reason, found.created_by) == (False, "inactive_owner", ada)


def test_F56_what_is_run_by_hand_is_not_done_for_who_is_deactivated(
    jobs: Jobs, calls: Calls
) -> None:
    job = jobs.add(f"{calls.url}/ok", cron=None, next_run_at=None, owner=jobs.person())
    assert ran_by_hand(jobs, job).status == "succeeded"
    jobs.set(job, created_by=jobs.person(is_active=False))
    row = ran_by_hand(jobs, job)
    assert (row.status, row.error_log) == (
        "failed",
        "Its owner cannot log in any more. Give it to somebody who can.",
    )
    assert calls.keys.total() == 1


def test_what_a_type_needs_is_asked_of_the_owner_whenever_it_runs(jobs: Jobs) -> None:
    rollup = {"job_type": "analytics_rollup", "job_config": {}}
    once: dict[str, Any] = {"cron": None, "next_run_at": None}
    job = jobs.add(owner=jobs.person(), **once)
    jobs.set(job, **rollup)
    assert ran_by_hand(jobs, job).error_log.startswith(
        "This needs the permission pipelines:operate."
    )
    for owner in (jobs.person(is_admin=True), None):
        jobs.set(job, created_by=owner)
        assert ran_by_hand(jobs, job).status == "succeeded"
