"""F94: subscriptions to Dagster's GraphQL through the API, with the real webserver behind it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, delete, update
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.dagster_ui import sockets
from dataviz_pipelines.core.models.tables import Session, UserRole
from tests.api.dagster_ui.asking import GRAPHQL, LAUNCH, LAUNCHED, START, asks, refusals
from tests.api.people import People, Person

LOGS = """
subscription($id: ID!) { pipelineRunLogs(runId: $id) { ... on PipelineRunLogsSubscriptionSuccess {
  hasMorePastEvents messages { ... on MessageEvent { message } __typename } } } }
"""
CHANGES = "subscription { locationStateChangeEvents { event { eventType } } }"


@contextmanager
def socket(person: Person, **headers: str) -> Iterator[ClientConnection]:
    url = f"ws://{person.http.base_url.netloc.decode()}{GRAPHQL}"
    credential = headers or {"Authorization": f"Bearer {person.token}"}
    protocols = [Subprotocol("graphql-ws")]
    with connect(url, subprotocols=protocols, additional_headers=credential) as made:
        yield made


def say(made: ClientConnection, kind: str, **values: Any) -> None:
    made.send(json.dumps({"type": kind, **values}))


def heard(made: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(made.recv(timeout=60))
    return message


def greet(made: ClientConnection) -> None:
    say(made, "connection_init")
    assert heard(made)["type"] == "connection_ack"


def closed_with(made: ClientConnection) -> int | None:
    try:
        while True:
            made.recv(timeout=30)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


@pytest.fixture
def look_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "LOOK_AGAIN_S", 0.2)


def test_f94_a_viewer_follows_the_logs_of_a_run_and_may_download_them(people: People) -> None:
    launched = people("admin").post(GRAPHQL, asks(LAUNCH, variables=LAUNCHED)).json()["data"]
    run_id = launched["launchRun"]["run"]["runId"]
    viewer, seen = people("viewer"), ""
    with socket(viewer) as made:
        assert made.subprotocol == "graphql-ws"
        greet(made)
        say(made, "start", id="1", payload=asks(LOGS, variables={"id": run_id}))
        while "RunSuccessEvent" not in seen:
            message = heard(made)
            assert (message["type"], message["id"]) == ("data", "1"), message
            seen += json.dumps(message["payload"])
        say(made, "stop", id="1")
    assert "onerror=alert(1)" in seen
    with viewer.http.stream("GET", f"/dagster/download_debug/{run_id}") as answer:
        raw = b"".join(answer.iter_raw())
    assert (answer.status_code, raw[:2]) == (200, b"\x1f\x8b")


def test_f94_nothing_is_changed_over_a_socket(people: People, app_engine: Engine) -> None:
    for role in ("viewer", "admin"):
        with socket(people(role)) as made:
            greet(made)
            say(made, "start", id="7", payload=asks(START))
            refused = heard(made)
            assert (refused["type"], refused["id"]) == ("error", "7")
            assert refused["payload"]["extensions"]["code"] == "FORBIDDEN"
    assert len(refusals(app_engine)) == 2


@pytest.mark.parametrize(
    "message",
    [
        "start",
        "[]",
        '{"type": "start", "id": "1", "payload": []}',
        '{"type": "start", "id": "1", "payload": {"query": "subscription {"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "mutation { a }"}}',
        '{"id": "1"}',
        b"\x00",
    ],
)
def test_f94_what_cannot_be_judged_ends_the_socket(people: People, message: str | bytes) -> None:
    with socket(people("admin")) as made:
        greet(made)
        made.send(message)
        assert closed_with(made) == sockets.UNREADABLE


@pytest.mark.usefixtures("look_again_soon")
def test_s20_a_socket_ends_with_its_session(people: People, app_engine: Engine) -> None:
    viewer = people("viewer")
    with socket(viewer) as made:
        greet(made)
        with app_engine.begin() as connection:
            connection.execute(
                update(Session).where(Session.user_id == viewer.id).values(ended_at=Session.created_at)
            )  # fmt: skip
        assert closed_with(made) == sockets.REFUSED


@pytest.mark.usefixtures("look_again_soon")
def test_s24_a_socket_ends_with_the_role_that_allowed_it(
    people: People, app_engine: Engine
) -> None:
    viewer = people("viewer")
    with socket(viewer) as made:
        greet(made)
        with app_engine.begin() as connection:
            connection.execute(delete(UserRole).where(UserRole.user_id == viewer.id))
        assert closed_with(made) == sockets.REFUSED


def test_f94_a_socket_needs_a_session_that_may_look(people: People) -> None:
    uploader = people("uploader")
    for headers in ({"x-nothing": "1"}, {"Authorization": f"Bearer {uploader.token}"}):
        with pytest.raises(InvalidStatus) as refused, socket(uploader, **headers):
            pass
        assert refused.value.response.status_code == 403


def test_s26_a_page_of_another_site_opens_no_socket(people: People, client: httpx.Client) -> None:
    viewer = people("viewer")
    cookie = {"Cookie": f"__Host-dataviz={viewer.token}"}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        with pytest.raises(InvalidStatus), socket(viewer, **cookie, **headers):
            pass
    own = {"Origin": f"http://{client.base_url.netloc.decode()}"}
    with socket(viewer, **cookie, **own) as made:
        greet(made)
        say(made, "start", id="1", payload=asks(CHANGES))
        say(made, "connection_terminate")
        assert closed_with(made) == sockets.NORMAL
