"""Whose things are: a route for every kind of thing that belongs to somebody."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import answer_row
from api.crud import Etag, IfMatch
from api.deps import Edge, Requires
from api.resources import PREFIX, RESOURCES, Resource
from api.schemas.access import OwnerUpdate
from dataviz_pipelines.core.access.ownership import change_owner
from dataviz_pipelines.core.security.rows import Kind


def owner_router(resource: Resource) -> APIRouter:
    router = APIRouter(prefix=f"{PREFIX}/{resource.path}/{{id}}/owner", tags=[resource.tag])
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
    name = f"change_{collection.one.replace(' ', '_')}_owner"
    router.add_api_route(
        "",
        change,
        methods=["PUT"],
        operation_id=name,
        summary=name.replace("_", " ").capitalize(),
        response_model=resource.read,
        responses={200: Etag},
    )
    return router


router = APIRouter()
for _resource in RESOURCES:
    if isinstance(_resource.collection.policy, Kind):
        router.include_router(owner_router(_resource))
