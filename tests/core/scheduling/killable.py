"""The scheduler without Dagster, in processes each of which may be killed at any moment: one ticks, others run batches.

What is a Dagster run elsewhere is a file here, named by its batch. It is asked for once, and alive while its process holds a lock
on it.
"""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.dispatching import is_heavy, make_batches
from dataviz_pipelines.core.scheduling.healing import heal
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.running import run_batch
from dataviz_pipelines.core.scheduling.store import Batch
from dataviz_pipelines.core.scheduling.ticking import tick
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import locks
from tests.core.scheduling.effects import BEGAN, scheduling_of
from tests.servers.postgresql import OwnServer
from tests.servers.processes import children_of

PAUSE_S: Final = 0.05
STAY_S: Final = 6.0


@dataclass(frozen=True)
class Place:
    """What all processes are given. `runs` is a folder, `began` what the clock counts from."""

    settings: Settings
    runs: Path
    began: float

    def scheduling(self, name: str) -> Scheduling:
        return scheduling_of(self.settings, self.began, name=name)

    def fate(self, batch: Batch) -> Fate:
        file = self.runs / str(batch.id)
        if not file.exists():
            return Fate.ALIVE  # it is about to be asked for
        with locks.exclusive_or_none(file) as lock:
            return Fate.ALIVE if lock is None else Fate.LOST


def tick_on(place: Place) -> None:
    scheduling = place.scheduling("ticker")
    while True:
        with suppress(DBAPIError):  # as Dagster's daemon, which tries again
            heal(scheduling, place.fate)
            tick(scheduling)
            make_batches(scheduling)
        time.sleep(PAUSE_S)


def run_on(place: Place) -> None:
    os.environ[BEGAN] = str(place.began)
    scheduling = place.scheduling("runner")
    while True:
        with suppress(DBAPIError):  # the run has failed
            for batch in _asked_for(scheduling):
                _run(place, scheduling, batch)
        time.sleep(PAUSE_S)


def _asked_for(scheduling: Scheduling) -> list[Batch]:
    with scheduling.engine.begin() as connection:
        return [each for each in store.live_batches(connection) if each.dagster_run_id is None]


def _run(place: Place, scheduling: Scheduling, batch: Batch) -> None:
    file = place.runs / str(batch.id)
    if file.exists():
        return
    stay_s = 0 if is_heavy(scheduling, batch.job_type) else STAY_S
    with locks.exclusive_or_none(file) as lock:
        if lock is not None:
            for _ in run_batch(scheduling, batch.id, file.name, stay_s=stay_s):
                pass


@dataclass
class Killable:
    """The processes, of which those that were killed are started anew."""

    place: Place
    server: OwnServer
    processes: dict[str, BaseProcess] = field(default_factory=dict)

    def start(self) -> None:
        """Those that do not run."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        for name, target in ROLES.items():
            if name not in self.processes or not self.processes[name].is_alive():
                process = context.Process(target=target, args=(self.place,))
                process.start()
                self.processes[name] = process

    def kill(self, *names: str) -> None:
        for name in names:
            process = self.processes[name]
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL, f"{name} had ended"

    def kill_a_worker(self, rng: random.Random) -> None:
        parents = [process.pid for process in self.processes.values() if process.pid]
        workers = [pid for parent in parents for pid in children_of(parent)]
        if workers:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(workers), signal.SIGKILL)


ROLES: Final[dict[str, Callable[[Place], None]]] = {
    "ticker": tick_on,
    "runner": run_on,
    "other runner": run_on,
}
