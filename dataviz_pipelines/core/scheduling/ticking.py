"""The tick: decides about every slot that has come, once.

The key is a job and its slot. A decision and the move to the next slot are one transaction, so a ticker that is killed has
decided about a slot or has not, and another goes on. The cost is that of the jobs that are due.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import NotificationConfig, RunPolicy
from dataviz_pipelines.core.models.scheduler import PauseReason
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.deciding import DueJob, Plan, decide
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.planning import times_of
from dataviz_pipelines.core.scheduling.telling import Event, Told, tell

logger = logging.getLogger(__name__)

JOBS_A_TRANSACTION: Final = 500
TRANSACTIONS_A_TICK: Final = 20
OVERLAPPED: Final = "The next run of the job began, and its policy is to cancel the one before."


def tick(scheduling: Scheduling) -> int:
    """How many slots were decided about. Returns when nothing is due any more, or after 20 transactions; the next tick goes on."""
    decided = 0
    for _ in range(TRANSACTIONS_A_TICK):
        with scheduling.engine.begin() as connection:
            more, is_done = _tick(connection, scheduling.clock())
        decided += more
        if is_done:
            break
    return decided


def _tick(connection: Connection, now: datetime) -> tuple[int, bool]:
    """Also whether nothing is due any more."""
    claimed = store.rows(connection, "claim_due", now=now, most=JOBS_A_TRANSACTION)
    due = [job for job in map(_due, claimed) if job is not None]
    plans = {job.id: decide(job, now) for job in due}
    cancelled = [job.id for job in due if plans[job.id].cancels_live]
    if cancelled:
        store.cancel_live(connection, store.OF_JOBS, now, said=OVERLAPPED, job_ids=cancelled)
    store.insert_slots(
        connection, ((job.id, job.policy.priority, plans[job.id]) for job in due), now
    )
    _advance(connection, claimed, plans)
    _pause_orphans(connection, due)
    is_behind = any(plan.next_run_at and plan.next_run_at <= now for plan in plans.values())
    is_done = len(claimed) < JOBS_A_TRANSACTION and not is_behind
    return sum(len(plan.decisions) for plan in plans.values()), is_done


def _due(row: Mapping[str, Any]) -> DueJob | None:
    """None for a row whose schedule cannot be read: somebody wrote it past the checks, and the others must not wait for it."""
    try:
        times = times_of(row)
    except JobInvalidError:
        logger.warning("job %s: its schedule cannot be read, so it is not run", row["id"])
        return None
    return DueJob(
        id=row["id"],
        name=row["name"],
        timetable=times.timetable,
        policy=RunPolicy.model_validate(row["run_policy"]),
        is_active=row["is_active"],
        pause_reason=row["pause_reason"],
        next_run_at=row["next_run_at"],
        owner_id=row["created_by"],
        owner_is_active=row["owner_is_active"],
        running=row["running"],
        queued=row["queued"],
    )


def _advance(
    connection: Connection, claimed: Sequence[Mapping[str, Any]], plans: Mapping[UUID, Plan]
) -> None:
    ids = [row["id"] for row in claimed]
    nexts = [plans[job_id].next_run_at if job_id in plans else None for job_id in ids]
    store.run(connection, "advance", job_ids=ids, nexts=nexts)


def _pause_orphans(connection: Connection, due: Sequence[DueJob]) -> None:
    """A job whose owner may not log in any more does nothing in their name."""
    for job in due:
        if job.owner_is_active or not job.is_active:
            continue
        store.run(connection, "pause", job_id=job.id, reason=PauseReason.INACTIVE_OWNER.value)
        tell(
            connection,
            Told(job.id, job.name, job.owner_id, NotificationConfig()),
            Event.PAUSED,
            "Its owner's account is not active. Give the job to somebody else, and resume it.",
        )
