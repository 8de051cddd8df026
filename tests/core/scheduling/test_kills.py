"""R4, R5, R14 and F45: processes and the database are killed at random moments, and every slot has run once, or it is recorded why not."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.scheduling import operating
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from tests.core.scheduling.effects import NOON, ONCE, REPEATABLE, RUNNERS, TABLES, counted
from tests.core.scheduling.given import Jobs
from tests.core.scheduling.killable import ROLES, Killable, Place
from tests.servers.postgresql import OwnServer, own_server
from tests.servers.workers import until

pytestmark = pytest.mark.slow

ROUNDS: Final = int(os.environ.get("DATAVIZ_TEST_KILL_ROUNDS", "50"))
LONGEST_LIFE_S: Final = 0.5
LONGEST_REST_S: Final = 0.3
LIGHT_EVERY: Final = 6
HEAVY_EVERY: Final = 20
PATIENCE_S: Final = 300
SERVER: Final = "server"
WORKER: Final = "worker"
# What the machine's loss of power takes from a disk is not what this is about.
FAST: Final = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass
class World:
    """`every`: the jobs that come again, with the minutes from one of their slots to the next. `once`: those that do not."""

    jobs: Jobs
    killable: Killable
    rng: random.Random
    every: dict[UUID, int] = field(default_factory=dict)
    once: list[UUID] = field(default_factory=list)

    def now(self) -> datetime:
        return self.jobs.scheduling.clock()

    def add(self, *, heavy: bool, retries: int, **policy: Any) -> None:
        every = HEAVY_EVERY if heavy else LIGHT_EVERY
        job = self._add(heavy=heavy, retries=retries, cron=f"*/{every} * * * *", at=NOON, **policy)
        self.every[job] = every

    def add_one_off(self) -> None:
        at = self.now() + timedelta(seconds=self.rng.uniform(0, 120))
        policy = {"catch_up": self.rng.choice(("none", "last", "all"))}
        retries = self.rng.choice((0, 2))
        self.once.append(self._add(heavy=False, retries=retries, cron=None, at=at, **policy))

    def _add(
        self, *, heavy: bool, retries: int, cron: str | None, at: datetime, **policy: Any
    ) -> UUID:
        job_type = (REPEATABLE if heavy else ONCE).job_type.value
        columns = {"job_type": job_type, "run_at": None if cron else at}
        return self.jobs.add(
            cron=cron,
            next_run_at=at,
            columns=columns | {"job_config": {"fails": min(retries, 1)}},
            max_retries=retries,
            retry_delay_s=5,
            pause_after=None,
            **policy,
        )

    def run_one_now(self) -> None:
        job_id = self.rng.choice([job for job, every in self.every.items() if every == LIGHT_EVERY])
        with self.jobs.engine.begin() as connection:
            job = operating.find_job(connection, str(job_id))
            operating.run_now(connection, job, self.jobs.scheduling.runners)

    def work(self) -> None:
        """Until something has been done, and a moment longer."""
        before = counted(self.jobs.engine, "tries").total()
        until(lambda: counted(self.jobs.engine, "tries").total() > before, patience_s=PATIENCE_S)
        time.sleep(self.rng.uniform(0, LONGEST_LIFE_S))

    def harm(self) -> None:
        """Some of what runs is killed at once, and some time later it is there again."""
        victims = self.rng.sample((SERVER, WORKER, *ROLES), self.rng.choice((1, 1, 1, 2, 5)))
        for victim in victims:
            if victim == SERVER:
                self.rng.choice((self.killable.server.kill, self.killable.server.behead))()
            elif victim == WORKER:
                self.killable.kill_a_worker(self.rng)
            else:
                self.killable.kill(victim)
        time.sleep(self.rng.uniform(0, LONGEST_REST_S))
        if SERVER in victims:
            self.killable.server.revive()
        self.killable.start()

    def settle(self) -> None:
        """No slot is run any more; what was begun is brought to its end."""
        with self.jobs.engine.begin() as connection:
            connection.execute(text("UPDATE scheduler_jobs SET is_active = false"))
        paused = self.now()
        until(lambda: not self._is_waited_for(paused), patience_s=PATIENCE_S)
        self.killable.kill(*ROLES)

    def _is_waited_for(self, paused: datetime) -> bool:
        """Whether a slot is to be decided about, or a run to be ended."""
        statement = text(
            "SELECT EXISTS (SELECT FROM scheduler_jobs WHERE next_run_at <= :paused) "
            "OR EXISTS (SELECT FROM scheduler_job_runs WHERE status IN ('queued', 'running'))"
        )
        with self.jobs.engine.connect() as connection:
            return bool(connection.execute(statement, {"paused": paused}).scalar_one())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    with own_server(tmp_path, **FAST) as made:
        yield made


@contextmanager
def world_on(server: OwnServer, rng: random.Random) -> Iterator[World]:
    settings = Settings(home=server.folder / "home", database_url=SecretStr(server.address.url()))
    set_up(settings)
    place = Place(settings, server.folder / "runs", time.monotonic())
    place.runs.mkdir()
    jobs = Jobs(place.scheduling("test"))
    with jobs.engine.begin() as connection:
        connection.execute(text(TABLES))
    killable = Killable(place, server)
    try:
        yield World(jobs, killable, rng)
    finally:
        for process in killable.processes.values():
            process.kill()
        jobs.engine.dispose()


@contextmanager
def told_on_failure(seed: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(f"The kills were those of DATAVIZ_TEST_KILL_SEED={seed}")
        raise


def add_jobs(world: World) -> None:
    """One for each pair of policies, and some heavy ones."""
    policies = list(product(("skip", "buffer", "cancel", "allow"), ("none", "last", "all")))
    for number, (overlap, catch_up) in enumerate(policies):
        policy = {"overlap": overlap, "catch_up": catch_up, "jitter_s": 20 * (number % 2)}
        world.add(heavy=False, retries=number % 3, **policy)
    for overlap, catch_up in world.rng.sample(policies, 2):
        world.add(heavy=True, retries=0, overlap=overlap, catch_up=catch_up)


def test_R4_R5_R14_every_slot_runs_once_though_processes_and_the_database_are_killed(
    server: OwnServer,
) -> None:
    seed = os.environ.get("DATAVIZ_TEST_KILL_SEED", str(time.time_ns()))
    rng = random.Random(seed)  # noqa: S311  # of moments
    with told_on_failure(seed), world_on(server, rng) as world:
        add_jobs(world)
        world.killable.start()
        for _ in range(ROUNDS):
            world.add_one_off()
            world.run_one_now()
            world.work()
            world.harm()
        world.settle()
        for job in world.every:
            assert_slots_are_complete(world, job)
        for job in world.once:
            row = world.jobs.job(job)
            assert [run.scheduled_for for run in world.jobs.runs(job)] == [row.run_at]
        assert_each_run_is_told_truly(world)


def assert_slots_are_complete(world: World, job_id: UUID) -> None:
    """From the first to the one that is to be decided about next, without a gap."""
    runs, job = world.jobs.runs(job_id), world.jobs.job(job_id)
    slots = [run.scheduled_for for run in runs if run.scheduled_for is not None]
    step = timedelta(minutes=world.every[job_id])
    assert slots == [NOON + number * step for number in range(len(slots))]
    assert job.next_run_at == NOON + len(slots) * step


def assert_each_run_is_told_truly(world: World) -> None:
    tries, effects = (counted(world.jobs.engine, table) for table in ("tries", "effects"))
    jobs = {job.id: job for job in map(world.jobs.job, (*world.every, *world.once))}
    runs = world.jobs.runs()
    assert {jobs[run.job_id].job_type for run in runs if run.status == "succeeded"} == set(RUNNERS)
    for run in runs:
        job = jobs[run.job_id]
        policy = RunPolicy.model_validate(job.run_policy)
        is_repeatable = job.job_type == REPEATABLE.job_type.value
        found = (run, tries[run.run_id], effects[run.run_id])
        may_repeat = is_repeatable or policy.max_retries > 0
        assert effects[run.run_id] <= tries[run.run_id] <= 1 + may_repeat * run.attempt, found
        if run.status == "succeeded":
            assert effects[run.run_id] >= 1, found
        elif run.status == "skipped":
            assert tries[run.run_id] == 0, found
            assert run.skip_reason in reasons_to_skip(policy), found
        else:
            assert run.status in ("failed", "cancelled"), found
            assert run.error_log, found
            assert run.status == "failed" or policy.overlap == "cancel", found


def reasons_to_skip(policy: RunPolicy) -> set[str]:
    overlap = {"overlap"} if policy.overlap in ("skip", "buffer") else set()
    missed = {"missed"} if policy.catch_up != "all" else set()
    return {"paused"} | overlap | missed
