"""A batch of runs: some processes do them, and this one watches their time."""

import math
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.db import database_urls
from dataviz_pipelines.core.models.scheduler import JobRunStatus
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.dispatching import join_batch
from dataviz_pipelines.core.scheduling.finishing import LOST, Outcome, finish
from dataviz_pipelines.core.scheduling.healing import timeout_s
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.store import Row, Taken
from dataviz_pipelines.core.scheduling.ticking import tick
from dataviz_pipelines.core.settings import Settings

LOOK_EVERY_S: Final = 0.5
LONGEST_STAY_S: Final = 900.0
GRACE_S: Final = 5.0
PATIENCE_S: Final = 10.0
"""Longer than most light runs take, and as long as one should wait at most."""
CANCELLED: Final = Outcome(JobRunStatus.CANCELLED, error="It was cancelled while it ran.")
Ends = Callable[[], Outcome | None]
"""Why a run must end now, if it must."""

ENDED: Final = Outcome(JobRunStatus.CANCELLED, error="Its run was ended in Dagster.")


def run_batch(
    scheduling: Scheduling, batch_id: UUID, dagster_run_id: str | None, *, stay_s: float = 0.0
) -> Generator[Row]:
    """Yields what became of each run, as it ends, unless its job is gone by then. Whoever stops asking ends the runs that are under way; those that were not
    begun stay queued, for the next Dagster run or for whoever cancels them. An error here, such as a database that is away, loses
    those that are under way, as the end of this process would.

    With `stay_s` it waits so long for more light runs when all are done, and ticks itself, for a quarter of an hour at most: where
    jobs come often, they begin at once, and few Dagster runs do many of them."""
    crew = Crew(scheduling, batch_id)
    pool = ThreadPoolExecutor(scheduling.workers)
    began = last = time.monotonic()
    try:
        while True:
            with scheduling.engine.begin() as connection:
                taken = store.take_batch(connection, batch_id, dagster_run_id)
            for run_id in _run_all(crew, pool, taken):
                last = time.monotonic()
                ended = _ended(scheduling, run_id)
                if ended is not None:
                    yield ended
            stays_until = min(last + stay_s, began + LONGEST_STAY_S)
            if not _more(scheduling, batch_id, stays_until):
                break
    except Exception:
        crew.stop(LOST)
        raise
    finally:
        crew.stop(ENDED)
        pool.shutdown(cancel_futures=True)
        crew.dismiss()


def _run_all(crew: "Crew", pool: ThreadPoolExecutor, taken: Sequence[Taken]) -> Iterator[UUID]:
    """Each as it ends. When none has ended for a while, slow ones have all workers, and those that were not begun are given back:
    the next tick asks for another Dagster run for them."""
    under_way = {pool.submit(crew.run, each): each.id for each in taken}
    while under_way:
        done, _ = wait(under_way, PATIENCE_S, FIRST_COMPLETED)
        for future in done:
            del under_way[future]
            yield future.result()
        given_back = [] if done else [each for each in list(under_way) if each.cancel()]
        crew.give_back([under_way.pop(each) for each in given_back])


def _more(scheduling: Scheduling, batch_id: UUID, until: float) -> bool:
    """Whether light runs came while there was time, and are in the batch now."""
    while time.monotonic() < until:
        tick(scheduling)
        if join_batch(scheduling, batch_id):
            return True
        time.sleep(LOOK_EVERY_S)
    return False


def _ended(scheduling: Scheduling, run_id: UUID) -> Row | None:
    """None when somebody has deleted its job meanwhile."""
    with scheduling.engine.begin() as connection:
        return store.row(connection, "run", run_id=run_id)


