"""Creating data sources, and connecting them in another way: S38, S42, S47 to S51, and who may do it."""

import logging
import subprocess
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, make_url, text

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.binaries import find_binaries
from tests.api.people import People, Person
from tests.api.sources.asking import SOURCES, created, kept, pointers, share
from tests.core.sources.given import SERVER, bigquery
from tests.core.sources.places import Place

PLACE = Place("postgresql", 5432, "shop", "reader", "s3cret-Passw0rd", "")
SECRETS = (PLACE.password, "n3w-s3cret", "PRIVATE KEY")


def test_a_data_source_is_created(admin: Person) -> None:
    answer = admin.post(
        SOURCES,
        {"name": "Shop", "connection": SERVER, "test_query": "SELECT 2", "is_active": False},
    )
    assert answer.status_code == 201, answer.text
    row = answer.json()
    assert {name: row[name] for name in ("name", "connection_type", "test_query", "is_active")} == {
        "name": "Shop",
        "connection_type": "postgresql",
        "test_query": "SELECT 2",
        "is_active": False,
    }
    assert (row["test_status"], row["test_reason"], row["last_tested_at"]) == (
        "untested",
        None,
        None,
    )
    assert row["created_by"] == str(admin.id)
    again = admin.http.get(answer.headers["location"])
    assert (again.json(), again.headers["etag"]) == (row, answer.headers["etag"])


def test_a_name_is_taken_once(admin: Person) -> None:
    created(admin, PLACE)
    assert admin.post(SOURCES, {"name": "Shop", "connection": SERVER}).status_code == 409


@pytest.mark.parametrize("document", [SERVER, bigquery()])
def test_S42_S38_secrets_are_in_no_answer_no_audit_no_log_and_no_dump(
    admin: Person,
    app_engine: Engine,
    database_settings: Settings,
    caplog: pytest.LogCaptureFixture,
    document: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    made = admin.post(SOURCES, {"name": "Shop", "connection": document})
    path = made.headers["location"]
    changed = document | ({"password": "n3w-s3cret"} if "password" in document else {})
    told = [
        made,
        admin.http.put(f"{path}/connection", json=changed),
        admin.http.get(f"{path}/connection"),
        admin.http.get(path),
        admin.http.get(SOURCES),
        admin.post(SOURCES, {"name": "Shop", "connection": document}),
        admin.post(SOURCES, {"name": "Store", "connection": document | {"passfile": "/x"}}),
        admin.post(SOURCES, {"name": "Store", "connection": document | {"limits": 5}}),
    ]
    assert [answer.status_code for answer in told] == [201, 200, 200, 200, 200, 409, 422, 422]
    with app_engine.connect() as connection:
        audit = str(connection.execute(text("SELECT * FROM audit_logs")).all())
    assert "connection_config" in audit
    sealed = kept(app_engine, path, "connection_config")[0]
    assert set(sealed) == {"key_id", "nonce", "ciphertext"}
    texts = [answer.text for answer in told] + [audit, str(sealed), caplog.text]
    texts.append(_dump(database_settings))
    for secret in SECRETS:
        assert [each[:200] for each in texts if secret in each] == []


def _dump(settings: Settings) -> str:
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    program = find_binaries().program("pg_dump")
    command = [program, url.render_as_string(hide_password=False)]
    found = subprocess.run(command, check=True, capture_output=True, timeout=120, text=True)
    assert "Shop" in found.stdout
    return found.stdout


def test_S38_whoever_may_edit_it_sees_all_but_the_secret(admin: Person) -> None:
    shown = admin.http.get(f"{created(admin, PLACE)}/connection").json()
    assert shown.pop("discovery")["schedule"] == "0 3 * * *"
    assert shown == {
        "connection_type": "postgresql",
        "host": "127.0.0.1",
        "port": 5432,
        "database": "shop",
        "user": "reader",
        "tls_mode": "disable",
        "ca_certificate": None,
        "limits": {"connect_timeout_s": 10, "statement_timeout_s": 300, "max_connections": 4},
        "has_password": True,
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"passfile": "/etc/passwd"}, "/connection/passfile"),
        ({"sslkey": "/etc/passwd"}, "/connection/sslkey"),
        ({"service": "x"}, "/connection/service"),
        ({"options": "-c x=y"}, "/connection/options"),
        ({"host": "/var/run/postgresql"}, "/connection/host"),
        ({"connection_type": "sqlite"}, "/connection"),
        ({"host": "file:///etc/passwd"}, "/connection/host"),
    ],
)
def test_S47_S49_what_could_mislead_a_driver_is_refused(
    admin: Person, change: dict[str, Any], pointer: str
) -> None:
    body = {"name": "Shop", "connection": SERVER | change}
    assert pointers(admin.post(SOURCES, body)) == [pointer]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "authorized_user"}, "/connection/service_account/type"),
        ({"token_uri": "https://evil.example"}, "/connection/service_account/token_uri"),
    ],
)
def test_S50_S51_only_service_accounts_of_google(
    admin: Person, change: dict[str, Any], pointer: str
) -> None:
    body = {"name": "Shop", "connection": bigquery(**change)}
    assert pointers(admin.post(SOURCES, body)) == [pointer]


def test_bigquery_needs_an_account(admin: Person) -> None:
    connection = {"connection_type": "bigquery", "project": "shop-123"}
    answer = admin.post(SOURCES, {"name": "Shop", "connection": connection})
    assert pointers(answer) == ["/connection/service_account"]


