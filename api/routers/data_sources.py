"""Data sources: created, connected in another way, tried out. What else is done with them is plain."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection as Database
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import answer, answer_row
from api.connecting import Connecting
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.resources import DATA_SOURCES, PREFIX
from api.schemas.sources import (
    ConnectionShown,
    ConnectionTry,
    DataSourceCreate,
    DataSourceRead,
    TrialRead,
)
from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.queries.trying import try_out, try_source
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources import store
from dataviz_pipelines.core.sources.connections import Connection, shown, target
from dataviz_pipelines.core.sources.editing import (
    change_connection,
    complete,
    connection_of,
    create_source,
    stored_for,
)
from dataviz_pipelines.core.sources.trying import Trial

router = APIRouter(prefix=f"{PREFIX}/data-sources", tags=["data sources"])

Creating = Annotated[Edge, Depends(Requires("data_sources:create"))]
Editing = Annotated[Edge, Depends(Requires("data_sources:edit", rows=True))]
Trying = Annotated[Edge, Depends(Requires("data_sources:test", rows=True))]


@router.post(
    "",
    operation_id="create_data_source",
    response_model=DataSourceRead,
    status_code=201,
    responses={201: Etag},
)
def create(body: DataSourceCreate, request: Request, edge: Creating) -> Response:
    """Its secrets are sealed, and never shown again. There is no Idempotency-Key: what it would keep tells of the
    password. Names are unique, so that nothing is created twice."""
    values = {name: value for name, value in body.values().items() if name != "connection"}

    def work(connection: Database, caller: Caller) -> Response:
        row = create_source(
            connection,
            caller,
            DATA_SOURCES,
            values,
            asked=body.connection,
            vault=_state(request).vault,
        )
        return answer_row(row, status=201, location=f"{router.prefix}/{row['id']}")

    return edge.write(work)


@router.get(
    "/{id}/connection", operation_id="get_data_source_connection", response_model=ConnectionShown
)
def show_connection(id: UUID, request: Request, edge: Editing) -> Response:
    """For whoever may edit it. There is no way to see a password or a key again."""
    vault = _state(request).vault
    work = partial(connection_of, collection=DATA_SOURCES, source_id=id, vault=vault)
    return answer(shown(edge.read(work)))


@router.put(
    "/{id}/connection",
    operation_id="change_data_source_connection",
    response_model=DataSourceRead,
    responses={200: Etag},
)
def change(
    id: UUID, body: Connection, request: Request, edge: Editing, if_match: IfMatch = None
) -> Response:
    """The whole is replaced. A password that is left out is kept while host, port, user and TLS stay the same; a service
    account always: it goes to Google alone."""
    work = partial(
        change_connection,
        collection=DATA_SOURCES,
        source_id=id,
        asked=body,
        vault=_state(request).vault,
        if_match=if_match,
    )
    return answer_row(edge.write(work))


@router.post("/test", operation_id="test_connection", response_model=TrialRead)
async def try_unsaved(body: ConnectionTry, request: Request, edge: Creating) -> Response:
    """Before it is saved. The answer tells why it fails, and what can be done about it."""
    await run_in_threadpool(edge.caller)
    complete(body.connection, place="/connection")
    state = _state(request)
    trial = await state.try_out(
        partial(try_out, body.connection, state.guard, query=body.test_query)
    )

    def work(connection: Database, caller: Caller) -> None:
        note(
            connection,
            "test_connection",
            user_id=caller.user_id,
            origin=caller.origin,
            resource_type="data_sources",
            details={**target(body.connection), "reason": trial.reason},
        )

    await run_in_threadpool(edge.write, work)
    return _told(trial)


@router.post("/{id}/test", operation_id="test_data_source", response_model=TrialRead)
async def try_saved(id: UUID, request: Request, edge: Trying) -> Response:
    """Runs `test_query`, or SELECT 1, and keeps what came of it with the data source."""
    find = partial(stored_for, collection=DATA_SOURCES, source_id=id, action="test")
    stored = await run_in_threadpool(edge.read, find)
    state = _state(request)
    trial = await state.try_out(partial(try_source, stored, state.vault, state.guard))

    def work(connection: Database, _: Caller) -> None:
        store.note_trial(connection, stored, trial)

    await run_in_threadpool(edge.write, work)
    return _told(trial)


def _state(request: Request) -> Connecting:
    state: Connecting = request.app.state.connecting
    return state


def _told(trial: Trial) -> Response:
    return answer({"is_ok": trial.is_ok, **vars(trial)})
