"""Jobs on the real platform: whatever is killed, each of their times is run once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.scheduling.finishing import LOST
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from tests.core.scheduling.given import Calls, Jobs, web_server
from tests.platform.running import RunningPlatform, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platform")]

MINUTE = timedelta(minutes=1)
SOME = 6


@pytest.fixture
def calls() -> Iterator[Calls]:
    with web_server() as made:
        yield made


@pytest.fixture
def jobs(running: RunningPlatform) -> Jobs:
    return Jobs(Scheduling(running.engine, running.settings, RUNNERS))


def add_some(jobs: Jobs, calls: Calls) -> list[UUID]:
    """One each second, from now on; the first takes long."""
    made, now = [], utc_now()
    for number in range(SOME):
        at = now + timedelta(seconds=number)
        url = f"{calls.url}/{'ok' if number else 'slow'}"
        once = {"cron": None, "next_run_at": at, "columns": {"run_at": at}}
        made.append(jobs.add(url, config={"timeout_s": 300}, **once))
    return made


def test_F45_R4_R14_whatever_is_killed_each_slot_of_a_job_is_run_once(
    running: RunningPlatform, jobs: Jobs, calls: Calls
) -> None:
    soon = utc_now().replace(second=0, microsecond=0) + MINUTE
    again = jobs.add(f"{calls.url}/ok", next_run_at=soon)
    kills: list[Callable[[], None]] = [
        lambda: running.kill("dagster-daemon"),
        running.kill_run,
        running.kill_database,
        lambda: running.kill("code-server"),
    ]
    made: list[UUID] = []
    for kill in kills:
        calls.let_go.clear()
        slow, *others = add_some(jobs, calls)
        wait_for(partial(has_begun, jobs, calls, slow))
        kill()
        calls.let_go.set()
        made += [slow, *others]
    jobs.set(again, is_active=False)
    wait_for(lambda: all(is_over(jobs, job) for job in made))

    for job in made:
        (run,) = jobs.runs(job)
        assert run.scheduled_for == jobs.job(job).run_at
        if run.status == "succeeded":
            assert calls.keys[run.run_id] == 1, run
        else:
            assert calls.keys[run.run_id] <= 1, run
            assert (run.status, run.error_log) == ("failed", LOST.error), run
    slots = [run.scheduled_for for run in jobs.runs(again)]
    assert slots == [soon + number * MINUTE for number in range(len(slots))]
    assert jobs.job(again).next_run_at == soon + len(slots) * MINUTE


def has_begun(jobs: Jobs, calls: Calls, job: UUID) -> bool:
    return any(calls.keys[run.run_id] for run in jobs.runs(job))


def is_over(jobs: Jobs, job: UUID) -> bool:
    return bool(jobs.runs(job)) and all(run.completed_at is not None for run in jobs.runs(job))
