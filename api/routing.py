"""The short way from a path to its routes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

_CHOSEN: Final = "dataviz.route"
_STEPS: Final = 3
"""Of `/api/v1/dashboards/…`, the last whose word tells which routes there can be."""
_WORD_WITH_SLASHES: Final = ":path}"


class _Shape(NamedTuple):
    method: str
    beginning: str
    steps: int


class RouteIndex(BaseRoute):
    """Stands before all other routes. FastAPI tries each of them in turn, which with many costs more than answering; here
    only those are tried that have a route whose method, beginning and length are the request's. Whatever is not found here
    is left to them."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes: dict[_Shape, list[BaseRoute]] = defaultdict(list)
        for route in routes:
            for shape in set(_shapes(route)):
                self._routes[shape].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        for route in self._routes.get(_shape(scope.get("method", ""), path), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, _CHOSEN: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route: BaseRoute = scope[_CHOSEN]
        await route.handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """The routes themselves know."""
        raise NoMatchFound(name, path_params)


def _shapes(route: BaseRoute) -> Iterator[_Shape]:
    """From the routes as they were written: what FastAPI makes of those of an included router it makes when they are asked
    for, and to make all of them takes a second. Our routers are included without a further prefix."""
    included: APIRouter | None = getattr(route, "original_router", None)
    if included is not None:
        for each in included.routes:
            yield from _shapes(each)
        return
    path: str = getattr(route, "path", _WORD_WITH_SLASHES)
    if _WORD_WITH_SLASHES not in path:
        yield from (_shape(method, path) for method in getattr(route, "methods", None) or ())


def _shape(method: str, path: str) -> _Shape:
    words = path.split("/")
    return _Shape(method, "/".join(words[: _STEPS + 1]), len(words))
