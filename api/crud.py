"""One router for each plain resource: list, get, create, patch, delete."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer_page, answer_row
from api.bulk import add_bulk
from api.deps import Edge, requires
from api.idempotency import Once
from api.queries import ListQuery, RowQuery, list_query, listing, row_query
from api.resources import Resource
from api.schemas.base import Input, Patch, page_of
from api.writing import LONGEST_MATCH, create, delete, update
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.security.caller import Caller

IfMatch = Annotated[
    str | None,
    Header(
        max_length=LONGEST_MATCH,
        description="The ETag that the change rests on; 412 when the row has another by now.",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=LONGEST_MATCH,
        description="ETags that the caller has; 304 when one is the row's.",
    ),
]
Etag: Final[dict[str, Any]] = {
    "headers": {"ETag": {"description": "For If-Match.", "schema": {"type": "string"}}}
}

ITEM: Final[dict[int | str, dict[str, Any]]] = {
    200: Etag,
    304: {"description": "The caller has it already."},
}


def resource_router(resource: Resource) -> APIRouter:
    router = APIRouter(prefix=resource.url, tags=[resource.tag])
    _add_list(router, resource)
    _add_get(router, resource)
    if resource.create is not None:
        _add_create(router, resource, resource.create)
    if resource.update is not None:
        _add_update(router, resource, resource.update)
    if resource.can_delete:
        _add_delete(router, resource)
    if resource.in_bulk:
        add_bulk(router, resource)
    return router


def _add_list(router: APIRouter, resource: Resource) -> None:
    collection = resource.collection

    def list_items(query: Any, edge: Any) -> Response:
        return answer_page(edge.read(partial(_page, collection=collection, query=query)))

    list_items.__annotations__ |= {
        "query": Annotated[list_query(collection), Query()],
        "edge": _edge(resource, "view"),
    }
    _add(router, "", list_items, "GET", f"list_{collection.name}", model=page_of(resource.read))


def _page(
    connection: Connection, caller: Caller, collection: Collection, query: ListQuery
) -> crud.Page:
    page = crud.list_rows(connection, caller, collection, listing(query, collection))
    rows = crud.with_included(connection, caller, collection, page.rows, query.included)
    return replace(page, rows=rows)


def _add_get(router: APIRouter, resource: Resource) -> None:
    collection = resource.collection

    def get_item(id: UUID, query: Any, edge: Any, if_none_match: IfNoneMatch = None) -> Response:
        row = edge.read(partial(_row, collection=collection, row_id=id, query=query))
        return answer_row(row, if_none_match=None if query.included else if_none_match)

    get_item.__annotations__ |= {
        "query": Annotated[row_query(collection), Query()],
        "edge": _edge(resource, "view"),
    }
    _add(router, "/{id}", get_item, "GET", f"get_{_name(collection)}", model=resource.read)


def _row(
    connection: Connection, caller: Caller, collection: Collection, row_id: UUID, query: RowQuery
) -> crud.Row:
    row = crud.get_row(connection, caller, collection, row_id)
    return crud.with_included(connection, caller, collection, [row], query.included)[0]


def _add_create(router: APIRouter, resource: Resource, schema: type[Input]) -> None:
    def create_item(body: Any, edge: Any, once: Once) -> Response:
        return once.write(edge, partial(create, resource=resource, values=body.values()))

    create_item.__annotations__ |= {"body": schema, "edge": _edge(resource, "create")}
    name = f"create_{_name(resource.collection)}"
    _add(router, "", create_item, "POST", name, model=resource.read, status=201)


def _add_update(router: APIRouter, resource: Resource, schema: type[Patch]) -> None:
    def update_item(id: UUID, body: Any, edge: Any, if_match: IfMatch = None) -> Response:
        return update(edge, resource, id, body.values(), if_match)

    update_item.__annotations__ |= {"body": schema, "edge": _edge(resource, "edit")}
    name = f"update_{_name(resource.collection)}"
    _add(router, "/{id}", update_item, "PATCH", name, model=resource.read)


def _add_delete(router: APIRouter, resource: Resource) -> None:
    def delete_item(id: UUID, edge: Any, if_match: IfMatch = None) -> Response:
        return delete(edge, resource, id, if_match)

    delete_item.__annotations__["edge"] = _edge(resource, "delete")
    name = f"delete_{_name(resource.collection)}"
    _add(router, "/{id}", delete_item, "DELETE", name, status=204)


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
    is_list = path + method == "GET"
    answers: dict[int | str, dict[str, Any]] = {} if model is None or is_list else {status: Etag}
    router.add_api_route(
        path,
        handler,
        methods=[method],
        operation_id=operation,
        summary=operation.replace("_", " ").capitalize(),
        response_model=model,
        status_code=status,
        responses=ITEM if answers and method == "GET" else answers,
    )


def _edge(resource: Resource, action: str) -> Any:
    return Annotated[Edge, Depends(requires(resource.collection, action))]


def _name(collection: Collection) -> str:
    return collection.one.replace(" ", "_")
