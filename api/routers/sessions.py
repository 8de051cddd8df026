"""Logging in and out, and the sessions that somebody has."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.cookies import clear_session_cookie, set_device_cookie, set_session_cookie
from api.deps import Edge, Open, Requires
from api.origin import DEVICE_COOKIE, origin_of, presented_cookie
from api.schemas.accounts import LoggedIn, LogIn, Sessions
from dataviz_pipelines.core.accounts import sessions
from dataviz_pipelines.core.accounts.login import LoginAttempt, log_in
from dataviz_pipelines.core.accounts.sessions import require_session
from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])

Person = Annotated[Edge, Depends(Requires(None))]


@router.post(
    "",
    operation_id="log_in",
    status_code=201,
    response_model=LoggedIn,
    dependencies=[Depends(Open())],
)
async def start(body: LogIn, request: Request) -> Response:
    """Opens a session, and ends the one that the browser had."""
    attempt = LoginAttempt(
        email=body.email,
        password=body.password,
        origin=origin_of(request),
        presented=presented_cookie(request),
        device=presented_cookie(request, DEVICE_COOKIE),
    )
    state = request.app.state
    opened = await state.hashing.run(partial(log_in, state.engine, attempt))
    response = answer(
        {
            "token": opened.token,
            "session_id": opened.id,
            "user_id": opened.user_id,
            "expires_at": opened.expires_at,
        },
        status=201,
    )
    set_session_cookie(response, opened.token, expires_at=opened.expires_at)
    set_device_cookie(response, opened.token)
    return response


@router.get("", operation_id="list_sessions", response_model=Sessions)
def show(edge: Person) -> Response:
    """One's own, the latest used first."""

    def work(connection: Connection, caller: Caller) -> Response:
        current = require_session(caller)
        found = sessions.open_sessions(connection, caller.user_id)
        items = [{**each, "is_current": each["id"] == current} for each in found]
        return answer({"items": items})

    return edge.read(work)


@router.delete("", operation_id="end_other_sessions", status_code=204)
def end_others(edge: Person) -> Response:
    """All of one's own but the one that asks."""

    def work(connection: Connection, caller: Caller) -> None:
        sessions.end_sessions(connection, caller.user_id, but=require_session(caller))

    edge.write(work)
    return Response(status_code=204)


@router.delete("/current", operation_id="log_out", status_code=204)
def log_out(edge: Person) -> Response:
    """Ends the session that asks."""

    def work(connection: Connection, caller: Caller) -> None:
        sessions.end_session(connection, caller.user_id, require_session(caller))
        note(
            connection,
            "logout",
            user_id=caller.user_id,
            origin=caller.origin,
            resource_type="users",
            resource_id=caller.user_id,
        )

    edge.write(work)
    response = Response(status_code=204)
    clear_session_cookie(response)
    return response


@router.delete("/{id}", operation_id="end_session", status_code=204)
def end(id: UUID, edge: Person) -> Response:
    """One of one's own."""

    def work(connection: Connection, caller: Caller) -> None:
        require_session(caller)
        sessions.end_session(connection, caller.user_id, id)

    edge.write(work)
    return Response(status_code=204)
