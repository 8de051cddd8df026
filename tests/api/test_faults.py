"""The database fails in the ways in which databases do."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI
from sqlalchemy import Connection, Engine, text

from api.app import LANES
from api.deps import Edge, Requires
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sql import execute
from tests.api.people import People, Person
from tests.servers.workers import until

DASHBOARDS = "/api/v1/dashboards"


def _terminate_all(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'api'"
            )
        )


def test_r16_terminated_backends_fail_no_request(people: People, owner_engine: Engine) -> None:
    editor = people("editor")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: editor.http.get(DASHBOARDS), range(8)))
    _terminate_all(owner_engine)
    assert editor.post(DASHBOARDS, {"name": "Sales"}).status_code == 201
    assert [editor.http.get(DASHBOARDS).status_code for _ in range(6)] == [200] * 6


def test_r17_an_exhausted_pool_is_answered_after_a_bounded_wait(
    app: FastAPI, people: People
) -> None:
    editor = people("editor")
    pool = app.state.engine.pool
    held = [app.state.engine.connect() for _ in range(pool.size() + pool._max_overflow)]
    try:
        answer = editor.http.get(f"{DASHBOARDS}?limit=1")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"] == "urn:dataviz:DatabaseUnavailable"
    finally:
        for connection in held:
            connection.close()
    assert editor.http.get(DASHBOARDS).status_code == 200


def test_r17_requests_that_wait_for_a_row_keep_others_waiting_for_so_long_only(
    people: People, app_engine: Engine
) -> None:
    editor = people("editor")
    row = f"{DASHBOARDS}/{_new(editor)}"
    with ThreadPoolExecutor(LANES) as pool:
        with app_engine.begin() as connection:
            connection.execute(text("SELECT FROM dashboards FOR UPDATE"))
            patch = partial(editor.http.patch, row, json={"name": "Later"})
            waiting = [pool.submit(patch) for _ in range(LANES)]
            assert until(lambda: _waiting(app_engine) == LANES)
            answer = editor.http.get(row)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert not any(each.done() for each in waiting)
        assert {each.result().status_code for each in waiting} == {200}
    assert editor.http.get(row).json()["name"] == "Later"


def _waiting(engine: Engine) -> int:
    """How many wait for a lock."""
    with engine.connect() as connection:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(connection.execute(waiting).scalar_one())


def test_r18_requests_that_deadlock_both_succeed(app: FastAPI, people: People) -> None:
    both_hold_one = threading.Barrier(2)

    @app.post("/swap/{first}/{second}")
    def swap(
        first: str, second: str, edge: Annotated[Edge, Depends(Requires("dashboards:edit"))]
    ) -> str:
        attempts = []

        def work(connection: Connection, _: Caller) -> None:
            attempts.append(1)
            rename = "UPDATE dashboards SET name = name || '.' WHERE id = %(id)s"
            execute(connection, rename, {"id": first})
            if len(attempts) == 1:
                both_hold_one.wait(timeout=20)
            execute(connection, rename, {"id": second})

        edge.write(work)
        return "done"

    editor = people("editor")
    one, other = (_new(editor) for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(editor.http.post, [f"/swap/{one}/{other}", f"/swap/{other}/{one}"]))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert editor.http.get(f"{DASHBOARDS}/{one}").json()["name"] == "Sales.."


def _new(person: Person) -> str:
    answer: httpx.Response = person.post(DASHBOARDS, {"name": "Sales"})
    return str(answer.json()["id"])


def test_r25_a_session_found_to_be_over_stays_over(people: People, owner_engine: Engine) -> None:
    editor = people("editor")
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET expires_at = now() - interval '1 second'"))
    assert editor.http.get(DASHBOARDS).status_code == 401
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET expires_at = now() + interval '1 hour'"))
    assert editor.http.get(DASHBOARDS).status_code == 401
