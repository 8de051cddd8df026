"""Connections are tried out: saved ones, and ones that are not."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import Engine, text

from api import connecting
from tests.api.people import People, Person
from tests.api.sources.asking import SOURCES, created, kept, pointers, share
from tests.core.sources.given import bigquery
from tests.core.sources.places import Place
from tests.core.sources.test_trying import listening
from tests.servers.processes import free_port


def test_a_saved_one_that_answers(admin: Person, place: Place) -> None:
    path = created(admin, place)
    told = admin.post(f"{path}/test")
    assert told.status_code == 200, told.text
    body = told.json()
    assert (body["is_ok"], body["reason"], body["message"], body["remedy"]) == (
        True,
        None,
        None,
        None,
    )
    assert body["server_version"].startswith(("PostgreSQL ", "MariaDB "))
    row = admin.http.get(path).json()
    assert (row["test_status"], row["test_reason"], row["test_message"]) == ("ok", None, None)
    assert row["last_tested_at"] is not None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"password": "wr0ng-s3cret"}, "password"),
        ({"host": "does-not-exist.invalid"}, "name_not_resolved"),
        ({"host": "169.254.169.254"}, "blocked_address"),
        ({"tls_mode": "require"}, "tls"),
    ],
)
def test_S45_why_it_does_not_answer_is_told_and_kept(
    admin: Person, place: Place, app_engine: Engine, change: dict[str, Any], reason: str
) -> None:
    path = created(admin, place, **change)
    body = admin.post(f"{path}/test").json()
    assert (body["is_ok"], body["reason"], body["server_version"]) == (False, reason, None)
    assert body["message"]
    assert body["remedy"]
    row = admin.http.get(path).json()
    assert (row["test_status"], row["test_reason"]) == ("failed", reason)
    assert body["message"] in row["test_message"]
    with app_engine.connect() as connection:
        audit = str(connection.execute(text("SELECT * FROM audit_logs")).all())
    for secret in (place.password, "wr0ng-s3cret"):
        assert secret not in str(body) + str(row) + audit


def test_its_own_query_is_run(admin: Person, place: Place) -> None:
    path = created(admin, place)
    admin.http.patch(path, json={"test_query": "SELECT a FROM hidden"})
    body = admin.post(f"{path}/test").json()
    assert body["reason"] == "permission"
    assert "hidden" in body["message"]


@pytest.mark.parametrize(
    "query",
    ["DELETE FROM cities", "SELECT 1; DROP TABLE cities", "SELECT load_file(pg_read_file('x'))"],
)
def test_S53_its_own_query_only_reads(admin: Person, place: Place, query: str) -> None:
    """Whoever may edit a data source need not know its password, and on BigQuery no transaction keeps anybody from writing."""
    path = created(admin, place)
    admin.http.patch(path, json={"test_query": query})
    saved = admin.post(f"{path}/test").json()
    body = {"connection": place.document(), "test_query": query}
    unsaved = admin.post(f"{SOURCES}/test", body).json()
    for told in (saved, unsaved):
        assert (told["reason"], told["server_version"]) == ("query", None)
        assert "SELECT" in told["remedy"] or "function" in told["message"]


def test_one_that_was_not_saved(admin: Person, place: Place, app_engine: Engine) -> None:
    told = admin.post(f"{SOURCES}/test", {"connection": place.document()})
    assert (told.status_code, told.json()["is_ok"]) == (200, True), told.text
    assert admin.http.get(SOURCES).json()["items"] == []
    with app_engine.connect() as connection:
        details = connection.execute(
            text(
                "SELECT new_values FROM audit_logs WHERE action_type = 'test_connection' AND user_id = :id"
            ),
            {"id": admin.id},
        ).scalar_one()
    assert details == {
        "connection_type": place.connection_type,
        "host": "127.0.0.1",
        "port": place.port,
        "database": place.database,
        "user": place.user,
        "reason": None,
    }


def test_one_that_was_not_saved_and_does_not_answer(admin: Person, place: Place) -> None:
    body = {"connection": place.document(port=free_port()), "test_query": "SELECT 2"}
    assert admin.post(f"{SOURCES}/test", body).json()["reason"] == "refused"


def test_on_bigquery(admin: Person, bigquery_endpoint: str) -> None:
    connection = {
        "connection_type": "bigquery",
        "project": "dataviz-test",
        "endpoint": bigquery_endpoint,
    }
    told = admin.post(f"{SOURCES}/test", {"connection": connection}).json()
    assert (told["is_ok"], told["server_version"]) == (True, "BigQuery"), told


def test_S50_what_is_refused_is_not_tried(admin: Person) -> None:
    answer = admin.post(f"{SOURCES}/test", {"connection": bigquery(type="authorized_user")})
    assert pointers(answer) == ["/connection/service_account/type"]


def test_S44_a_secret_that_does_not_open_is_a_reason(
    admin: Person, postgresql: Place, app_engine: Engine
) -> None:
    path = created(admin, postgresql)
    created(admin, postgresql, "Store")
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE data_sources SET connection_config = "
                "(SELECT connection_config FROM data_sources WHERE name = 'Store')"
            )
        )
    assert admin.post(f"{path}/test").json()["reason"] == "secret"
    assert kept(app_engine, path, "test_status, test_reason") == ("failed", "secret")


def test_a_result_says_nothing_of_a_connection_that_came_meanwhile(
    admin: Person, postgresql: Place
) -> None:
    """The server lets the test wait until the data source is connected in another way."""
    came = threading.Event()
    with listening(None, came) as port:
        path = created(admin, postgresql, port=port, limits={"connect_timeout_s": 4})
        told: list[Any] = []
        thread = threading.Thread(target=lambda: told.append(admin.post(f"{path}/test")))
        thread.start()
        assert came.wait(60)
        changed = admin.http.put(f"{path}/connection", json=postgresql.document())
        thread.join(60)
    assert changed.status_code == 200
    assert told[0].json()["reason"] == "timeout"
    assert admin.http.get(path).json()["test_status"] == "untested"


def test_R21_a_server_that_hangs_holds_up_nobody_else(
    admin: Person, postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread hangs on for its connection's time, but the person is told."""
    monkeypatch.setattr(connecting, "LONGEST_S", 0.2)
    with listening(None) as port:
        path = created(admin, postgresql, port=port, limits={"connect_timeout_s": 5})
        started = time.monotonic()
        assert admin.post(f"{path}/test").json()["reason"] == "timeout"
        assert time.monotonic() - started < 4
        assert admin.http.get(path).json()["test_reason"] == "timeout"


def test_R17_more_tests_than_there_is_room_for_are_refused(
    admin: Person, postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "MAX_WAITING", 0)
    answer = admin.post(f"{created(admin, postgresql)}/test")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:dataviz:TooManyTests")


@pytest.mark.parametrize(
    ("level", "status"), [(None, 404), ("view", 403), ("edit", 403), ("manage", 200)]
)
def test_S33_testing_is_for_those_who_may(
    admin: Person,
    people: People,
    app_engine: Engine,
    postgresql: Place,
    level: str | None,
    status: int,
) -> None:
    path, analyst = created(admin, postgresql), people("analyst")
    if level is not None:
        share(app_engine, path, analyst, level)
    assert analyst.post(f"{path}/test").status_code == status
    unsaved = analyst.post(f"{SOURCES}/test", {"connection": postgresql.document()})
    assert unsaved.status_code == 403
