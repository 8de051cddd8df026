"""Counting the logs at the times of a job: what has changed, or some hours before it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.scheduling.checks import check_config
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from tests.core.job_types.bench import Bench

COUNTED = "SELECT sum(run_count) FROM query_rollups WHERE grain = 'hour'"


def ask(bench: Bench) -> None:
    query = bench.save("SELECT 1")
    job = bench.job("data_quality_check", query, operator="=", threshold=1)
    assert bench.run(job).status == "succeeded"
    bench.jobs.set(job, next_run_at=None)


def test_what_has_changed_is_counted_and_can_be_again(bench: Bench) -> None:
    ask(bench)
    job = bench.job("analytics_rollup", None)
    row = bench.run(job)
    assert (row.error_log, row.status) == (None, "succeeded")
    assert "queries: 1 hours, 1 days, 2 rows" in row.output_log
    assert bench.run(job).status == "succeeded"
    assert bench.rows(COUNTED) == [(1,)]


def test_some_hours_before_the_slot_are_counted_and_no_others(bench: Bench) -> None:
    ask(bench)
    job = bench.job("analytics_rollup", None, last_hours=2)
    assert "queries: 3 hours, 1 days, 0 rows" in bench.run(job).output_log
    bench.jobs.now = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    bench.jobs.set(job, next_run_at=bench.jobs.now)
    row = bench.run(job)
    assert (row.scheduled_for, row.status) == (bench.jobs.now - timedelta(minutes=1), "succeeded")
    assert bench.rows(COUNTED) == [(1,)]


@pytest.mark.parametrize("hours", [0, -1, 10_000, "some"])
def test_hours_that_are_none_are_refused_when_the_job_is_saved(bench: Bench, hours: Any) -> None:
    values = {"job_type": "analytics_rollup", "job_config": {"last_hours": hours}}
    with pytest.raises(JobInvalidError) as raised:
        check_config(values, bench.jobs.scheduling.runners)
    (fault,) = raised.value.faults
    assert isinstance(fault, Fault)
    assert fault.place == "/job_config/last_hours"
