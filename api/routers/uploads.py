"""Files that people send, and what they do to what they have sent."""

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from api.answers import answer_row
from api.crud import Etag
from api.deps import Edge, Requires
from api.resources import PREFIX, UPLOADS
from api.schemas.uploads import UploadForm, UploadRead
from api.uploading.events import event_id, events
from api.uploading.reception import FILE_FIELD, FORM_BYTES, receive
from api.uploading.state import Uploading
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.crud import Row
from dataviz_pipelines.core.ingestion.uploading.changing import cancel_upload, load_upload_again
from dataviz_pipelines.core.ingestion.uploading.receiving import MIB
from dataviz_pipelines.core.ingestion.uploading.store import State, read_states
from dataviz_pipelines.core.ingestion.uploading.undoing import undo_upload
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.access import SourceAccess

PATH: Final = f"{PREFIX}/uploads"
MOST_BYTES: Final = (
    1_048_576 * MIB + FORM_BYTES
)  # of any setting; the file's own limit is looked up
AT_ONCE_BYTES: Final = MIB
AT_ONCE_S: Final = 3.0

router = APIRouter(prefix=PATH, tags=["uploads"])

Sending = Annotated[Edge, Depends(Requires("uploads:create"))]
Viewing = Annotated[Edge, Depends(Requires("uploads:view", rows=True))]
Creating = Annotated[Edge, Depends(Requires("uploads:create", rows=True))]
Cancelling = Annotated[Edge, Depends(Requires("uploads:cancel", rows=True))]
Undoing = Annotated[Edge, Depends(Requires("uploads:undo", rows=True))]

_LOCATION: Final[dict[str, Any]] = {
    "headers": {
        **Etag["headers"],
        "Location": {"description": "The upload.", "schema": {"type": "string"}},
    }
}
_FORM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": UploadForm.__doc__,
    "properties": {
        **UploadForm.model_json_schema()["properties"],
        FILE_FIELD: {"type": "string", "format": "binary"},
    },
    "required": [FILE_FIELD],
}
_BODY: Final = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM_SCHEMA}}}
}


@router.post(
    "",
    operation_id="create_upload",
    response_model=UploadRead,
    status_code=201,
    responses={
        201: _LOCATION | {"description": "It has been loaded, or refused; see `status`."},
        202: _LOCATION | {"description": "It waits or is being loaded.", "model": UploadRead},
        408: {"description": "Nothing has come for too long."},
        507: {"description": "The disk is full."},
    },
    openapi_extra=_BODY,
    max_body_size=MOST_BYTES,
)
async def send(request: Request, edge: Sending) -> Response:
    """Loads a file through a template. Fields that stand before the file let a file that is too large be refused sooner."""
    uploading: Uploading = request.app.state.uploading
    try:
        file = await receive(request, edge, received=uploading.received, places=uploading.arriving)
    except ClientDisconnect:
        return Response(status_code=400)  # to nobody
    if file.size_bytes <= AT_ONCE_BYTES:
        await uploading.watch.final(file.upload_id, timeout_s=AT_ONCE_S)
    row = await run_in_threadpool(edge.read, partial(_row, upload_id=file.upload_id))
    return _accepted(row, finished=201)


@router.get(
    "/{id}/events",
    operation_id="follow_upload",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events named `progress`, then one named `finished`; their data is an UploadState.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {"description": "The caller has the last event already."},
    },
)
async def follow(
    id: UUID,
    request: Request,
    edge: Viewing,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """Server-sent events. A stream ends with the upload, or after five minutes, to be taken up again."""
    uploading: Uploading = request.app.state.uploading
    state, user_id = await run_in_threadpool(edge.read, partial(_state, upload_id=id))
    if state.is_final and event_id(state) == last_event_id:
        return Response(status_code=204)
    uploading.streams.require_one(user_id)
    return StreamingResponse(
        events(uploading.watch, uploading.streams, state, user_id=user_id, last_id=last_event_id),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


@router.post(
    "/{id}/cancel", operation_id="cancel_upload", response_model=UploadRead, responses={200: Etag}
)
def cancel(id: UUID, edge: Cancelling) -> Response:
    """What waits ends at once, what runs soon, and nothing of it is loaded. 409 when it has ended."""

    def work(connection: Connection, caller: Caller) -> Row:
        crud.require_row(connection, caller, UPLOADS, id, action="cancel")
        cancel_upload(connection, caller, id)
        return _row(connection, caller, id)

    return answer_row(edge.write(work))


@router.post(
    "/{id}/load",
    operation_id="load_upload_again",
    response_model=UploadRead,
    status_code=202,
    responses={202: _LOCATION},
)
def load(id: UUID, edge: Creating) -> Response:
    """Loads what failed, was cancelled, or was only tried, from the file as it was sent. 409 for others."""

    def work(connection: Connection, caller: Caller) -> Row:
        crud.require_row(connection, caller, UPLOADS, id, action="create")
        load_upload_again(connection, caller, id)
        return _row(connection, caller, id)

    return _accepted(edge.write(work), finished=202)


@router.post(
    "/{id}/undo", operation_id="undo_upload", response_model=UploadRead, responses={200: Etag}
)
def undo(id: UUID, request: Request, edge: Undoing) -> Response:
    """Takes the upload's rows out of its table; `details.removed` says how many. 409, with the reason, where that would not
    give back what was there before."""
    connecting = request.app.state.connecting
    sources = SourceAccess(connecting.vault, connecting.guard)

    def work(connection: Connection, caller: Caller) -> Row:
        crud.require_row(connection, caller, UPLOADS, id, action="undo")
        undo_upload(connection, caller, id, sources)
        return _row(connection, caller, id)

    return answer_row(edge.write(work))


def _accepted(row: Row, *, finished: int) -> Response:
    status = 202 if row["status"] in ("queued", "running") else finished
    return answer_row(row, status=status, location=f"{PATH}/{row['id']}")


def _row(connection: Connection, caller: Caller, upload_id: UUID) -> Row:
    return crud.get_row(connection, caller, UPLOADS, upload_id)


def _state(connection: Connection, caller: Caller, upload_id: UUID) -> tuple[State, UUID]:
    crud.get_row(connection, caller, UPLOADS, upload_id)
    return read_states(connection, [upload_id])[upload_id], caller.user_id
