"""The scheduler: `make bench BENCH=scheduler`. What a tick costs among many jobs, and how soon light jobs run on a started platform."""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.platform import running, wait_for
from benchmarks.report import Report, errors
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.ticking import tick
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.postgres import database

INSERT = (
    "INSERT INTO scheduler_jobs (name, job_type, schedule_expression, job_config, next_run_at) "
    "SELECT 'Job ' || n, 'http_call', :cron, jsonb_build_object('url', CAST(:url AS text)), :at "
    "FROM generate_series(1, :count) AS n"
)


class Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def web_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


def insert(engine: Engine, count: int, at: datetime, *, url: str, cron: str = "0 * * * *") -> None:
    with engine.begin() as connection:
        values = {"cron": cron, "url": url, "at": at, "count": count}
        connection.execute(text(INSERT), values)


def ticks(home: Path, report: Report, *, jobs: int, due: int, rounds: int) -> None:
    """Each round has the same jobs due, an hour later; one of a tenth of the jobs, one of all."""
    with database(Settings(home=home)) as settings:
        set_up(settings)
        engine = create_database_engine(database_urls(settings).app, application_name="benchmark")
        start = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
        insert(engine, due, start, url="https://example.org")
        few = measured(engine, settings, start, rounds)
        insert(engine, jobs - due, start + timedelta(days=365), url="https://example.org")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE scheduler_jobs"))
        many = measured(engine, settings, start + timedelta(days=1), rounds)
        idle = measured(engine, settings, start, rounds)
        engine.dispose()
    report.add("tick_s", statistics.median(many), f"s, {due:,} due of {jobs:,}", target=1)
    report.add("tick_idle_s", statistics.median(idle), f"s, none due of {jobs:,}", target=0.05)
    ratio = statistics.median(many) / statistics.median(few)
    report.add("tick_ratio", ratio, f"times a tick of {due:,} jobs alone", target=1.5)


def measured(engine: Engine, settings: Settings, start: datetime, rounds: int) -> list[float]:
    found = []
    for number in range(rounds):
        now = start + timedelta(hours=number, seconds=1)
        scheduling = replace(Scheduling(engine, settings, RUNNERS), clock=lambda now=now: now)
        began = time.perf_counter()
        tick(scheduling)
        found.append(time.perf_counter() - began)
        with engine.begin() as connection:
            connection.execute(text("UPDATE scheduler_job_runs SET status = 'succeeded'"))
    return found


def on_a_platform(home: Path, report: Report, *, at_once: int, minutes: int) -> None:
    environment = os.environ | {"DATAVIZ_HOME": str(home), "DATAVIZ_ALLOWED_NETWORKS": "127.0.0.1"}
    with web_server() as url, running(environment), database(Settings(home=home)) as settings:
        engine = create_database_engine(database_urls(settings).app, application_name="benchmark")
        began = utc_now()
        insert(engine, at_once, began, url=url, cron="0 0 1 1 *")
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE scheduler_jobs SET schedule_expression = NULL, run_at = next_run_at")
            )
        wait_for(lambda: ended(engine) == at_once)
        report.add(
            "light_at_once_s",
            (utc_now() - began).total_seconds(),
            f"s, {at_once:,} due",
            target=120,
        )
        delays = steadily(engine, url, minutes)
        report.add("start_delay_s", max(delays), "s from due, slowest", target=10)
        report.add("start_delay_median_s", statistics.median(delays), "s from due", target=8)
        engine.dispose()


def steadily(engine: Engine, url: str, minutes: int) -> list[float]:
    """20 jobs a minute, one every three seconds."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM scheduler_jobs WHERE job_type = 'http_call'"))
        start = utc_now() + timedelta(seconds=10)
        for number in range(20 * minutes):
            at = start + timedelta(seconds=3 * number)
            statement = (
                "INSERT INTO scheduler_jobs (name, job_type, run_at, next_run_at, job_config) "
                "VALUES ('One', 'http_call', :at, :at, jsonb_build_object('url', CAST(:url AS text)))"
            )
            connection.execute(text(statement), {"at": at, "url": url})
    wait_for(lambda: ended(engine) == 20 * minutes)
    with engine.begin() as connection:
        statement = (
            "SELECT extract(epoch FROM started_at - scheduled_for)::float FROM scheduler_job_runs "
            "WHERE cause <> 'dagster'"
        )
        return list(connection.execute(text(statement)).scalars())


def ended(engine: Engine) -> int:
    with engine.begin() as connection:
        statement = "SELECT count(*) FROM scheduler_job_runs WHERE status = 'succeeded' AND cause <> 'dagster'"
        return int(connection.execute(text(statement)).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--due", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=1_000)
    parser.add_argument("--minutes", type=int, default=2, help="of 20 jobs each")
    arguments = parser.parse_args()
    report = Report("scheduler")
    with tempfile.TemporaryDirectory(prefix="dataviz-bench-") as folder:
        errors.print(f"Ticks among {arguments.jobs:,} jobs …")
        ticks(
            Path(folder) / "ticks",
            report,
            jobs=arguments.jobs,
            due=arguments.due,
            rounds=arguments.rounds,
        )
        errors.print(f"{arguments.at_once:,} light jobs on a platform …")
        home = Path(folder) / "platform"
        on_a_platform(home, report, at_once=arguments.at_once, minutes=arguments.minutes)
    report.publish()


if __name__ == "__main__":
    main()