@dataclass
class Crew:
    """The workers of a batch. Each does one run at a time; one that was killed is replaced when the next run needs it."""

    scheduling: Scheduling
    batch_id: UUID
    idle: "SimpleQueue[Worker]" = field(default_factory=SimpleQueue)
    stopped: Outcome | None = None

    def run(self, taken: Taken) -> UUID:
        limit_s = timeout_s(self.scheduling, taken.job_type, taken.policy)
        worker = self._worker()
        outcome: Outcome | None = LOST
        try:
            outcome = worker.run(taken.id, limit_s=limit_s, ends=partial(self._ends, taken))
            if outcome is not None:
                self._end(worker, taken, outcome)
        finally:
            if outcome is None:
                self.idle.put(worker)
            else:
                worker.kill()
        return taken.id

    def _end(self, worker: "Worker", taken: Taken, outcome: Outcome) -> None:
        with store.ending(self.scheduling.engine, taken.id):
            worker.kill()
            with self.scheduling.engine.begin() as connection:
                now = self.scheduling.clock()
                finish(connection, taken.this_try, outcome, now, self.scheduling.runners)

    def give_back(self, run_ids: Sequence[UUID]) -> None:
        if run_ids:
            with self.scheduling.engine.begin() as connection:
                values = {"batch_id": self.batch_id, "run_ids": run_ids}
                store.run(connection, "give_back", **values)

    def stop(self, outcome: Outcome) -> None:
        """What is under way ends so, unless it was stopped before."""
        self.stopped = self.stopped or outcome

    def dismiss(self) -> None:
        while not self.idle.empty():
            self.idle.get().kill()

    def _worker(self) -> "Worker":
        try:
            return self.idle.get_nowait()
        except Empty:
            return Worker.start(self.scheduling, self.batch_id)

    def _ends(self, taken: Taken) -> Outcome | None:
        if self.stopped is not None:
            return self.stopped
        with self.scheduling.engine.begin() as connection:
            cancelled = store.is_cancel_requested(connection, taken.this_try)
        if cancelled is None:  # the worker's session was cut, and the run is taken for lost
            return LOST
        return CANCELLED if cancelled else None


@dataclass
class Worker:
    """It answers with one byte when it is ready, and with one when a run is over."""

    process: subprocess.Popen[bytes]
    is_ready: bool = False

    @classmethod
    def start(cls, scheduling: Scheduling, batch_id: UUID) -> "Worker":
        """In a session of its own, so that Ctrl-C ends it by way of this process, which records that."""
        process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", scheduling.worker, str(batch_id)],
            env=os.environ | _environment(scheduling.settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        return cls(process)

    def run(self, run_id: UUID, *, limit_s: float, ends: Ends) -> Outcome | None:
        """None when the worker has done it and recorded how it ended; else what is to be recorded instead. The time counts
        from when the worker is ready."""
        if not self.is_ready:
            outcome = self._wait(math.inf, ends)
            if outcome is not None:
                return outcome
            self.is_ready = True
        assert self.process.stdin is not None  # noqa: S101  # a pipe was asked for
        try:
            self.process.stdin.write(f"{run_id}\n".encode())
        except BrokenPipeError:
            return LOST
        return self._wait(limit_s, ends)

    def _wait(self, limit_s: float, ends: Ends) -> Outcome | None:
        assert self.process.stdout is not None  # noqa: S101  # a pipe was asked for
        deadline = time.monotonic() + limit_s
        while (left_s := deadline - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], min(left_s, LOOK_EVERY_S))[0]:
                return None if self.process.stdout.read(1) else LOST
            outcome = ends()
            if outcome is not None:
                return outcome
        error = f"It took longer than {limit_s:g} seconds, and was ended."
        return Outcome(JobRunStatus.TIMED_OUT, error=error)

    def kill(self) -> None:
        """It has a moment to end what servers do for it. A second time does nothing."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_S)
        self.process.kill()
        self.process.communicate()


def _environment(settings: Settings) -> Mapping[str, str]:
    urls = database_urls(settings)
    return {
        "DATAVIZ_HOME": str(settings.root),
        "DATAVIZ_DATABASE_URL": urls.owner.render_as_string(hide_password=False),
        "DATAVIZ_APP_DATABASE_URL": urls.app.render_as_string(hide_password=False),
        "DATAVIZ_ALLOWED_NETWORKS": settings.allowed_networks,
    }
