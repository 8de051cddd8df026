"""Runs whose process is gone, and Dagster runs that ended without beginning what they were asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.models.scheduler import JobRunStatus
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.finishing import MAX_LOST, Outcome, finish
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.store import Batch

LATE_MINUTES: Final = 10
GRACE_S: Final = 120
LOST: Final = Outcome(
    JobRunStatus.FAILED,
    error="The process that ran it died before it was done. What it had done until then is done.",
    is_lost=True,
)
NEVER_BEGUN: Final = Outcome(
    JobRunStatus.FAILED,
    error=f"Dagster was asked for it {MAX_LOST} times, and no run has begun it. Look at the runs in Dagster.",
)
CANCELLED: Final = Outcome(JobRunStatus.CANCELLED, error="Its run was cancelled in Dagster.")


class Fate(StrEnum):
    """What became of the Dagster run that a batch waits for. `LOST`: it is over, and the batch is not."""

    ALIVE = "alive"
    LOST = "lost"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Overdue:
    """A run that should have begun, or ended, long ago. `is_stuck`: it runs on past its time, and nothing has ended it."""

    job_name: str
    run_id: UUID
    dagster_run_id: str | None
    for_s: int
    is_stuck: bool


def heal(scheduling: Scheduling, fate_of: Callable[[Batch], Fate]) -> int:
    """Returns how many runs it was needed for."""
    with scheduling.engine.begin() as connection:
        live = store.live_batches(connection)
    return sum(_heal(scheduling, batch, fate_of(batch)) for batch in live)


def _heal(scheduling: Scheduling, batch: Batch, fate: Fate) -> int:
    """What runs is judged by its lock, what waits by its Dagster run."""
    with scheduling.engine.begin() as connection:
        runs = store.rows(connection, "batch_runs", batch_id=batch.id)
    healed = 0
    for each in runs:
        if each["status"] == JobRunStatus.RUNNING.value:
            healed += _heal_running(scheduling, each["id"], fate)
        elif fate is not Fate.ALIVE:
            healed += _heal_queued(scheduling, each["id"], batch, fate, each["lost_count"])
    return healed


def _heal_running(scheduling: Scheduling, run_id: UUID, fate: Fate) -> bool:
    outcome = CANCELLED if fate is Fate.CANCELLED else LOST
    with scheduling.engine.begin() as connection:
        if store.is_being_run(connection, run_id):
            return False
        now = scheduling.clock()
        return finish(connection, run_id, outcome, now, scheduling.runners) is not None


def _heal_queued(
    scheduling: Scheduling, run_id: UUID, batch: Batch, fate: Fate, lost_count: int
) -> bool:
    with scheduling.engine.begin() as connection:
        if store.is_being_run(connection, run_id):
            return False
        if fate is Fate.LOST and lost_count + 1 < MAX_LOST:
            store.run(connection, "requeue_lost", run_id=run_id, batch_id=batch.id)
            return True
        now = scheduling.clock()
        outcome = CANCELLED if fate is Fate.CANCELLED else NEVER_BEGUN
        return finish(connection, run_id, outcome, now, scheduling.runners) is not None


def overdue_runs(scheduling: Scheduling) -> list[Overdue]:
    """Those that wait for ten minutes, and those that run two minutes longer than they may."""
    now = scheduling.clock()
    with scheduling.engine.begin() as connection:
        found = store.rows(connection, "overdue", now=now)
    overdue = []
    for row in found:
        is_stuck = row["status"] == JobRunStatus.RUNNING.value
        policy = RunPolicy.model_validate(row["run_policy"])
        limit_s = (
            timeout_s(scheduling, row["job_type"], policy) + GRACE_S
            if is_stuck
            else LATE_MINUTES * 60
        )
        if row["for_s"] > limit_s:
            overdue.append(
                Overdue(row["name"], row["id"], row["dagster_run_id"], row["for_s"], is_stuck)
            )
    return overdue


def timeout_s(scheduling: Scheduling, job_type: str, policy: RunPolicy) -> int:
    runner = scheduling.runners.get(job_type)
    return policy.timeout_s or (runner.timeout_s if runner is not None else 60)
