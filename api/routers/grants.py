"""Who shares what with whom, and whose things are."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer, answer_row
from api.crud import PREFIX, Etag, IfMatch, resource_router
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import RESOURCES, Resource
from api.schemas.access import (
    GrantCreate,
    GrantRead,
    GrantUpdate,
    OwnerUpdate,
    Principals,
    PrincipalsQuery,
)
from dataviz_pipelines.core.access.grants import GRANTS, share
from dataviz_pipelines.core.access.ownership import change_owner
from dataviz_pipelines.core.access.principals import find_principals
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Kind

router = resource_router(Resource("grants", GRANTS, GrantRead, update=GrantUpdate))
owners = APIRouter()
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


def _owner_route(resource: Resource) -> Callable[..., Response]:
    collection = resource.collection

    def change(id: UUID, body: OwnerUpdate, edge: Any, if_match: IfMatch = None) -> Response:
        """By the owner, or by whoever manages everything of the kind."""
        work = partial(
            change_owner,
            collection=collection,
            row_id=id,
            owner_id=body.owner_id,
            if_match=if_match,
        )
        return answer_row(edge.write(work))

    requires = Requires(collection.policy.permission("edit"), rows=True, shareable=False)
    change.__annotations__["edge"] = Annotated[Edge, Depends(requires)]
    return change


for _resource in RESOURCES:
    if isinstance(_resource.collection.policy, Kind):
        _name = f"change_{_resource.collection.one.replace(' ', '_')}_owner"
        owners.add_api_route(
            f"{PREFIX}/{_resource.path}/{{id}}/owner",
            _owner_route(_resource),
            methods=["PUT"],
            operation_id=_name,
            summary=_name.replace("_", " ").capitalize(),
            response_model=_resource.read,
            responses={200: Etag},
            tags=[_resource.tag],
        )