def put(person: Person, path: str, document: Any, **headers: str) -> httpx.Response:
    return person.http.put(f"{path}/connection", json=document, headers=headers)


def test_a_change_replaces_the_connection_and_what_is_known_of_it(
    admin: Person, app_engine: Engine
) -> None:
    path = created(admin, PLACE)
    with app_engine.begin() as connection:
        connection.execute(
            text("UPDATE data_sources SET test_status = 'ok', last_tested_at = now()")
        )
    before = kept(app_engine, path, "connection_config")
    answer = put(admin, path, PLACE.document(host="db.example.com", password="n3w-s3cret"))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["test_status"], answer.json()["last_tested_at"]) == ("untested", None)
    assert kept(app_engine, path, "connection_config") != before
    assert admin.http.get(f"{path}/connection").json()["host"] == "db.example.com"


def without_password(**changes: Any) -> dict[str, Any]:
    document = PLACE.document(**changes)
    del document["password"]
    return document


def test_a_password_that_is_left_out_is_kept(admin: Person) -> None:
    path = created(admin, PLACE)
    limits = {"max_connections": 2}
    assert put(admin, path, without_password(database="other", limits=limits)).status_code == 200
    shown = admin.http.get(f"{path}/connection").json()
    assert (shown["has_password"], shown["database"]) == (True, "other")
    assert shown["limits"]["max_connections"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"host": "evil.example"},
        {"port": 5433},
        {"user": "somebody"},
        {"tls_mode": "require"},
    ],
)
def test_S42_but_sent_to_nobody_else(admin: Person, change: dict[str, Any]) -> None:
    path = created(admin, PLACE)
    assert pointers(put(admin, path, without_password(**change))) == ["/password"]
    assert admin.http.get(f"{path}/connection").json()["host"] == "127.0.0.1"


def test_no_password_is_said_by_null(admin: Person) -> None:
    path = created(admin, PLACE)
    assert put(admin, path, PLACE.document(host="db.example.com", password=None)).status_code == 200
    assert admin.http.get(f"{path}/connection").json()["has_password"] is False


def test_a_service_account_that_is_left_out_is_kept(admin: Person) -> None:
    made = admin.post(SOURCES, {"name": "Shop", "connection": bigquery()})
    path = made.headers["location"]
    document = {"connection_type": "bigquery", "project": "other-456"}
    assert put(admin, path, document).status_code == 200
    shown = admin.http.get(f"{path}/connection").json()
    assert shown["project"] == "other-456"
    assert shown["client_email"] == "reader@shop-123.iam.gserviceaccount.com"


def test_one_that_is_gone_must_be_sent_again(admin: Person) -> None:
    made = admin.post(SOURCES, {"name": "Shop", "connection": bigquery()})
    path = made.headers["location"]
    document = {"connection_type": "bigquery", "project": "other-456"}
    assert put(admin, path, document | {"endpoint": "http://127.0.0.1:9050"}).status_code == 200
    assert pointers(put(admin, path, document)) == ["/service_account"]


def test_the_kind_of_a_data_source_stays(admin: Person) -> None:
    path = created(admin, PLACE)
    assert pointers(put(admin, path, bigquery())) == ["/connection_type"]


def test_F73_a_change_that_rests_on_an_old_state_is_refused(admin: Person) -> None:
    made = admin.post(SOURCES, {"name": "Shop", "connection": SERVER})
    path, etag = made.headers["location"], made.headers["etag"]
    assert put(admin, path, SERVER, **{"If-Match": etag}).status_code == 200
    assert put(admin, path, SERVER, **{"If-Match": etag}).status_code == 412


def test_S44_what_was_tampered_with_is_told_and_can_be_entered_again(
    admin: Person, app_engine: Engine
) -> None:
    path, other = created(admin, PLACE), created(admin, PLACE, "Store")
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE data_sources SET connection_config = "
                "(SELECT connection_config FROM data_sources WHERE name = 'Store')"
            )
        )
    answer = admin.http.get(f"{path}/connection")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:dataviz:TamperedSecret")
    assert put(admin, path, without_password()).status_code == 503
    assert put(admin, path, PLACE.document()).status_code == 200
    assert admin.http.get(f"{path}/connection").status_code == 200
    assert admin.http.get(f"{other}/connection").status_code == 200


@pytest.mark.parametrize(
    ("level", "statuses"), [(None, (404, 404)), ("view", (403, 403)), ("edit", (200, 200))]
)
def test_S33_the_connection_is_for_those_who_may_edit_it(
    admin: Person,
    people: People,
    app_engine: Engine,
    level: str | None,
    statuses: tuple[int, int],
) -> None:
    path, analyst = created(admin, PLACE), people("analyst")
    if level is not None:
        share(app_engine, path, analyst, level)
    shown = analyst.http.get(f"{path}/connection")
    changed = put(analyst, path, PLACE.document())
    assert (shown.status_code, changed.status_code) == statuses


def test_F92_a_disabled_data_source_says_so(admin: Person) -> None:
    path = created(admin, PLACE)
    assert admin.http.patch(path, json={"is_active": False}).json()["is_active"] is False
    page = admin.http.get(SOURCES, params={"is_active": "false"}).json()
    assert [item["name"] for item in page["items"]] == ["Shop"]
