"""R4 and F45: processes are killed at random moments, and every slot has run once, or it is recorded why not."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from dataviz_pipelines.core.db import database_urls
from dataviz_pipelines.core.scheduling.healing import LOST, NEVER_BEGUN
from tests.core.scheduling.given import NOON, Calls, Jobs

ROUNDS = int(os.environ.get("DATAVIZ_TEST_KILL_ROUNDS", "6"))
JOBS = 6
LONGEST_LIFE_S = 2.5  # importing is over by then, and so is most of the work


@contextmanager
def ticker(jobs: Jobs, now: datetime) -> Iterator["subprocess.Popen[bytes]"]:
    settings = jobs.scheduling.settings
    urls = database_urls(settings)
    environment = os.environ | {
        "DATAVIZ_HOME": str(settings.root),
        "DATAVIZ_DATABASE_URL": urls.owner.render_as_string(hide_password=False),
        "DATAVIZ_APP_DATABASE_URL": urls.app.render_as_string(hide_password=False),
        "DATAVIZ_ALLOWED_NETWORKS": "127.0.0.1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.core.scheduling.ticker", now.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        yield process


def work_undisturbed(jobs: Jobs, now: datetime) -> None:
    with ticker(jobs, now) as process:
        assert process.wait(120) == 0


def test_R4_every_slot_runs_once_though_tickers_and_workers_are_killed(
    jobs: Jobs, calls: Calls
) -> None:
    rng = random.Random(os.environ.get("DATAVIZ_TEST_KILL_SEED", "1"))  # noqa: S311  # of moments
    policies = ({"overlap": "allow"}, {"overlap": "skip"}, {"overlap": "buffer"})
    made = [
        jobs.add(f"{calls.url}/ok", catch_up="all", **policies[number % len(policies)])
        for number in range(JOBS)
    ]
    for number in range(ROUNDS):
        now = NOON + timedelta(minutes=number)
        with ticker(jobs, now) as one, ticker(jobs, now) as other:
            for process in (one, other):
                time.sleep(rng.uniform(0, LONGEST_LIFE_S / 2))
                process.send_signal(signal.SIGKILL)
    now = NOON + timedelta(minutes=ROUNDS)
    while len(jobs.runs()) < JOBS * (
        ROUNDS + 1
    ):  # a killed session may hold a lock a moment longer
        work_undisturbed(jobs, now)
    for job in made:
        jobs.set(job, next_run_at=None)
    while any(row.status in ("queued", "running") for row in jobs.runs()):
        work_undisturbed(jobs, now)
        now += timedelta(hours=2)
    slots = [NOON + timedelta(minutes=number) for number in range(ROUNDS + 1)]
    for job in made:
        assert [row.scheduled_for for row in jobs.runs(job)] == slots
    endings = {(row.status, row.skip_reason or row.error_log) for row in jobs.runs()}
    died = [("failed", each.error) for each in (LOST, NEVER_BEGUN)]
    told = {(status, _last(reason)) for status, reason in endings}
    assert told <= {("succeeded", None), ("skipped", "overlap"), *died}
    assert ("succeeded", None) in told
    for row in jobs.runs():
        times = calls.keys[row.run_id]
        assert times == 1 if row.status == "succeeded" else times <= 1, (row, times)


def _last(reason: str | None) -> str | None:
    return None if reason is None else reason.rpartition("] ")[2]
