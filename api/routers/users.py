"""Accounts, as administrators manage them."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer, answer_page, answer_row
from api.crud import IfMatch
from api.deps import Edge, Requires
from api.queries import list_query, listing
from api.schemas.accounts import Sessions, UserCreate, UserCreated, UserRead, UserUpdate
from api.schemas.base import page_of
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.accounts import administration, sessions
from dataviz_pipelines.core.accounts.administration import USERS
from dataviz_pipelines.core.accounts.recovery import invite
from dataviz_pipelines.core.accounts.sessions import require_session
from dataviz_pipelines.core.mail import Mail
from dataviz_pipelines.core.security.caller import Caller

router = APIRouter(prefix="/api/v1/users", tags=["users"])

View = Annotated[Edge, Depends(Requires("users:view"))]
Edit = Annotated[Edge, Depends(Requires("users:edit"))]
UsersQuery = list_query(USERS)


@router.get("", operation_id="list_users", response_model=page_of(UserRead))
def show_all(query: Annotated[UsersQuery, Query()], edge: View) -> Response:  # type: ignore[valid-type]
    asked = listing(query, USERS)
    return answer_page(edge.read(partial(crud.list_rows, collection=USERS, listing=asked)))


@router.get("/{id}", operation_id="get_user", response_model=UserRead)
def show(id: UUID, edge: View) -> Response:
    return answer_row(edge.read(partial(crud.get_row, collection=USERS, row_id=id)))


@router.post("", operation_id="create_user", status_code=201, response_model=UserCreated)
def create(
    body: UserCreate,
    request: Request,
    edge: Annotated[Edge, Depends(Requires("users:create"))],
    tasks: BackgroundTasks,
) -> Response:
    """The person gets a link with which to set a password: by mail, or from whoever made the account."""
    state = request.app.state
    settings = state.settings

    def work(connection: Connection, caller: Caller) -> tuple[crud.Row, Mail, str]:
        row = administration.create_user(connection, caller, body.values())
        return row, *invite(connection, row["id"], row["email"], site=settings.site)

    row, mail, link = edge.write(work)
    url: str | None = link
    if settings.smtp_url is not None:
        tasks.add_task(state.mailing.send, lambda: mail)
        url = None
    return answer(
        {**row, "invitation_url": url},
        status=201,
        headers={"ETag": crud.etag(row), "Location": f"{router.prefix}/{row['id']}"},
    )


@router.patch("/{id}", operation_id="update_user", response_model=UserRead)
def change(id: UUID, body: UserUpdate, edge: Edit, if_match: IfMatch = None) -> Response:
    """Whoever is disabled is logged out at once."""
    work = partial(administration.change_user, user_id=id, values=body.values(), if_match=if_match)
    return answer_row(edge.write(work))


@router.delete("/{id}", operation_id="disable_user", status_code=204)
def disable(id: UUID, edge: Annotated[Edge, Depends(Requires("users:delete"))]) -> Response:
    """Accounts stay, so that what their owners made and did goes on naming them; nobody can log in with them."""
    edge.write(partial(administration.disable_user, user_id=id))
    return Response(status_code=204)


@router.get("/{id}/sessions", operation_id="list_sessions_of_user", response_model=Sessions)
def show_sessions(id: UUID, edge: Edit) -> Response:
    def work(connection: Connection, caller: Caller) -> Response:
        current = require_session(caller)
        administration.require_above(connection, caller, id)
        found = sessions.open_sessions(connection, id)
        items = [{**each, "is_current": each["id"] == current} for each in found]
        return answer({"items": items})

    return edge.read(work)


@router.delete("/{id}/sessions", operation_id="end_sessions_of_user", status_code=204)
def end_sessions(id: UUID, edge: Edit) -> Response:
    """All of them; API keys go on working."""

    def work(connection: Connection, caller: Caller) -> None:
        require_session(caller)
        administration.require_above(connection, caller, id)
        sessions.end_sessions(connection, id)

    edge.write(work)
    return Response(status_code=204)
