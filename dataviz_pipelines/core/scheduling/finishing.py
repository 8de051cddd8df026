"""How a run ends: recorded, tried again, or counted, and told to whom it concerns. One transaction; whoever comes second
finds the run ended and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import NotificationConfig, RunPolicy
from dataviz_pipelines.core.models.scheduler import JobRunStatus, PauseReason
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.job_types import Runners, spread_s
from dataviz_pipelines.core.scheduling.run_log import MOST_CHARS
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


def finish(
    connection: Connection, run_id: UUID, outcome: Outcome, now: datetime, runners: Runners
) -> JobRunStatus | None:
    """What the run is now: `queued` if it will be tried again; None if it had ended already. The job is locked before its
    run, as the ticker does."""
    job = store.row(connection, "lock_job_of", run_id=run_id)
    live = store.row(connection, "lock_live_run", run_id=run_id)
    if job is None or live is None:
        return None
    policy = RunPolicy.model_validate(job["run_policy"])
    logs = _logs(live, outcome)
    lost_count = live["lost_count"] + outcome.is_lost
    if _may_try_again(job, live, policy, outcome, runners):
        delay_s = retry_delay_s(policy, str(run_id), live["attempt"])
        not_before = now + timedelta(seconds=delay_s)
        store.run(
            connection, "try_again",
            run_id=run_id, not_before=not_before, lost_count=lost_count, **logs,
        )  # fmt: skip
        return JobRunStatus.QUEUED
    status = outcome.status.value
    store.run(
        connection, "end", run_id=run_id, status=status, now=now, lost_count=lost_count, **logs
    )
    _count(connection, job, policy, outcome)
    return outcome.status


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
    if outcome.is_lost:  # what it did before it died is known to nobody
        runner = runners.get(job["job_type"])
        is_repeatable = policy.max_retries > 0 or (runner is not None and runner.is_repeatable)
        return is_repeatable and live["lost_count"] + 1 < MAX_LOST
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
            message = f"It has run, after {before} failures in a row."
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
        message = f"It failed {failures} times in a row. Resume it when the cause is gone. {said}"
        tell(connection, told, Event.PAUSED, message)
    elif failures == policy.warn_after and failures > 1:
        end = "" if policy.pause_after is None else f" After {policy.pause_after} it is paused."
        tell(connection, told, Event.WARNING, f"It failed {failures} times in a row.{end} {said}")
