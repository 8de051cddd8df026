"""S26 to S32: what browsers are told, and what pages of other sites cannot make them do."""

from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from api.matrix import route_accesses
from dataviz_pipelines.core.settings import Settings
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import COOKIE, ME, RESETS, SESSIONS, cookies_of, log_in, status
from tests.api.crud.samples import BODIES, PREFIX, ROWS, Samples
from tests.api.people import People, Person
from tests.api.serving import serving
from tests.core.accounts.somebody import PASSWORD, done

HOST = "dataviz.example.org"
JSON = {"content-type": "application/json"}


@pytest.fixture
def ada(members: Members) -> Person:
    return members("editor", email="ada@example.org")


def by_cookie(client: httpx.Client, person: Person, **headers: str) -> int:
    """What a request that changes something is answered, which is 200 or 403."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    cookie = {"cookie": f"{COOKIE}={person.token}", "host": HOST}
    body = {"first_name": "Eve"}
    return client.patch(ME, json=body, headers=cookie | named).status_code


def test_S26_a_page_of_another_origin_changes_nothing(ada: Person, client: httpx.Client) -> None:
    for origin in (
        *("https://evil.example", "null", "", f"https://{HOST}.evil.example", f"https://x{HOST}"),
        *(f"https://{HOST}:8443", f"https://{HOST}@evil.example", "https://", f"{HOST}"),
    ):
        assert by_cookie(client, ada, origin=origin) == 403, origin
        assert by_cookie(client, ada, origin=origin, sec_fetch_site="same-origin") == 403, origin
    for site in ("cross-site", "same-site", ""):
        assert by_cookie(client, ada, sec_fetch_site=site) == 403, site
    assert by_cookie(client, ada) == 403
    assert by_cookie(client, ada, origin=f"https://{HOST}") == 200
    assert by_cookie(client, ada, x_dataviz_csrf="") == 200


def test_S26_a_page_that_came_without_tls_changes_nothing_of_one_that_came_with_it(
    ada: Person, client: httpx.Client
) -> None:
    tls = {"x_forwarded_for": "203.0.113.1", "x_forwarded_proto": "https"}
    assert by_cookie(client, ada, origin=f"http://{HOST}", **tls) == 403
    assert by_cookie(client, ada, origin=f"https://{HOST}", **tls) == 200
    assert by_cookie(client, ada, origin=f"http://{HOST}") == 200


def test_S26_every_route_that_changes_something_refuses_the_cookie_alone(
    app: FastAPI, people: People, client: httpx.Client
) -> None:
    admin = people(is_admin=True)
    headers = {"cookie": f"{COOKIE}={admin.token}", "origin": "https://evil.example"}
    form = {"file": ("a.csv", b"a\n1\n")}
    tried = 0
    for route in route_accesses(app):
        if route.method not in ("POST", "PUT", "PATCH", "DELETE") or route.needs == "open":
            continue
        path = _filled(route.path)
        answer = client.request(route.method, path, content="{}", headers=headers | JSON)
        if answer.status_code == 415:  # it takes files, which forms can send
            answer = client.request(route.method, path, files=form, headers=headers)
        assert answer.status_code == 403, f"{route.method} {route.path}"
        tried += 1
    assert tried > 50
    assert status(client, admin.token) == 200


def test_S26_a_form_of_another_site_logs_nobody_in(ada: Person, client: httpx.Client) -> None:
    text = f'{{"email": "{ada.email}", "password": "{PASSWORD}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {"content-type": kind, "origin": "https://evil.example"}
        answer = client.post(SESSIONS, content=text, headers=headers)
        assert (answer.status_code, cookies_of(answer)) == (415, {})


def test_S27_json_sent_as_something_else_is_a_415(ada: Person, client: httpx.Client) -> None:
    for path, text in ((RESETS, f'{{"email": "{ada.email}"}}'), (ME, '{"first_name": "Eve"}')):
        for kind in ("text/plain", "text/plain; a=application/json", "application/jsonx"):
            method = "PATCH" if path == ME else "POST"
            headers = {"content-type": kind, "authorization": f"Bearer {ada.token}"}
            answer = client.request(method, path, content=text, headers=headers)
            assert answer.status_code == 415, (path, kind)


_END_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'api'"
)


def test_S28_no_get_changes_anything(
    app: FastAPI, people: People, app_engine: Engine, owner_engine: Engine
) -> None:
    """In a database that takes no changes, every GET is answered as ever."""
    admin = people(is_admin=True)
    samples = Samples(app_engine, admin)
    ids = {f"{PREFIX}/{path}/{{id}}": str(samples.row(path)) for path in {**BODIES, **ROWS}}
    name = owner_engine.url.database
    done(owner_engine, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    done(owner_engine, _END_CONNECTIONS)
    assert admin.post(f"{PREFIX}/dashboards", {"name": "Sales"}).status_code >= 500
    tried = 0
    for route in route_accesses(app):
        if route.method != "GET" or route.path.startswith("/dagster"):
            continue
        path = route.path.replace("{id}", ids.get(_row_of(route.path), str(uuid4())))
        with admin.http.stream("GET", _filled(path)) as answer:
            assert answer.status_code < 500, f"{route.path}: {answer.status_code}"
        tried += 1
    assert tried > 50


def _row_of(path: str) -> str:
    return path.partition("{id}")[0] + "{id}"


def _filled(path: str) -> str:
    """With something for each parameter."""
    parts = path.split("/")
    return "/".join(_value(part) if part.startswith("{") else part for part in parts)


def _value(parameter: str) -> str:
    return str(uuid4()) if "id" in parameter else "1"


def test_S29_only_listed_origins_are_answered_to(database_settings: Settings) -> None:
    listed = {"cors_origins": "https://bi.example.org"}
    app = create_app(database_settings.model_copy(update=listed))
    with serving(app) as client:
        for origin, allowed in (
            ("https://bi.example.org", "https://bi.example.org"),
            ("https://evil.example", None),
            ("http://bi.example.org", None),
            ("https://bi.example.org.evil.example", None),
            ("null", None),
        ):
            asked = {"origin": origin, "access-control-request-method": "POST"}
            for answer in (
                client.get(ME, headers={"origin": origin}),
                client.options(SESSIONS, headers=asked),
            ):
                assert answer.headers.get("access-control-allow-origin") == allowed, origin


def test_S31_browsers_are_told_to_come_with_tls_when_they_did(client: httpx.Client) -> None:
    for path in ("/health/live", ME, "/api/nothing", "/"):
        headers = {"x-forwarded-for": "203.0.113.1", "x-forwarded-proto": "https"}
        found = client.get(path, headers=headers).headers["strict-transport-security"]
        age = int(found.partition("max-age=")[2].partition(";")[0])
        assert age >= 365 * 86_400
        assert "strict-transport-security" not in client.get(path).headers


def test_S31_S66_whether_it_was_tls_is_for_a_trusted_proxy_to_say(
    database_settings: Settings,
) -> None:
    with serving(create_app(database_settings)) as client:
        answer = client.get("/health/live", headers={"x-forwarded-proto": "https"})
    assert "strict-transport-security" not in answer.headers


def test_S32_nothing_of_accounts_is_stored_on_the_way(ada: Person, client: httpx.Client) -> None:
    found = [
        log_in(client, ada.email),
        log_in(client, ada.email, "wrong"),
        client.post(RESETS, json={"email": ada.email}),
        client.get(ME),
        *(ada.http.get(path) for path in (ME, SESSIONS, "/api/v1/api-keys", "/api/v1/users")),
        ada.post("/api/v1/api-keys", {"name": "Nightly"}),
        ada.http.delete(f"{SESSIONS}/current"),
    ]
    assert [each.status_code for each in found] == [
        201,
        401,
        202,
        401,
        200,
        200,
        200,
        403,
        201,
        204,
    ]
    assert {each.headers["cache-control"] for each in found} == {"no-store"}
