"""Rows of `scheduler_jobs` and `scheduler_job_runs` as the scheduler reads and writes them. The statements are in scheduling.sql."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.models.ids import new_ids
from dataviz_pipelines.core.scheduling.deciding import Plan
from dataviz_pipelines.core.sql import Cursor, blocks, execute

SQL: Final = blocks("dataviz_pipelines.core.scheduling", "scheduling.sql")
OF_RUN: Final = "id = %(run_id)s"
OF_JOBS: Final = "job_id = ANY(%(job_ids)s)"

Row = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Runs that share one Dagster run. `job_name` and `job_type` are those of one of them."""

    id: UUID
    dagster_run_id: str | None
    job_type: str
    priority: int
    runs: int
    job_name: str


class Try(NamedTuple):
    """One of the tries of a run. Who ends a try names it, so that nobody ends the one that came after it."""

    run_id: UUID
    attempt: int


@dataclass(frozen=True)
class Taken:
    """A run that a batch is about to begin."""

    id: UUID
    priority: int
    job_id: UUID
    job_name: str
    job_type: str
    policy: RunPolicy
    attempt: int

    @property
    def this_try(self) -> Try:
        return Try(self.id, self.attempt)


def rows(connection: Connection, block: str, **values: Any) -> list[Row]:
    """What a block returns, by column."""
    cursor = execute(connection, SQL[block], values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def row(connection: Connection, block: str, **values: Any) -> Row | None:
    return next(iter(rows(connection, block, **values)), None)


def run(connection: Connection, block: str, **values: Any) -> Cursor:
    return execute(connection, SQL[block], values)


def insert_slots(
    connection: Connection, plans: Iterable[tuple[UUID, int, Plan]], now: datetime
) -> None:
    """`plans`: the job, its priority, and what was decided. A slot that was decided about before keeps its decision."""
    decided = [
        (job_id, priority, each) for job_id, priority, plan in plans for each in plan.decisions
    ]
    run(
        connection,
        "insert_slots",
        now=now,
        ids=new_ids(len(decided)),
        job_ids=[job_id for job_id, _, _ in decided],
        priorities=[priority for _, priority, _ in decided],
        statuses=[each.status.value for _, _, each in decided],
        slots=[each.slot for _, _, each in decided],
        causes=[each.cause.value for _, _, each in decided],
        skip_reasons=[each.skipped.value if each.skipped else None for _, _, each in decided],
        not_befores=[each.not_before for _, _, each in decided],
    )


def cancel_live(
    connection: Connection, which: str, now: datetime, *, said: str, **values: Any
) -> int:
    """What waits is cancelled, what runs is asked to end. Returns how many runs that concerns."""
    queued = execute(
        connection,
        SQL["cancel_queued"].format(which=which),
        {"now": now, "said": said, **values},
    )
    running = execute(connection, SQL["ask_to_cancel"].format(which=which), values)
    return queued.rowcount + running.rowcount


def assign(connection: Connection, batches: Mapping[UUID, Sequence[UUID]]) -> None:
    """`batches`: the runs of each."""
    pairs = [(run_id, batch_id) for batch_id, run_ids in batches.items() for run_id in run_ids]
    run(
        connection,
        "assign",
        run_ids=[run_id for run_id, _ in pairs],
        batch_ids=[batch_id for _, batch_id in pairs],
    )


def live_batches(connection: Connection) -> list[Batch]:
    return [Batch(*each) for each in run(connection, "live_batches")]


def take_batch(connection: Connection, batch_id: UUID, dagster_run_id: str | None) -> list[Taken]:
    """What of the batch is still to be run, by priority. Nothing is added to it from then on."""
    run(connection, "lock_batch", batch_id=str(batch_id))
    values = {"batch_id": batch_id, "dagster_run_id": dagster_run_id}
    taken = [
        Taken(run_id, priority, job_id, name, job_type, RunPolicy.model_validate(policy), attempt)
        for run_id, priority, job_id, name, job_type, policy, attempt in run(
            connection, "take_batch", **values
        )
    ]
    return sorted(taken, key=lambda each: (-each.priority, each.id))


def lock_run(connection: Connection, run_id: UUID) -> bool:
    """Held by the session, so it goes when the process or the connection goes."""
    return _is_true(run(connection, "lock_run", run_id=str(run_id)))


def unlock_run(connection: Connection, run_id: UUID) -> None:
    run(connection, "unlock_run", run_id=str(run_id))


@contextmanager
def ending(engine: Engine, run_id: UUID) -> Iterator[None]:
    """While whoever is responsible for a run ends its process and records why, nobody else takes it for lost."""
    with engine.connect() as session:
        run(session, "lock_ending", run_id=str(run_id))
        session.commit()
        try:
            yield
        finally:
            run(session, "unlock_ending", run_id=str(run_id))
            session.commit()


def is_being_run(connection: Connection, run_id: UUID) -> bool:
    """Or ended just now, by whoever records why. When it is not, nobody can begin to run it until the transaction ends."""
    locks = ("lock_run_in_transaction", "lock_ending_in_transaction")
    return not all(_is_true(run(connection, lock, run_id=str(run_id))) for lock in locks)


def is_cancel_requested(connection: Connection, this: Try) -> bool | None:
    """None when the try is over, or others have given it up."""
    found = row(connection, "is_cancel_requested", **this._asdict())
    return None if found is None else bool(found["cancel_requested"])


def _is_true(cursor: Cursor) -> bool:
    found = cursor.fetchone()
    return found is not None and bool(found[0])
