"""Whoever ends a run ends its query on the source's server too."""

import threading
from typing import Any

import psycopg

from dataviz_pipelines.core.scheduling import operating
from tests.core.job_types.bench import Bench
from tests.core.sources.places import Place

ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b"
LONG: dict[str, Any] = {"operator": "=", "threshold": 1}
ASKED = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state = 'active'"
STATUS = "SELECT status FROM query_execution_logs"


def active(place: Place) -> int:
    with psycopg.connect(place.admin_url) as connection:
        row = connection.execute(ASKED, [place.user]).fetchone()
    return 0 if row is None else int(row[0])


def test_a_run_that_is_cancelled_leaves_no_query_behind(bench: Bench, postgresql: Place) -> None:
    job = bench.job("data_quality_check", bench.save(ENDLESS), **LONG)
    bench.set("query_timeout_seconds", 900)
    bench.jobs.tick()
    thread = threading.Thread(target=bench.jobs.work)
    thread.start()
    while thread.is_alive() and not active(postgresql):
        thread.join(0.1)
    with bench.engine.begin() as connection:
        operating.cancel_run(connection, bench.jobs.runs(job)[0].id, now=bench.jobs.now)
    thread.join(60)
    assert bench.jobs.runs(job)[0].status == "cancelled"
    assert active(postgresql) == 0
    assert bench.rows(STATUS) == [("cancelled",)]


def test_a_run_that_takes_too_long_leaves_no_query_behind(bench: Bench, postgresql: Place) -> None:
    job = bench.job("data_quality_check", bench.save(ENDLESS), **LONG)
    bench.set("query_timeout_seconds", 900)
    bench.jobs.set(job, run_policy={"timeout_s": 5})
    bench.jobs.tick()
    assert bench.jobs.work() == ["timed_out"]
    assert active(postgresql) == 0
    assert bench.rows(STATUS) == [("cancelled",)]
