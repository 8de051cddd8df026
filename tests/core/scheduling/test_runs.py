"""Rows of scheduler_job_runs, whatever order reports come in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.models.scheduler import FILE_DROPS_JOB_ID, JobRunStatus
from dataviz_pipelines.core.scheduling.dagster_runs import DagsterRun, record_run
from tests.dropbox_store import job_runs

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = START + timedelta(seconds=1.5)
STARTED = DagsterRun("run", FILE_DROPS_JOB_ID, JobRunStatus.RUNNING, START, None)
ENDED = replace(STARTED, status=JobRunStatus.FAILED, completed_at=END, error_log="It broke.")


@pytest.mark.parametrize(
    "reports", [[STARTED, ENDED], [ENDED, STARTED], [ENDED, ENDED, STARTED], [ENDED]]
)
def test_the_end_of_a_run_stands_whatever_order_reports_come_in(
    app_engine: Engine, reports: list[DagsterRun]
) -> None:
    for run in reports:
        with app_engine.begin() as connection:
            record_run(connection, run)
    (row,) = job_runs(app_engine)
    assert (row.status, row.error_log) == ("failed", "It broke.")
    assert (row.started_at, row.completed_at, row.duration_ms) == (START, END, 1500)


def test_a_run_that_only_started_has_no_duration(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        record_run(connection, STARTED)
    (row,) = job_runs(app_engine)
    assert (row.status, row.started_at, row.duration_ms) == ("running", START, None)


def test_an_end_without_a_start_keeps_the_start_that_was_known(app_engine: Engine) -> None:
    for run in (STARTED, replace(ENDED, started_at=None)):
        with app_engine.begin() as connection:
            record_run(connection, run)
    (row,) = job_runs(app_engine)
    assert (row.status, row.started_at) == ("failed", START)


def test_a_clock_that_went_back_gives_no_negative_duration() -> None:
    assert replace(ENDED, completed_at=START - timedelta(hours=1)).duration_ms == 0
