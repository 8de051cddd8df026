"""Plain requests, which are most of all, on a way of their own: one look-up instead of a match with every route, and no
dependencies to solve. With a query, or to be repeated, they go through FastAPI's routes, which also document them."""

from asyncio import get_running_loop
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from itertools import starmap
from typing import Any, Final, NamedTuple
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.answers import answer_page, answer_row
from api.deps import Edge, Requires, requires
from api.resources import PREFIX, Resource
from api.schemas.base import Input
from api.writing import LONGEST_MATCH, create, delete, update
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.crud import Listing

_BEGINNING: Final = f"{PREFIX}/"
_FOUND: Final = "dataviz.plain"
_WITH_BODY: Final = frozenset({"POST", "PATCH"})
_MATCHES: Final = frozenset({b"if-match", b"if-none-match"})


class Asked(NamedTuple):
    edge: Edge
    headers: Headers
    body: bytes


class Operation(NamedTuple):
    """`answer` is asked in a thread, with the `row_id` where the path has one."""

    needs: Requires
    answer: Callable[..., Response]


class PlainRequests(BaseRoute):
    """GET and POST of each resource that has them, and GET, PATCH and DELETE of its rows."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._operations = {
            (method, path): operation
            for each in resources
            for method, path, operation in _operations(each)
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["query_string"]:
            return Match.NONE, {}
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if not path.startswith(_BEGINNING):
            return Match.NONE, {}
        name, slash, row_id = path.removeprefix(_BEGINNING).partition("/")
        operation = self._operations.get((scope["method"], name + slash))
        if operation is None or not all(starmap(_is_plain, scope["headers"])):
            return Match.NONE, {}
        if slash:
            try:
                operation = _of_row(operation, UUID(row_id))
            except ValueError:
                return Match.NONE, {}
        return Match.FULL, {_FOUND: operation}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        needs, answer = scope[_FOUND]
        request = Request(scope, receive)
        edge = await needs(request)
        body = await request.body() if request.method in _WITH_BODY else b""
        asked = Asked(edge, request.headers, body)
        threads: Executor = scope["app"].state.threads
        response = await get_running_loop().run_in_executor(threads, answer, asked)
        await response(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """They are documented, and found, as FastAPI's."""
        raise NoMatchFound(name, path_params)


def _of_row(operation: Operation, row_id: UUID) -> Operation:
    return operation._replace(answer=partial(operation.answer, row_id=row_id))


def _is_plain(name: bytes, value: bytes) -> bool:
    """Of a header: whether it means nothing, or what the short way knows too."""
    if name in _MATCHES:
        return len(value) <= LONGEST_MATCH
    return name != b"idempotency-key"


def _operations(resource: Resource) -> Iterator[tuple[str, str, Operation]]:
    """Each with its method and its path, which ends in a slash where a row's id follows."""
    rows, row = resource.path, f"{resource.path}/"

    def operation(action: str, answer: Callable[..., Response]) -> Operation:
        return Operation(requires(resource.collection, action), partial(answer, resource=resource))

    yield "GET", rows, operation("view", _list)
    yield "GET", row, operation("view", _get)
    if resource.create is not None:
        yield "POST", rows, operation("create", partial(_create, schema=resource.create))
    if resource.update is not None:
        yield "PATCH", row, operation("edit", partial(_update, schema=resource.update))
    if resource.can_delete:
        yield "DELETE", row, operation("delete", _delete)


def _list(asked: Asked, resource: Resource) -> Response:
    listing = Listing(sort=resource.collection.order)
    work = partial(crud.list_rows, collection=resource.collection, listing=listing)
    return answer_page(asked.edge.read(work))


def _get(asked: Asked, resource: Resource, row_id: UUID) -> Response:
    work = partial(crud.get_row, collection=resource.collection, row_id=row_id)
    known = asked.headers.get("if-none-match")
    return answer_row(asked.edge.read(work), if_none_match=known)


def _create(asked: Asked, resource: Resource, schema: type[Input]) -> Response:
    values = _values(schema, asked.body)
    return asked.edge.write(partial(create, resource=resource, values=values))


def _update(asked: Asked, resource: Resource, row_id: UUID, schema: type[Input]) -> Response:
    values = _values(schema, asked.body)
    return update(asked.edge, resource, row_id, values, asked.headers.get("if-match"))


def _delete(asked: Asked, resource: Resource, row_id: UUID) -> Response:
    return delete(asked.edge, resource, row_id, asked.headers.get("if-match"))


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
