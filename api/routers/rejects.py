"""The rows of an upload that were refused."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer_page
from api.crud import PREFIX
from api.deps import Edge, Requires
from api.queries import ListQuery, list_query, listing
from api.resources import REJECTED_ROWS, UPLOADS
from api.routing import PrefixRouter
from api.schemas.base import Page
from api.schemas.uploads import RejectedRowRead
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.security.caller import Caller

router = PrefixRouter(prefix=f"{PREFIX}/uploads/{{id}}", tags=["uploads"])

Viewing = Annotated[Edge, Depends(Requires("uploads:view", rows=True))]
Asked = list_query(REJECTED_ROWS)


@router.get("/rejects", operation_id="list_rejected_rows", response_model=Page[RejectedRowRead])
def list_rejected_rows(id: UUID, query: Annotated[Asked, Query()], edge: Viewing) -> Response:  # type: ignore[valid-type]  # made at run time
    """The first of them, in the order of the file; the reject file has them all."""
    return answer_page(edge.read(partial(_page, upload_id=id, query=query)))


def _page(connection: Connection, caller: Caller, upload_id: UUID, query: ListQuery) -> crud.Page:
    crud.get_row(connection, caller, UPLOADS, upload_id)
    asked = listing(query, REJECTED_ROWS, within={"upload_id": upload_id})
    return crud.list_rows(connection, caller, REJECTED_ROWS, asked)
