"""Logs go when they are old; what was decided and counted stays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from dataviz_pipelines.core.models.documents.settings import SystemSettings
from dataviz_pipelines.core.scheduling import tidying
from dataviz_pipelines.core.scheduling.tidying import empty_old_logs
from tests.core.scheduling.given import NOON, Jobs

KEPT = timedelta(days=SystemSettings.model_fields["job_log_days"].default)
SECOND = timedelta(seconds=1)


def ended(jobs: Jobs, *ages: timedelta, **columns: Any) -> UUID:
    """A job with runs that ended so long ago."""
    job = jobs.add(next_run_at=None)
    values = {
        "status": "failed",
        "duration_ms": 7,
        "output_log": "out",
        "error_log": "err",
    } | columns
    with jobs.engine.begin() as connection:
        for number, age in enumerate(ages):
            connection.execute(
                text(
                    "INSERT INTO scheduler_job_runs (job_id, run_id, scheduled_for, completed_at, created_at, "
                    f"{', '.join(values)}) VALUES (:job, :run, :slot, :ended, :ended, {', '.join(f':{name}' for name in values)})"
                ),
                {
                    "job": job,
                    "run": f"{job} {number}",
                    "slot": NOON - age,
                    "ended": NOON - age,
                    **values,
                },
            )
    return job


def logs(jobs: Jobs, job: UUID) -> list[tuple[str | None, str | None]]:
    return [(run.output_log, run.error_log) for run in jobs.runs(job)]


def count(jobs: Jobs, sql: str) -> int:
    with jobs.engine.begin() as connection:
        return int(connection.execute(text(sql)).scalar_one())


def test_F57_logs_of_runs_that_ended_long_ago_are_emptied_and_their_rows_stay(jobs: Jobs) -> None:
    job = ended(jobs, KEPT + SECOND, KEPT - SECOND)
    before = [run._mapping for run in jobs.runs(job)]
    assert empty_old_logs(jobs.scheduling) == 1
    assert logs(jobs, job) == [(None, None), ("out", "err")]
    emptied = {"output_log": None, "error_log": None, "updated_at": jobs.runs(job)[0].updated_at}
    assert [run._mapping for run in jobs.runs(job)] == [{**before[0], **emptied}, before[1]]
    assert empty_old_logs(jobs.scheduling) == 0


@pytest.mark.parametrize("columns", [{"output_log": None}, {"error_log": None}])
def test_F57_one_log_is_enough_to_be_found(jobs: Jobs, columns: dict[str, None]) -> None:
    job = ended(jobs, KEPT + SECOND, **columns)
    assert empty_old_logs(jobs.scheduling) == 1
    assert logs(jobs, job) == [(None, None)]


def test_F57_a_run_of_an_old_slot_that_goes_on_keeps_its_log(jobs: Jobs) -> None:
    job = ended(jobs, KEPT + SECOND, status="running")
    with jobs.engine.begin() as connection:
        connection.execute(text("UPDATE scheduler_job_runs SET completed_at = NULL"))
    assert empty_old_logs(jobs.scheduling) == 0
    assert logs(jobs, job) == [("out", "err")]


def test_F57_the_setting_says_for_how_long(jobs: Jobs) -> None:
    job = ended(jobs, timedelta(days=8), timedelta(days=6))
    with jobs.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE system_settings SET setting_value = '7' WHERE setting_key = 'job_log_days'"
            )
        )
    assert empty_old_logs(jobs.scheduling) == 1
    assert logs(jobs, job) == [(None, None), ("out", "err")]


def test_F57_the_oldest_go_first_and_the_rest_with_the_next_calls(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "LOGS_AT_ONCE", 2)
    job = ended(jobs, *(KEPT + number * SECOND for number in (1, 2, 3)))
    assert empty_old_logs(jobs.scheduling) == 2
    assert logs(jobs, job) == [(None, None), (None, None), ("out", "err")]
    assert [empty_old_logs(jobs.scheduling) for _ in range(2)] == [1, 0]


def test_F57_emptying_opens_no_hour_and_is_no_change_for_the_audit(jobs: Jobs) -> None:
    ended(jobs, KEPT + SECOND)
    marks, audited = "SELECT count(*) FROM rollup_invalidations", "SELECT count(*) FROM audit_logs"
    before = count(jobs, marks), count(jobs, audited)
    assert empty_old_logs(jobs.scheduling) == 1
    assert (count(jobs, marks), count(jobs, audited)) == before
