"""S36 and F88: docs/permissions.md says who may use which route, and every cell of it is tried with a real request."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve
from websockets.typing import Subprotocol

from api.app import create_app
from api.matrix import NO, NO_ROLE, NOBODY, route_accesses
from dataviz_pipelines.core.schema.seeds import ROLES
from dataviz_pipelines.core.settings import Settings
from tests.api.examples import Examples
from tests.api.people import People

PAGE: Final = Path(__file__).parents[2] / "docs" / "permissions.md"
COLUMNS: Final = (*ROLES, NO_ROLE, NOBODY)
REFUSED: Final = {"urn:dataviz:NotLoggedIn", "urn:dataviz:PermissionDenied"}
GRAPHQL: Final = {"query": "{ __typename }"}
GRAPHQL_WS: Final = Subprotocol("graphql-ws")
ENDS_THE_SESSION: Final = "/api/v1/sessions/current"
_LINE: Final = re.compile(r"^\| `(?P<method>[A-Z]+) (?P<path>[^`]+)` \| (?P<cells>.+) \|$")


class Cells(NamedTuple):
    method: str
    path: str
    by_column: dict[str, str]


def written() -> Iterator[Cells]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        match = _LINE.match(line)
        if match is not None:
            _, *cells = match["cells"].split(" | ")
            yield Cells(match["method"], match["path"], dict(zip(COLUMNS, cells, strict=True)))


def is_refused(http: httpx.Client, examples: Examples, method: str, path: str) -> bool:
    """Only the beginning of an answer is waited for: some never end."""
    if path.startswith("/dagster/"):
        return _is_refused_by_dagster(http, method)
    asked = {"headers": {}, **examples.body(method, path)}
    asked["headers"] |= examples.headers(method, path)
    url, query = examples.path(method, path), examples.query(method, path)
    with http.stream(method, url, params=query, **asked) as answer:
        return answer.status_code in (401, 403) and _type(answer) in REFUSED


def _is_refused_by_dagster(http: httpx.Client, method: str) -> bool:
    """GraphQL is what all of its pages ask; the sockets it opens and the webserver behind have tests of their own."""
    if method == "WEBSOCKET":
        return _is_socket_refused(http)
    asked = {"json": GRAPHQL} if method == "POST" else {"params": GRAPHQL}
    return http.request(method, "/dagster/graphql", **asked).status_code in (401, 403)  # type: ignore[arg-type]  # either is one of httpx's


def _is_socket_refused(http: httpx.Client) -> bool:
    token = http.headers.get("Authorization")
    headers = {} if token is None else {"Authorization": token}
    url = f"ws://{http.base_url.netloc.decode()}/dagster/graphql"
    try:
        with connect(url, subprotocols=[GRAPHQL_WS], additional_headers=headers):
            return False
    except InvalidStatus as refused:
        return refused.response.status_code == 403


def _type(answer: httpx.Response) -> str:
    answer.read()
    return str(answer.json()["type"])


def _client(people: People, client: httpx.Client, column: str) -> httpx.Client:
    if column == NOBODY:
        return client
    return people(*(() if column == NO_ROLE else (column,))).http


def test_f88_every_route_says_whom_it_is_for(app: FastAPI) -> None:
    silent = [f"{route.method} {route.path}" for route in route_accesses(app) if not route.access]
    assert silent == []


def test_f88_nothing_is_mounted_beside_the_routes(app: FastAPI) -> None:
    assert [route for route in app.routes if isinstance(route, Mount)] == []


def test_f88_every_route_is_written_down_once(app: FastAPI) -> None:
    listed = [(cells.method, cells.path) for cells in written()]
    assert listed == [(route.method, route.path) for route in route_accesses(app)]
    assert len(set(listed)) == len(listed) > 100


@pytest.fixture
def app(database_settings: Settings) -> Iterator[FastAPI]:
    """In Dagster's place stands what takes every socket: all that counts is whether somebody gets that far."""
    with serve(lambda _: None, "127.0.0.1", 0, subprotocols=[GRAPHQL_WS]) as dagster:
        thread = threading.Thread(target=dagster.serve_forever)
        thread.start()
        port = dagster.socket.getsockname()[1]
        yield create_app(database_settings.model_copy(update={"dagster_port": port}))
        dagster.shutdown()
    thread.join()


def test_s36_every_route_lets_in_whom_the_matrix_says(
    app: FastAPI, client: httpx.Client, people: People, subtests: pytest.Subtests
) -> None:
    examples = Examples(app)
    for column in COLUMNS:
        with subtests.test(column):
            assert list(_wrong(examples, partial(_client, people, client, column), column)) == []


def _wrong(examples: Examples, log_in: Callable[[], httpx.Client], column: str) -> Iterator[str]:
    http = log_in()
    for cells in written():
        asking = log_in() if cells.path == ENDS_THE_SESSION else http
        cell = cells.by_column[column]
        if is_refused(asking, examples, cells.method, cells.path) != (cell == NO):
            yield f"{cells.method} {cells.path} says {cell!r}"
