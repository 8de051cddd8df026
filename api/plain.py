"""Plain requests, which are most of all, on a way of their own: one look-up instead of a match with every route, and no
dependencies to solve. With a query, or to be repeated, they go through FastAPI's routes, which also document them."""

from asyncio import get_running_loop
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from itertools import starmap
from typing import Any, Final, NamedTuple
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from sqlalchemy.util import greenlet_spawn
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import answer_page, answer_row
from api.deps import Edge, Requires, requires
from api.errors import problem_of
from api.resources import PREFIX, Resource
from api.schemas.base import Input
from api.writing import LONGEST_MATCH, create, delete, update
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.crud import Collection, Listing
from dataviz_pipelines.core.nonblocking.lanes import Lanes

Values = Mapping[str, Any]

_BEGINNING: Final = f"{PREFIX}/"
LONGEST_BODY: Final = 64 * 1024
"""Bytes that are read and checked at once. With more, others would wait."""
_DIGITS: Final = len(str(LONGEST_BODY))
_OTHERS: Final = frozenset({b"idempotency-key", b"transfer-encoding"})
_MATCHES: Final = frozenset({b"if-match", b"if-none-match"})


class Operation(NamedTuple):
    """What is done to the rows of a resource, or to one of them. `schema` is that of the body, where it has one."""

    needs: Requires
    answer: Callable[..., Response]
    collection: Collection
    schema: type[Input] | None = None

    def values(self, body: bytes) -> dict[str, Any]:
        return {} if self.schema is None else _values(self.schema, body)

    def of_row(self, row_id: UUID) -> "Operation":
        return self._replace(answer=partial(self.answer, row_id=row_id))

    def is_short(self, values: Mapping[str, Any]) -> bool:
        """Whether it takes nothing but a few statements. What is to be checked first may compute for long."""
        return self.schema is None or self.collection.check_for(values) is None


class PlainRequests:
    """GET and POST of each resource that has them, and GET, PATCH and DELETE of its rows, with bodies that are not long. Most
    are worked on by the event loop itself, others by threads. Stands before FastAPI's own middleware, which would cost as
    much again."""

    def __init__(self, app: ASGIApp, resources: Iterable[Resource]) -> None:
        self._app = app
        self._operations = {
            (method, path): operation
            for each in resources
            for method, path, operation in _operations(each)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = self.find(scope)
        if operation is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await _answer(operation, request)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001  # each has its answer
            response = problem_of(request, error)
        await response(scope, receive, send)

    def find(self, scope: Scope) -> Operation | None:
        if scope["type"] != "http" or scope["query_string"]:
            return None
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if not path.startswith(_BEGINNING):
            return None
        name, slash, row_id = path[len(_BEGINNING) :].partition("/")
        operation = self._operations.get((scope["method"], name + slash))
        if operation is None or not all(starmap(_is_plain, scope["headers"])):
            return None
        if not slash:
            return operation
        try:
            return operation.of_row(UUID(row_id))
        except ValueError:
            return None


async def _answer(operation: Operation, request: Request) -> Response:
    state = request.app.state
    lanes: Lanes = state.lanes
    edge = operation.needs.edge(request, lanes, lanes)
    body = b"" if operation.schema is None else await request.body()
    values = operation.values(body)
    if operation.is_short(values):
        return await greenlet_spawn(operation.answer, edge, request.headers, values)
    in_thread = edge._replace(engine=state.engine, reading=state.reading)
    work = partial(operation.answer, in_thread, request.headers, values)
    threads: Executor = state.threads
    return await get_running_loop().run_in_executor(threads, work)


def _is_plain(name: bytes, value: bytes) -> bool:
    """Of a header: whether it means nothing, or what the short way knows too."""
    if name in _MATCHES:
        return len(value) <= LONGEST_MATCH
    if name == b"content-length":
        return value.isdigit() and len(value) <= _DIGITS and int(value) <= LONGEST_BODY
    return name not in _OTHERS


def _operations(resource: Resource) -> Iterator[tuple[str, str, Operation]]:
    """Each with its method and its path, which ends in a slash where a row's id follows."""
    rows, row = resource.path, f"{resource.path}/"

    def operation(
        action: str, answer: Callable[..., Response], schema: type[Input] | None = None
    ) -> Operation:
        collection = resource.collection
        return Operation(
            requires(collection, action), partial(answer, resource=resource), collection, schema
        )

    yield "GET", rows, operation("view", _list)
    yield "GET", row, operation("view", _get)
    if resource.create is not None:
        yield "POST", rows, operation("create", _create, resource.create)
    if resource.update is not None:
        yield "PATCH", row, operation("edit", _update, resource.update)
    if resource.can_delete:
        yield "DELETE", row, operation("delete", _delete)


def _list(edge: Edge, _headers: Headers, _values: Values, *, resource: Resource) -> Response:
    listing = Listing(sort=resource.collection.order)
    work = partial(crud.list_rows, collection=resource.collection, listing=listing)
    return answer_page(edge.read(work))


def _get(
    edge: Edge, headers: Headers, _values: Values, *, resource: Resource, row_id: UUID
) -> Response:
    work = partial(crud.get_row, collection=resource.collection, row_id=row_id)
    return answer_row(edge.read(work), if_none_match=headers.get("if-none-match"))


def _create(edge: Edge, _headers: Headers, values: Values, *, resource: Resource) -> Response:
    return edge.write(partial(create, resource=resource, values=values))


def _update(
    edge: Edge, headers: Headers, values: Values, *, resource: Resource, row_id: UUID
) -> Response:
    return update(edge, resource, row_id, values, headers.get("if-match"))


def _delete(
    edge: Edge, headers: Headers, _values: Values, *, resource: Resource, row_id: UUID
) -> Response:
    return delete(edge, resource, row_id, headers.get("if-match"))


def _values(schema: type[Input], body: bytes) -> dict[str, Any]:
    """Raises what FastAPI raises."""
    try:
        return schema.model_validate_json(body).values()
    except ValidationError as error:
        mistakes = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(mistakes, body=_read(body)) from error


def _read(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        return None
