"""Comments are written, rewritten, settled and deleted; they are listed and read as every resource is (F81)."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer_row
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import PREFIX
from api.schemas.discussions import CommentCreate, CommentRead, CommentUpdate
from dataviz_pipelines.core.discussions.comments import (
    delete_comment,
    rewrite_comment,
    settle,
    write_comment,
)
from dataviz_pipelines.core.security.caller import Caller

PATH = f"{PREFIX}/comments"
router = APIRouter(prefix=PATH, tags=["comments"])

Viewing = Annotated[Edge, Depends(Requires("comments:view", rows=True))]
Writing = Annotated[Edge, Depends(Requires("comments:create"))]
Rewriting = Annotated[
    Edge, Depends(Requires("comments:create", rows=True, shareable=False, manageable=False))
]


@router.post(
    "",
    operation_id="create_comment",
    status_code=201,
    response_model=CommentRead,
    responses={201: Etag},
)
def create_comment(body: CommentCreate, edge: Writing, once: Once) -> Response:
    """Those who are mentioned, and those who take part in the thread, are told of it if they may see it."""

    def work(connection: Connection, caller: Caller) -> Response:
        row = write_comment(connection, caller, body.values())
        return answer_row(row, status=201, location=f"{PATH}/{row['id']}")

    return once.write(edge, work)


@router.patch(
    "/{id}", operation_id="update_comment", response_model=CommentRead, responses={200: Etag}
)
def update_comment(
    id: UUID, body: CommentUpdate, edge: Rewriting, if_match: IfMatch = None
) -> Response:
    """One's own. Who is mentioned anew is told of it."""
    values = body.values()
    work = partial(rewrite_comment, comment_id=id, values=values, if_match=if_match)
    return answer_row(edge.write(work))


@router.delete("/{id}", operation_id="delete_comment", status_code=204)
def remove_comment(id: UUID, edge: Viewing, if_match: IfMatch = None) -> Response:
    """One's own, or with `comments:moderate` any on what one may edit. One that has replies leaves its place behind."""
    edge.write(partial(delete_comment, comment_id=id, if_match=if_match))
    return Response(status_code=204)


@router.post(
    "/{id}/resolve",
    operation_id="resolve_comment",
    response_model=CommentRead,
    responses={200: Etag},
)
def resolve_comment(id: UUID, edge: Viewing) -> Response:
    """The thread that begins with it. For its author and for those who own or may edit what it is about."""
    return answer_row(edge.write(partial(settle, comment_id=id, resolved=True)))


@router.post(
    "/{id}/reopen", operation_id="reopen_comment", response_model=CommentRead, responses={200: Etag}
)
def reopen_comment(id: UUID, edge: Viewing) -> Response:
    return answer_row(edge.write(partial(settle, comment_id=id, resolved=False)))
