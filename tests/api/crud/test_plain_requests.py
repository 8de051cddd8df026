"""The short way of plain requests does what FastAPI's routes do, which are the long way and the documentation."""

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.plain import PlainRequests
from api.resources import RESOURCES, Resource
from tests.api.people import People

DASHBOARDS = "/api/v1/dashboards"
ROW = "00000000-0000-7000-8000-00000000ffff"


def _documented(resource: Resource) -> set[tuple[str, str, str]]:
    name = resource.collection.one.replace(" ", "_")
    found = {("get", "", f"list_{resource.collection.name}"), ("get", "/{id}", f"get_{name}")}
    if resource.create:
        found.add(("post", "", f"create_{name}"))
    if resource.update:
        found.add(("patch", "/{id}", f"update_{name}"))
    if resource.can_delete:
        found.add(("delete", "/{id}", f"delete_{name}"))
    return found


def test_no_router_has_another_meaning_for_a_plain_path(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    for resource in RESOURCES:
        for method, rest, operation in _documented(resource):
            assert paths[f"{resource.url}{rest}"][method]["operationId"] == operation


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.path)
def test_the_short_way_takes_each_of_them(resource: Resource) -> None:
    plain = PlainRequests(_nobody, RESOURCES)
    for method, rest, _ in _documented(resource):
        path = f"{resource.url}{rest.format(id=ROW)}"
        assert _is_taken(plain, method, path)
        assert not _is_taken(plain, method, path, query=b"include=x")
        assert _is_taken(plain, method, path, headers=[(b"if-match", b'"1"')])
        assert not _is_taken(plain, method, path, headers=[(b"if-match", b"1" * 1_001)])
        assert not _is_taken(plain, method, path, headers=[(b"idempotency-key", b"a")])
        assert _is_taken(plain, method, path, headers=[(b"content-length", b"65536")])
        for length in (b"65537", b"1000000", b"x", b"-1"):
            assert not _is_taken(plain, method, path, headers=[(b"content-length", length)])
        assert not _is_taken(plain, method, path, headers=[(b"transfer-encoding", b"chunked")])
        assert not _is_taken(plain, method, f"{path}/")


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError


def _is_taken(
    plain: PlainRequests,
    method: str,
    path: str,
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> bool:
    scope = {
        "type": "http",
        "method": method.upper(),
        "path": path,
        "query_string": query,
        "headers": headers or [],
    }
    return plain.find(scope) is not None


def test_both_ways_refuse_the_same(people: People) -> None:
    editor = people("editor")
    bodies: tuple[dict[str, object], ...] = (
        {},
        {"name": 7},
        {"name": " "},
        {"name": "Sales", "is_public": "yes", "layout_config": {"columns": "many"}},
        {"name": "Sales", "unknown": 1},
        {"name": "Sales", "tags": ["a", 2]},
    )
    for body in bodies:
        short = editor.http.post(DASHBOARDS, json=body)
        long = editor.http.post(DASHBOARDS, json=body, headers={"idempotency-key": "a"})
        assert short.status_code == long.status_code == 422
        assert _without_id(short) == _without_id(long)


def test_what_is_no_json_is_said_to_be_none(people: People) -> None:
    editor = people("editor")
    for body in (b"", b"{", b'{"name": "a\xff"}', b'{"name": "\\ud800"}'):
        answer = editor.http.post(
            DASHBOARDS, content=body, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:dataviz:InvalidRequest")
        assert answer.json()["errors"][0]["message"].startswith("Invalid JSON")


def _without_id(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}
