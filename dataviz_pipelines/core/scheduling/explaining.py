"""Why a job ran, and why it did not: a sentence for every slot, from what was decided when it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.models.scheduler import JobRunStatus, RunCause, SkipReason
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.planning import Times, times_of

LATE_AFTER: Final = timedelta(minutes=2)
_SKIPPED: Final = {
    SkipReason.OVERLAP: "Skipped: the run before it was not done, and the job's overlap policy is {overlap}.",
    SkipReason.MISSED: "Skipped: the scheduler came to it too late, and the job's catch-up policy is {catch_up}.",
    SkipReason.PAUSED: "Skipped: the job was paused.",
    SkipReason.FAILURES: "Skipped: the job was paused because it had failed too often.",
    SkipReason.INACTIVE_OWNER: "Skipped: the account of the job's owner was not active.",
}
_RUN: Final = {
    JobRunStatus.QUEUED: "It waits to be run.",
    JobRunStatus.RUNNING: "It runs now.",
    JobRunStatus.SUCCEEDED: "It was run.",
    JobRunStatus.FAILED: "It was run, and failed.",
    JobRunStatus.CANCELLED: "It was cancelled.",
    JobRunStatus.TIMED_OUT: "It was run, took too long, and was ended.",
}
_CAUSES: Final = {
    RunCause.CATCH_UP.value: " The scheduler came to it late and caught up on it.",
    RunCause.BACKFILL.value: " Somebody asked for it afterwards.",
}
_PAUSES: Final = {
    None: "The job is paused.",
    "failures": "The job was paused because it failed too often.",
    "inactive_owner": "The job was paused because its owner's account is not active.",
}


@dataclass(frozen=True)
class Decision:
    """`explanation` is for people; the other fields are the run's columns."""

    scheduled_for: datetime
    status: str
    skip_reason: str | None
    cause: str
    run_id: UUID
    dagster_run_id: str | None
    started_at: datetime | None
    completed_at: datetime | None
    explanation: str


@dataclass(frozen=True)
class Why:
    """`summary` says what is to be expected of the job, `decisions` what became of its slots, the latest first."""

    job_id: UUID
    job_name: str
    summary: str
    next_run_at: datetime | None
    decisions: list[Decision]


def why(
    connection: Connection,
    job: Mapping[str, Any],
    first: datetime,
    last: datetime,
    *,
    now: datetime,
    most: int = 100,
) -> Why:
    """About the slots from `first` to `last`, the latest `most` of them."""
    policy = RunPolicy.model_validate(job["run_policy"])
    found = store.rows(connection, "decisions", job_id=job["id"], first=first, last=last, most=most)
    decisions = [_decision(row, policy, now) for row in found]
    return Why(job["id"], job["name"], _summary(job, now), job["next_run_at"], decisions)


def _decision(row: Mapping[str, Any], policy: RunPolicy, now: datetime) -> Decision:
    return Decision(
        scheduled_for=row["scheduled_for"],
        status=row["status"],
        skip_reason=row["skip_reason"],
        cause=row["cause"],
        run_id=row["id"],
        dagster_run_id=row["dagster_run_id"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        explanation=_explanation(row, policy, now),
    )


def _explanation(row: Mapping[str, Any], policy: RunPolicy, now: datetime) -> str:
    if row["skip_reason"] is not None:
        text = _SKIPPED[SkipReason(row["skip_reason"])]
        return text.format(overlap=policy.overlap, catch_up=policy.catch_up)
    text = _RUN[JobRunStatus(row["status"])] + _CAUSES.get(row["cause"], "")
    is_put_off = row["not_before"] is not None and row["not_before"] > now
    if row["status"] == JobRunStatus.QUEUED.value and is_put_off:
        text += f" Not before {row['not_before']:%Y-%m-%d %H:%M:%S} UTC."
    if row["error_log"]:
        text += f" {row['error_log'].splitlines()[-1]}"
    return text


def _summary(job: Mapping[str, Any], now: datetime) -> str:
    times = times_of(job)
    said = [_schedule(times)]
    if not job["is_active"]:
        said.append(_PAUSES[job["pause_reason"]])
    if job["next_run_at"] is None:
        said.append(_no_next(times))
    elif now - job["next_run_at"] > LATE_AFTER:
        said.append("It is overdue: the scheduler does not look. See `dataviz status`.")
    else:
        said.append(f"Its next slot is {job['next_run_at']:%Y-%m-%d %H:%M:%S} UTC.")
    return " ".join(said)


def _schedule(times: Times) -> str:
    if times.timetable is not None:
        return f"{times.timetable.description}, {times.timezone}."
    return "It has no schedule." if times.run_at is None else "It runs once."


def _no_next(times: Times) -> str:
    if times.ends_at is not None:
        return f"It has no more slots: it ended at {times.ends_at:%Y-%m-%d %H:%M:%S %Z}."
    if times.run_at is not None:
        return "Its time has come and gone."
    return "Somebody or something else starts it."
