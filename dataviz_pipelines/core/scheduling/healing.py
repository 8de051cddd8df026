"""Runs whose process is gone, and Dagster runs that ended without beginning what they were asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.models.scheduler import JobRunStatus
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.finishing import LOST, Outcome, finish
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.store import Batch, Try

LATE_MINUTES: Final = 10
GRACE_S: Final = 120
CANCELLED: Final = Outcome(JobRunStatus.CANCELLED, error="Its run was cancelled in Dagster.")


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
    outcome = CANCELLED if fate is Fate.CANCELLED else LOST
    return sum(
        _end(scheduling, Try(each["id"], each["attempt"]), outcome)
        for each in runs
        if each["status"] == JobRunStatus.RUNNING.value or fate is not Fate.ALIVE
    )


def _end(scheduling: Scheduling, this: Try, outcome: Outcome) -> bool:
    with scheduling.engine.begin() as connection:
        if store.is_being_run(connection, this.run_id):
            return False
        now = scheduling.clock()
        return finish(connection, this, outcome, now, scheduling.runners) is not None


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
