"""What is shared with whom, by whoever may share it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer, answer_row
from api.crud import Etag, resource_router
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import PREFIX, Resource
from api.schemas.access import (
    GrantCreate,
    GrantRead,
    GrantUpdate,
    Principals,
    PrincipalsQuery,
)
from dataviz_pipelines.core.access.grants import GRANTS, share
from dataviz_pipelines.core.access.principals import find_principals
from dataviz_pipelines.core.security.caller import Caller

router = resource_router(Resource("grants", GRANTS, GrantRead, update=GrantUpdate))
principals = APIRouter(prefix=f"{PREFIX}/principals", tags=["grants"])


@router.post(
    "",
    operation_id="create_grant",
    status_code=201,
    response_model=GrantRead,
    responses={
        201: Etag,
        200: {**Etag, "model": GrantRead, "description": "It replaced one of the same level."},
    },
)
def create(
    body: GrantCreate,
    edge: Annotated[Edge, Depends(Requires("grants:edit", rows=True))],
    once: Once,
) -> Response:
    """Of what one owns or may manage."""

    def work(connection: Connection, caller: Caller) -> Response:
        values = body.model_dump(mode="json")
        row, is_new = share(connection, caller, values)
        if not is_new:
            return answer_row(row)
        return answer_row(row, status=201, location=f"{router.prefix}/{row['id']}")

    return once.write(edge, work)


@principals.get("", operation_id="find_principals", response_model=Principals)
def find(
    query: Annotated[PrincipalsQuery, Query()],
    edge: Annotated[Edge, Depends(Requires("grants:edit"))],
) -> Response:
    """People and roles with whom something can be shared."""

    def work(connection: Connection, _caller: Caller) -> Response:
        found = find_principals(
            connection, search=query.q, kind=query.principal_type, limit=query.limit
        )
        return answer({"items": found})

    return edge.read(work)
