"""What people do with jobs and their runs, beside writing them down."""

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer, answer_row
from api.crud import Etag
from api.deps import Edge, Requires
from api.resources import PREFIX, SCHEDULER_JOB_RUNS, SCHEDULER_JOBS
from api.schemas.base import Moment
from api.schemas.jobs import (
    Backfill,
    BackfillRead,
    SchedulerJobRead,
    SchedulerJobRunRead,
    WhyRead,
)
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.crud import Row
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.models.documents.document import JsonObject
from dataviz_pipelines.core.scheduling import operating
from dataviz_pipelines.core.scheduling.credentials import change_credentials
from dataviz_pipelines.core.scheduling.explaining import why
from dataviz_pipelines.core.security.caller import Caller

RUNS: Final = f"{PREFIX}/scheduler-job-runs"

router = APIRouter(prefix=f"{PREFIX}/scheduler-jobs", tags=["scheduler jobs"])
runs_router = APIRouter(prefix=RUNS, tags=["scheduler job runs"])

Viewing = Annotated[Edge, Depends(Requires("scheduler_jobs:view", rows=True))]
Editing = Annotated[Edge, Depends(Requires("scheduler_jobs:edit", rows=True))]
Running = Annotated[Edge, Depends(Requires("scheduler_jobs:run", rows=True))]

_QUEUED: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "headers": {
            **Etag["headers"],
            "Location": {"description": "The run.", "schema": {"type": "string"}},
        }
    }
}


@router.post(
    "/{id}/run",
    operation_id="run_scheduler_job",
    response_model=SchedulerJobRunRead,
    status_code=202,
    responses=_QUEUED,
)
def run(id: UUID, edge: Running) -> Response:
    """Now, also when it is paused. Unless the job allows overlap, the run waits for those before it."""

    def work(connection: Connection, caller: Caller) -> Row:
        job = _job(connection, caller, job_id=id, action="run")
        run_id = operating.run_now(connection, job, RUNNERS)
        _note(connection, caller, "run_job", id, run_id=str(run_id))
        return crud.get_row(connection, caller, SCHEDULER_JOB_RUNS, run_id)

    row = edge.write(work)
    return answer_row(row, status=202, location=f"{RUNS}/{row['id']}")


@router.post(
    "/{id}/backfill",
    operation_id="backfill_scheduler_job",
    response_model=BackfillRead,
    status_code=202,
)
def backfill(id: UUID, body: Backfill, edge: Running) -> Response:
    """Runs the slots of a range, at most 1,000, that have not been run; those that were skipped included."""

    def work(connection: Connection, caller: Caller) -> list[UUID]:
        job = _job(connection, caller, job_id=id, action="run")
        _note(connection, caller, "backfill_job", id, **body.values())
        return operating.backfill(
            connection, job, body.first, body.last, now=utc_now(), runners=RUNNERS
        )

    return answer({"run_ids": edge.write(work)}, status=202)


@router.post(
    "/{id}/pause",
    operation_id="pause_scheduler_job",
    response_model=SchedulerJobRead,
    responses={200: Etag},
)
def pause(id: UUID, edge: Editing) -> Response:
    """Its slots are skipped from now on, and recorded as that."""
    return answer_row(edge.write(partial(_switched, job_id=id, switch=operating.pause)))


@router.post(
    "/{id}/resume",
    operation_id="resume_scheduler_job",
    response_model=SchedulerJobRead,
    responses={200: Etag},
)
def resume(id: UUID, edge: Editing) -> Response:
    """It counts its failures from none."""
    return answer_row(edge.write(partial(_switched, job_id=id, switch=operating.resume)))


@router.put(
    "/{id}/credentials",
    operation_id="change_scheduler_job_credentials",
    response_model=SchedulerJobRead,
    responses={200: Etag},
)
def change(
    id: UUID,
    body: Annotated[JsonObject, Body(examples=[{"password": "…"}])],
    request: Request,
    edge: Editing,
) -> Response:
    """What the job logs in with elsewhere, as its configuration wants it. It is sealed, and never shown again."""
    work = partial(
        change_credentials,
        collection=SCHEDULER_JOBS,
        job_id=id,
        given=body,
        runners=RUNNERS,
        vault=request.app.state.connecting.vault,
    )
    return answer_row(edge.write(work))


@router.get("/{id}/decisions", operation_id="explain_scheduler_job", response_model=WhyRead)
def decisions(
    id: UUID,
    edge: Viewing,
    first: Annotated[Moment | None, Query(description="Null: a week ago.")] = None,
    last: Annotated[Moment | None, Query(description="Null: now.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Why it ran at each of its slots, or why it did not; the latest first."""
    now = utc_now()
    until = last or now
    since = first or until - timedelta(days=7)

    def work(connection: Connection, caller: Caller) -> dict[str, Any]:
        job = crud.get_row(connection, caller, SCHEDULER_JOBS, id)
        return asdict(why(connection, job, since, until, now=now, most=limit))

    return answer(edge.read(work))


@runs_router.post(
    "/{id}/cancel",
    operation_id="cancel_scheduler_job_run",
    response_model=SchedulerJobRunRead,
    responses={200: Etag},
)
def cancel(id: UUID, edge: Running) -> Response:
    """What waits ends at once, what runs within a second or so. 409 when it has ended."""

    def work(connection: Connection, caller: Caller) -> Row:
        row = crud.require_row(
            connection, caller, SCHEDULER_JOB_RUNS, id, action="run", locked=False
        )
        operating.cancel_run(connection, id, now=utc_now())
        _note(connection, caller, "cancel_job_run", row["job_id"], run_id=str(id))
        return crud.get_row(connection, caller, SCHEDULER_JOB_RUNS, id)

    return answer_row(edge.write(work))


def _job(connection: Connection, caller: Caller, *, job_id: UUID, action: str) -> Row:
    return crud.require_row(connection, caller, SCHEDULER_JOBS, job_id, action=action, locked=False)


def _switched(connection: Connection, caller: Caller, *, job_id: UUID, switch: Any) -> Row:
    _job(connection, caller, job_id=job_id, action="edit")
    switch(connection, job_id)
    return crud.get_row(connection, caller, SCHEDULER_JOBS, job_id)


def _note(
    connection: Connection, caller: Caller, action: str, job_id: UUID, **details: str
) -> None:
    """Runs are logs, so the audit has no row of them by itself."""
    note(
        connection,
        action,
        user_id=caller.user_id,
        origin=caller.origin,
        resource_type="scheduler_jobs",
        resource_id=job_id,
        details=details,
    )
