"""What people do with jobs: run now, fill in, cancel, pause, resume. Whether they may is asked before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.documents.scheduler import RunPolicy
from dataviz_pipelines.core.models.ids import new_id, new_ids
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.errors import (
    BackfillError,
    JobInvalidError,
    JobNotFoundError,
    RunEndedError,
)
from dataviz_pipelines.core.scheduling.job_types import Runners
from dataviz_pipelines.core.scheduling.planning import times_of

MOST_SLOTS: Final = 1_000
CANCELLED: Final = "It was cancelled before it began."


def find_job(connection: Connection, name: str) -> store.Row:
    """By its name or id. Raises JobNotFoundError."""
    found = store.rows(connection, "find_jobs", name=name)
    if len(found) == 1:
        return found[0]
    if found:
        raise JobNotFoundError(f"Several jobs are called {name!r}.", remedy="Give the id.")
    raise JobNotFoundError(
        f"There is no job {name!r}.", remedy="`dataviz jobs list` shows those there are."
    )


def require_runner(runners: Runners, job_type: str) -> None:
    """Raises JobInvalidError for a type that nothing on this installation runs."""
    if job_type not in runners:
        known = ", ".join(sorted(runners))
        fault = Fault("/job_type", f"nothing on this installation runs {job_type}")
        raise JobInvalidError([fault], remedy=f"It runs {known}.")


def run_now(connection: Connection, job: Mapping[str, Any], runners: Runners) -> UUID:
    """The id of a run that the next tick starts, also of a job that is paused."""
    require_runner(runners, job["job_type"])
    run_id = new_id()
    priority = RunPolicy.model_validate(job["run_policy"]).priority
    store.run(connection, "insert_run", id=run_id, job_id=job["id"], priority=priority)
    return run_id


def backfill(
    connection: Connection,
    job: Mapping[str, Any],
    first: datetime,
    last: datetime,
    *,
    now: datetime,
    runners: Runners,
) -> list[UUID]:
    """Runs for the slots from `first` to `last` that have not been run, one after the other unless the job allows overlap.
    Raises BackfillError."""
    require_runner(runners, job["job_type"])
    table = times_of(job).timetable
    if table is None:
        raise BackfillError("The job has no schedule, and so no slots.")
    if last > now:
        raise BackfillError("The range ends in the future.", remedy="Let it end now or before.")
    slots = table.between(first - timedelta.resolution, last, most=MOST_SLOTS + 1)
    if len(slots) > MOST_SLOTS:
        raise BackfillError(f"The range holds more than {MOST_SLOTS:,} slots.", remedy="Halve it.")
    if not slots:
        raise BackfillError("The range holds no slot of the job.")
    priority = RunPolicy.model_validate(job["run_policy"]).priority
    ids = new_ids(len(slots))
    made = store.rows(
        connection, "backfill", job_id=job["id"], ids=ids, slots=slots, priority=priority
    )
    return [each["id"] for each in made]


def cancel_run(connection: Connection, run_id: UUID, *, now: datetime) -> None:
    """What waits ends at once, what runs within a second or so. Raises RunEndedError."""
    if not store.cancel_live(connection, store.OF_RUN, now, said=CANCELLED, run_id=run_id):
        raise RunEndedError("The run has ended already.")


def cancel_job(connection: Connection, job_id: UUID, *, now: datetime) -> int:
    """The same for all of a job's runs; returns how many."""
    return store.cancel_live(connection, store.OF_JOBS, now, said=CANCELLED, job_ids=[job_id])


def pause(connection: Connection, job_id: UUID) -> None:
    """Its slots are skipped from now on. What runs goes on."""
    store.run(connection, "pause", job_id=job_id, reason=None)


def resume(connection: Connection, job_id: UUID) -> None:
    """It counts its failures from none."""
    store.run(connection, "resume", job_id=job_id)
