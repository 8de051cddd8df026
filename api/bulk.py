"""What the entries of the table of resources that say `in_bulk` have beside the others' routes."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, create_model
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.deps import Edge, Requires
from api.idempotency import Once
from api.resources import Resource
from api.schemas.base import Input
from dataviz_pipelines.core.crud import Collection, Row, etag
from dataviz_pipelines.core.crud.bulk import Operation, apply_all
from dataviz_pipelines.core.security.caller import Caller

MAX_OPERATIONS: Final = 100
IfMatch = Annotated[
    str | None, Field(max_length=1_000, description="The ETag that the operation rests on.")
]


class BulkDelete(Input):
    action: Literal["delete"]
    id: UUID
    if_match: IfMatch = None


def add_bulk(router: APIRouter, resource: Resource) -> None:
    collection = resource.collection

    def change_many(body: Any, edge: Any, once: Once) -> Response:
        operations = [_operation(each) for each in body.operations]

        def work(connection: Connection, caller: Caller) -> Response:
            rows = apply_all(connection, caller, collection, operations)
            items = [_done(*each) for each in zip(operations, rows, strict=True)]
            return answer({"items": items})

        return once.write(edge, work)

    requires = Requires(collection.policy.permission("edit"), rows=collection.policy.by_row)
    change_many.__annotations__ |= {
        "body": _body(resource),
        "edge": Annotated[Edge, Depends(requires)],
    }
    router.add_api_route(
        "/bulk",
        change_many,
        methods=["POST"],
        operation_id=f"change_{collection.name}",
        summary=f"Change and delete {collection.name.replace('_', ' ')}",
        description="All operations or none, in their order; each as the route for a single one would do it.",
        response_model=_answer(resource),
    )


def _operation(operation: Any) -> Operation:
    values = None if isinstance(operation, BulkDelete) else operation.changes.values()
    return Operation(operation.id, values, operation.if_match)


def _done(operation: Operation, row: Row | None) -> dict[str, Any]:
    status = 204 if row is None else 200
    tag = None if row is None else etag(row)
    return {"id": operation.row_id, "status": status, "etag": tag, "item": row}


def _body(resource: Resource) -> type[Input]:
    name = _name(resource.collection)
    fields: dict[str, Any] = {
        "action": (Literal["update"], ...),
        "id": (UUID, ...),
        "if_match": (IfMatch, None),
        "changes": (resource.update, ...),
    }
    update: Any = create_model(f"{name}BulkUpdate", __base__=Input, **fields)
    operation: Any = Annotated[update | BulkDelete, Field(discriminator="action")]
    operations: Any = Annotated[list[operation], Field(min_length=1, max_length=MAX_OPERATIONS)]
    return create_model(f"{name}Bulk", __base__=Input, operations=(operations, ...))


def _answer(resource: Resource) -> type[BaseModel]:
    """`status` is what the route for a single one would have answered; `item` is null for a deleted one."""
    name = _name(resource.collection)
    fields: dict[str, Any] = {
        "id": (UUID, ...),
        "status": (int, ...),
        "etag": (str | None, ...),
        "item": (resource.read | None, ...),
    }
    item: Any = create_model(f"{name}BulkItem", **fields)
    return create_model(f"{name}BulkAnswer", items=(list[item], ...))


def _name(collection: Collection) -> str:
    return "".join(word.capitalize() for word in collection.one.split())
