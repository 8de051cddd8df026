"""How a run ends: recorded, tried again, or counted, and told to whom it concerns. One transaction; whoever comes second
finds the run ended and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import NotificationConfig, RunPolicy
from dataviz_pipelines.core.models.scheduler import JobRunStatus, PauseReason
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.job_types import Runners, spread_s
from dataviz_pipelines.core.scheduling.run_log import MOST_CHARS
from dataviz_pipelines.core.scheduling.store import Try
from dataviz_pipelines.core.scheduling.telling import Event, Told, tell

MAX_LOST: Final = 3
LONGEST_DELAY_S: Final = 3_600
_TOLD_CHARS: Final = 500


@dataclass(frozen=True)
class Outcome:
    """`status` is final. `is_lost`: its process died. `error` is safe to show."""

    status: JobRunStatus
    output: str = ""
    error: str = ""
    is_lost: bool = False


LOST: Final = Outcome(
    JobRunStatus.FAILED,
    error="The process that ran it died before it was done. What it had done until then is done.",
    is_lost=True,
)
NEVER_BEGUN: Final = Outcome(
    JobRunStatus.FAILED,
    error="Its process, or the Dagster run that was asked for it, died before it began. Look at the runs in Dagster.",
    is_lost=True,
)
LOST_AND_CANCELLED: Final = Outcome(
    JobRunStatus.CANCELLED, error="It was to be cancelled, and its process died.", is_lost=True
)


def finish(
    connection: Connection, this: Try, outcome: Outcome, now: datetime, runners: Runners
) -> JobRunStatus | None:
    """What the run is now: `queued` if it will be tried again; None if the try had ended already. The job is locked before
    its run, as the ticker does."""
    job = store.row(connection, "lock_job_of", run_id=this.run_id)
    live = store.row(connection, "lock_live_run", **this._asdict())
    if job is None or live is None:
        return None
    if outcome.is_lost:
        outcome = _lost(live)
    policy = RunPolicy.model_validate(job["run_policy"])
    values = {
        "run_id": this.run_id,
        "lost_count": live["lost_count"] + outcome.is_lost,
        **_logs(live, outcome),
    }
    if _may_try_again(job, live, policy, outcome, runners):
        delay_s = retry_delay_s(policy, str(this.run_id), this.attempt)
        not_before = None if outcome is NEVER_BEGUN else now + timedelta(seconds=delay_s)
        store.run(connection, "try_again", not_before=not_before, **values)
        return JobRunStatus.QUEUED
    store.run(connection, "end", status=outcome.status.value, now=now, **values)
    _count(connection, job, policy, outcome)
    return outcome.status


def _lost(live: Mapping[str, Any]) -> Outcome:
    if live["cancel_requested"]:
        return LOST_AND_CANCELLED
    return LOST if live["status"] == JobRunStatus.RUNNING.value else NEVER_BEGUN


def retry_delay_s(policy: RunPolicy, key: str, attempt: int) -> float:
    """Doubles with each try, up to an hour, and differs by up to a quarter between runs, so that what failed together does
    not come back together."""
    delay_s = float(min(policy.retry_delay_s * 2**attempt, LONGEST_DELAY_S))
    return delay_s + spread_s(f"{key} {attempt}", delay_s / 4)


def _may_try_again(
    job: Mapping[str, Any],
    live: Mapping[str, Any],
    policy: RunPolicy,
    outcome: Outcome,
    runners: Runners,
) -> bool:
    if outcome.status in (JobRunStatus.SUCCEEDED, JobRunStatus.CANCELLED):
        return False
    if live["cancel_requested"]:
        return False
    if outcome.is_lost:
        runner = runners.get(job["job_type"])
        is_repeatable = policy.max_retries > 0 or (runner is not None and runner.is_repeatable)
        has_done_nothing = outcome is NEVER_BEGUN  # what else died has done nobody knows what
        return (is_repeatable or has_done_nothing) and live["lost_count"] + 1 < MAX_LOST
    return bool(live["attempt"] - live["lost_count"] < policy.max_retries)


def _logs(live: Mapping[str, Any], outcome: Outcome) -> dict[str, str | None]:
    """Those of earlier tries stay, with the number of the try before them."""
    said = {"output_log": outcome.output, "error_log": outcome.error}
    number = live["attempt"] + 1
    found: dict[str, str | None] = {}
    for name, text in said.items():
        mark = f"[try {number}] " if number > 1 and text else ""
        whole = "\n".join(part for part in (live[name], f"{mark}{text}".strip()) if part)
        found[name] = whole[-2 * MOST_CHARS :] or None
    return found


def _count(
    connection: Connection, job: Mapping[str, Any], policy: RunPolicy, outcome: Outcome
) -> None:
    """Any success resets the counter, also one that somebody started by hand; a run that was cancelled says nothing."""
    before: int = job["consecutive_failures"]
    told = Told(
        job["id"],
        job["name"],
        job["created_by"],
        NotificationConfig.model_validate(job["notification_config"]),
    )
    if outcome.status is JobRunStatus.CANCELLED:
        return
    if outcome.status is JobRunStatus.SUCCEEDED:
        if before:
            store.run(connection, "count_failures", job_id=job["id"], failures=0)
            message = f"It has run, after it had failed {_times(before)}."
            tell(connection, told, Event.RECOVERY, message)
        tell(connection, told, Event.SUCCESS, "It has run.")
        return
    failures = before + 1
    store.run(connection, "count_failures", job_id=job["id"], failures=failures)
    _tell_failures(connection, told, policy, failures, outcome, is_active=job["is_active"])


def _tell_failures(
    connection: Connection,
    told: Told,
    policy: RunPolicy,
    failures: int,
    outcome: Outcome,
    *,
    is_active: bool,
) -> None:
    said = outcome.error[:_TOLD_CHARS]
    if failures == 1:
        tell(connection, told, Event.FAILURE, said)
    if policy.pause_after is not None and failures >= policy.pause_after and is_active:
        store.run(connection, "pause", job_id=told.id, reason=PauseReason.FAILURES.value)
        message = f"It failed {_times(failures)}. Resume it when the cause is gone. {said}"
        tell(connection, told, Event.PAUSED, message)
    elif failures == policy.warn_after and failures > 1:
        end = "" if policy.pause_after is None else f" After {policy.pause_after} it is paused."
        tell(connection, told, Event.WARNING, f"It failed {_times(failures)}.{end} {said}")


def _times(failures: int) -> str:
    return "once" if failures == 1 else f"{failures} times in a row"
