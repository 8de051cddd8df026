"""Queued runs become batches: light ones together, a heavy one alone. For each batch one Dagster run is asked for.

The key is the batch's id, which is the run key too: a request that is repeated starts nothing twice, and one that was lost
with its ticker is made again as long as the batch has no Dagster run.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.store import Batch

RUNS_A_BATCH: Final = 500
RUNS_A_TICK: Final = 5_000
AHEAD_S: Final = 10.0
"""Two ticks, or what a Dagster run takes at most to begin where nothing else is done."""


def make_batches(scheduling: Scheduling) -> list[Batch]:
    """Returns every batch that waits for a Dagster run, the most urgent first. Light runs join a batch that waits already, so
    that Dagster runs do not pile up where they take longer to begin than jobs to come."""
    with scheduling.engine.begin() as connection:
        found = store.rows(connection, "dispatchable", now=scheduling.clock(), most=RUNS_A_TICK)
        light = [row["id"] for row in found if not is_heavy(scheduling, row["job_type"])]
        heavy = [row["id"] for row in found if is_heavy(scheduling, row["job_type"])]
        if light:
            light = _join_waiting(connection, scheduling, light)
        groups = [*_chunks(light), *([run_id] for run_id in heavy)]
        store.assign(connection, {new_id(): group for group in groups})
        return [batch for batch in store.live_batches(connection) if batch.dagster_run_id is None]


def next_light(scheduling: Scheduling) -> datetime | None:
    """When the next light run is due, if that is so soon that its Dagster run should begin now."""
    now = scheduling.clock()
    until = now + timedelta(seconds=AHEAD_S)
    with scheduling.engine.connect() as connection:
        values = {"now": now, "until": until, "heavy": _heavy(scheduling)}
        found = store.row(connection, "next_light", **values)
    return None if found is None else found["next_run_at"]


def join_batch(scheduling: Scheduling, batch_id: UUID) -> int:
    """Adds light runs that may start now to a batch whose Dagster run has nothing else to do; returns how many."""
    with scheduling.engine.begin() as connection:
        found = store.rows(connection, "dispatchable", now=scheduling.clock(), most=RUNS_A_BATCH)
        light = [row["id"] for row in found if not is_heavy(scheduling, row["job_type"])]
        store.assign(connection, {batch_id: light})
        return len(light)


def _join_waiting(
    connection: Connection, scheduling: Scheduling, run_ids: list[UUID]
) -> list[UUID]:
    """Those for whom there is no room."""
    heavy = _heavy(scheduling)
    waiting = store.row(connection, "waiting_batch", heavy=heavy, most=RUNS_A_BATCH)
    if waiting is None:
        return run_ids
    batch_id = waiting["batch_id"]
    store.run(connection, "lock_batch", batch_id=str(batch_id))
    still = store.row(connection, "waiting_batch", heavy=heavy, most=RUNS_A_BATCH)
    if still is None or still["batch_id"] != batch_id:  # a run has begun it meanwhile
        return run_ids
    room = RUNS_A_BATCH - still["count"]
    store.assign(connection, {batch_id: run_ids[:room]})
    return run_ids[room:]


def is_heavy(scheduling: Scheduling, job_type: str) -> bool:
    """A type that nothing here runs counts as light: all that its run does is to say so."""
    runner = scheduling.runners.get(job_type)
    return runner is not None and runner.heavy


def _heavy(scheduling: Scheduling) -> list[str]:
    return [name for name, runner in scheduling.runners.items() if runner.heavy]


def _chunks(run_ids: list[UUID]) -> list[list[UUID]]:
    starts = range(0, len(run_ids), RUNS_A_BATCH)
    return [run_ids[start : start + RUNS_A_BATCH] for start in starts]
