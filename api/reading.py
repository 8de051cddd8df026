"""Plain reads, which are most of all requests, on a way of their own: one look-up instead of a match with every route. With a
query they go through FastAPI's routes, which also document them."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.answers import answer_page, answer_row
from api.deps import Edge, Requires, requires
from api.resources import Resource
from dataviz_pipelines.core import crud
from dataviz_pipelines.core.crud import Collection, Listing

_FOUND: Final = "dataviz.read"


class Read(NamedTuple):
    """`answer` is asked in a thread."""

    edge: Requires
    answer: Callable[[Edge, Request], Response]


class Readable(NamedTuple):
    collection: Collection
    edge: Requires

    def list(self) -> Read:
        return Read(self.edge, partial(_answer_list, collection=self.collection))

    def row(self, row_id: str) -> Read | None:
        try:
            found = UUID(row_id)
        except ValueError:
            return None
        answer = partial(_answer_row, collection=self.collection, row_id=found)
        return Read(self.edge, answer)


class PlainReads(BaseRoute):
    """`GET /prefix/path` and `GET /prefix/path/id` of each resource, without a query."""

    def __init__(self, prefix: str, resources: Iterable[Resource]) -> None:
        self._prefix = f"{prefix}/"
        self._readable = {
            each.path: Readable(each.collection, requires(each.collection, "view"))
            for each in resources
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return Match.NONE, {}
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if not path.startswith(self._prefix):
            return Match.NONE, {}
        name, _, row_id = path.removeprefix(self._prefix).partition("/")
        readable = self._readable.get(name)
        if readable is None:
            return Match.NONE, {}
        read = readable.list() if path.endswith(name) else readable.row(row_id)
        return (Match.NONE, {}) if read is None else (Match.FULL, {_FOUND: read})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, read = Request(scope, receive), scope[_FOUND]
        response = await run_in_threadpool(read.answer, await read.edge(request), request)
        await response(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """They are documented, and found, as FastAPI's."""
        raise NoMatchFound(name, path_params)


def _answer_list(edge: Edge, _: Request, *, collection: Collection) -> Response:
    listing = Listing(sort=collection.order)
    return answer_page(edge.read(partial(crud.list_rows, collection=collection, listing=listing)))


def _answer_row(edge: Edge, request: Request, *, collection: Collection, row_id: UUID) -> Response:
    row = edge.read(partial(crud.get_row, collection=collection, row_id=row_id))
    return answer_row(row, if_none_match=request.headers.get("if-none-match"))
