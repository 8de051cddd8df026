"""What becomes of the slots of a job: each is run, or skipped for a reason. Nothing here reads a clock or a database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.models.scheduler import JobRunStatus, RunCause, SkipReason
from dataviz_pipelines.core.scheduling.job_types import spread_s
from dataviz_pipelines.core.scheduling.timetable import Timetable

LATE_AFTER: Final = timedelta(seconds=60)
"""A slot that the scheduler comes to later than this was missed, and the catch-up policy decides about it."""
SLOTS_AT_ONCE: Final = 500


@dataclass(frozen=True)
class DueJob:
    """`timetable` is None for a job that runs once. `running` and `queued` count its live runs."""

    id: UUID
    name: str
    timetable: Timetable | None
    policy: RunPolicy
    is_active: bool
    pause_reason: str | None
    next_run_at: datetime
    owner_id: UUID | None
    owner_is_active: bool
    running: int
    queued: int


@dataclass(frozen=True)
class Decision:
    """`skipped` is None for a slot that runs."""

    slot: datetime
    cause: RunCause
    skipped: SkipReason | None
    not_before: datetime | None = None

    @property
    def status(self) -> JobRunStatus:
        return JobRunStatus.QUEUED if self.skipped is None else JobRunStatus.SKIPPED


@dataclass(frozen=True)
class Plan:
    """`next_run_at`: the slot to be decided about next. `cancels_live`: the runs before are to be ended first."""

    decisions: Sequence[Decision]
    next_run_at: datetime | None
    cancels_live: bool = False


def decide(job: DueJob, now: datetime) -> Plan:
    """About every slot until `now`, at most 500 of them: the rest is decided about at the next call."""
    slots, next_run_at = _due(job, now)
    decisions = list(_decisions(job, slots, next_run_at, now))
    runs = any(decision.skipped is None for decision in decisions)
    cancels = runs and job.policy.overlap == "cancel" and job.running + job.queued > 0
    return Plan(decisions, next_run_at, cancels_live=cancels)


def _due(job: DueJob, now: datetime) -> tuple[list[datetime], datetime | None]:
    if job.timetable is None:
        return [job.next_run_at], None
    before = job.next_run_at - timedelta.resolution
    slots = job.timetable.between(before, now, most=SLOTS_AT_ONCE)
    decided_until = slots[-1] if len(slots) == SLOTS_AT_ONCE else now
    return slots, job.timetable.next_after(decided_until)


def _decisions(
    job: DueJob, slots: Sequence[datetime], next_run_at: datetime | None, now: datetime
) -> Iterator[Decision]:
    running, queued = job.running, job.queued
    for number, slot in enumerate(slots, 1):
        is_last = number == len(slots) and (next_run_at is None or next_run_at > now)
        is_late = now - slot > LATE_AFTER
        cause = RunCause.CATCH_UP if is_late else RunCause.SCHEDULE
        skipped = (
            _rest(job)
            or _missed(job.policy, now - slot, is_last=is_last, is_late=is_late)
            or _overlap(job.policy, running, queued, is_late=is_late)
        )
        if skipped is None:
            queued += not _is_one_of_all(job.policy, is_late=is_late)
            yield Decision(slot, cause, None, slot + _jitter(job, slot))
        else:
            yield Decision(slot, cause, skipped)


def _rest(job: DueJob) -> SkipReason | None:
    if not job.owner_is_active:
        return SkipReason.INACTIVE_OWNER
    if not job.is_active:
        return SkipReason(job.pause_reason or SkipReason.PAUSED)
    return None


def _missed(
    policy: RunPolicy, age: timedelta, *, is_last: bool, is_late: bool
) -> SkipReason | None:
    in_window = not is_late or age <= timedelta(seconds=policy.catch_up_window_s)
    wanted = {"none": not is_late, "last": is_last and in_window, "all": in_window}
    return None if wanted[policy.catch_up] else SkipReason.MISSED


def _overlap(policy: RunPolicy, running: int, queued: int, *, is_late: bool) -> SkipReason | None:
    """Slots that are caught up on wait for each other; they are not each other's overlap, nor that of one that is on time."""
    is_one_of_all = _is_one_of_all(policy, is_late=is_late)
    if policy.overlap in ("allow", "cancel") or is_one_of_all or not running + queued:
        return None
    has_room = policy.overlap == "buffer" and queued == 0
    return None if has_room else SkipReason.OVERLAP


def _is_one_of_all(policy: RunPolicy, *, is_late: bool) -> bool:
    return is_late and policy.catch_up == "all"


def _jitter(job: DueJob, slot: datetime) -> timedelta:
    return timedelta(seconds=spread_s(f"{job.id} {slot.isoformat()}", job.policy.jitter_s))
