"""One router for each plain resource: list, get, create, patch, delete."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.responses import Response

from api.answers import answer_page, answer_row
from api.deps import Edge, Requires
from api.resources import Resource
from api.schemas.base import Input, Page, Patch
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.crud import Collection, Listing
from dataviz_pipelines.core.crud.listing import MAX_LIMIT

PREFIX = "/api/v1"
IfMatch = Annotated[
    str | None,
    Header(
        max_length=100,
        description="The ETag that the change rests on; 412 when the row has another by now.",
    ),
]
Etag = {"headers": {"ETag": {"description": "For If-Match.", "schema": {"type": "string"}}}}


class ListQuery(BaseModel):
    """What every list can be asked for. A parameter nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(
        None, max_length=1_000, description="`next_cursor` of the page before."
    )
    count: bool = Field(False, description="Whether to count all that match.")


def resource_router(resource: Resource) -> APIRouter:
    router = APIRouter(prefix=f"{PREFIX}/{resource.path}", tags=[resource.tag])
    _add_list(router, resource)
    _add_get(router, resource)
    if resource.create is not None:
        _add_create(router, resource, resource.create)
    if resource.update is not None:
        _add_update(router, resource, resource.update)
    if resource.can_delete:
        _add_delete(router, resource)
    return router


def list_query(collection: Collection) -> type[ListQuery]:
    """`sort`, `q` and the filters of this collection, and nothing else."""
    orders = tuple(f"{sign}{column}" for column in collection.sorts for sign in ("", "-"))
    fields: dict[str, Any] = {
        "sort": (
            Literal[orders],
            Field(f"-{collection.sorts[0]}", description="Minus: descending."),
        ),
        **{name: (_filter_type(collection, name) | None, None) for name in collection.filters},
    }
    if collection.search:
        searched = " or ".join(collection.search)
        fields["q"] = (
            str | None,
            Field(None, max_length=200, description=f"Part of {searched}, in any case."),
        )
    return create_model(f"{_camel(collection.one)}Query", __base__=ListQuery, **fields)


def listing(query: ListQuery) -> Listing:
    values = query.model_dump(exclude_none=True)
    return Listing(
        limit=values.pop("limit"),
        cursor=values.pop("cursor", None),
        count=values.pop("count"),
        sort=values.pop("sort"),
        search=values.pop("q", None),
        filters=values,
    )


def _add_list(router: APIRouter, resource: Resource) -> None:
    collection = resource.collection

    def list_items(query: Any, edge: Any) -> Response:
        asked = listing(query)
        page = edge.read(partial(crud.list_rows, collection=collection, listing=asked))
        return answer_page(page)

    list_items.__annotations__ |= {
        "query": Annotated[list_query(collection), Query()],
        "edge": _edge(resource, "view"),
    }
    _add(router, "", list_items, "GET", f"list_{collection.name}", model=Page[resource.read])  # type: ignore[name-defined]


def _add_get(router: APIRouter, resource: Resource) -> None:
    collection = resource.collection

    def get_item(id: UUID, edge: Any) -> Response:
        return answer_row(edge.read(partial(crud.get_row, collection=collection, row_id=id)))

    get_item.__annotations__["edge"] = _edge(resource, "view")
    _add(router, "/{id}", get_item, "GET", f"get_{_name(collection)}", model=resource.read)


def _add_create(router: APIRouter, resource: Resource, schema: type[Input]) -> None:
    collection = resource.collection

    def create_item(body: Any, edge: Any) -> Response:
        row = edge.write(partial(crud.create_row, collection=collection, values=body.values()))
        return answer_row(row, status=201, location=f"{router.prefix}/{row['id']}")

    create_item.__annotations__ |= {
        "body": schema,
        "edge": _edge(resource, "create"),
    }
    name = f"create_{_name(collection)}"
    _add(router, "", create_item, "POST", name, model=resource.read, status=201)


def _add_update(router: APIRouter, resource: Resource, schema: type[Patch]) -> None:
    collection = resource.collection

    def update_item(id: UUID, body: Any, edge: Any, if_match: IfMatch = None) -> Response:
        row = edge.write(
            partial(
                crud.update_row,
                collection=collection,
                row_id=id,
                values=body.values(),
                if_match=if_match,
            )
        )
        return answer_row(row)

    update_item.__annotations__ |= {"body": schema, "edge": _edge(resource, "edit")}
    _add(router, "/{id}", update_item, "PATCH", f"update_{_name(collection)}", model=resource.read)


def _add_delete(router: APIRouter, resource: Resource) -> None:
    collection = resource.collection

    def delete_item(id: UUID, edge: Any, if_match: IfMatch = None) -> Response:
        edge.write(partial(crud.delete_row, collection=collection, row_id=id, if_match=if_match))
        return Response(status_code=204)

    delete_item.__annotations__["edge"] = _edge(resource, "delete")
    _add(router, "/{id}", delete_item, "DELETE", f"delete_{_name(collection)}", status=204)


def _add(
    router: APIRouter,
    path: str,
    handler: Callable[..., Response],
    method: str,
    operation: str,
    *,
    model: Any = None,
    status: int = 200,
) -> None:
    has_etag = model is not None and path + method != "GET"
    router.add_api_route(
        path,
        handler,
        methods=[method],
        operation_id=operation,
        summary=operation.replace("_", " ").capitalize(),
        response_model=model,
        status_code=status,
        responses={status: Etag} if has_etag else {},
    )


def _edge(resource: Resource, action: str) -> Any:
    """A new row allows nobody anything yet."""
    policy = resource.collection.policy
    requires = Requires(policy.permission(action), rows=policy.by_row and action != "create")
    return Annotated[Edge, Depends(requires)]


def _filter_type(collection: Collection, name: str) -> type:
    return collection.table.c[name].type.python_type


def _name(collection: Collection) -> str:
    return collection.one.replace(" ", "_")


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split())
