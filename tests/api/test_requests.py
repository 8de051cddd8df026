"""What is looked at before a request reaches its route."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from dataviz_pipelines.core.models.tables import AuditLog
from tests.api.people import People

DASHBOARDS = "/api/v1/dashboards"


def test_s27_json_sent_as_text_is_refused(people: People) -> None:
    editor = people("editor")
    for headers in ({"content-type": "text/plain"}, {}):
        answer = editor.http.post(DASHBOARDS, content='{"name": "Sales"}', headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (
            415,
            "application/problem+json",
        )


def test_s41_a_body_over_the_limit_is_refused_while_it_is_read(people: People) -> None:
    def endless():  # type: ignore[no-untyped-def]  # a generator of bytes
        for _ in range(100):
            yield b" " * 100_000

    headers = {"content-type": "application/json"}
    editor = people("editor")
    assert editor.http.post(DASHBOARDS, content=endless(), headers=headers).status_code == 413
    text = b'{"name": "' + b"x" * 3_000_000 + b'"}'
    assert editor.http.post(DASHBOARDS, content=text, headers=headers).status_code == 413


def test_a_request_keeps_the_id_that_it_came_with(client: httpx.Client) -> None:
    given = client.get("/health/live", headers={"x-request-id": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    odd = client.get("/health/live", headers={"x-request-id": "a b\tc"})
    assert len(odd.headers["x-request-id"]) == 32


def test_s32_answers_to_people_are_not_stored(people: People) -> None:
    assert people("editor").http.get(DASHBOARDS).headers["cache-control"] == "no-store"


def test_s26_the_cookie_alone_changes_nothing_from_another_site(
    people: People, client: httpx.Client
) -> None:
    editor = people("editor")
    cookie = {"cookie": f"__Host-dataviz={editor.token}"}
    body = {"name": "Sales"}
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = client.post(DASHBOARDS, json=body, headers=cookie | headers)
        assert answer.status_code == 403, headers
    own = f"http://{client.base_url.host}:{client.base_url.port}"
    for headers in ({"origin": own}, {"sec-fetch-site": "same-origin"}, {"x-dataviz-csrf": "1"}):
        answer = client.post(DASHBOARDS, json=body, headers=cookie | headers)
        assert answer.status_code == 201, headers
    assert client.get(DASHBOARDS, headers=cookie).status_code == 200


def test_s29_an_origin_that_is_not_listed_is_not_answered_to(client: httpx.Client) -> None:
    headers = {"origin": "https://evil.example"}
    assert "access-control-allow-origin" not in client.get("/health/live", headers=headers).headers


def test_s66_a_forwarded_address_of_anybody_is_ignored(people: People, app_engine: Engine) -> None:
    path = people("editor").http.post(
        DASHBOARDS, json={"name": "Sales"}, headers={"x-forwarded-for": "203.0.113.9"}
    )
    with app_engine.connect() as connection:
        address = connection.execute(
            select(AuditLog.ip_address).where(AuditLog.resource_id == path.json()["id"])
        ).scalar_one()
    assert str(address) == "127.0.0.1"


def test_s65_a_refusal_is_noted_with_who_asked_for_what(people: People, app_engine: Engine) -> None:
    viewer = people("viewer")
    assert viewer.post(DASHBOARDS, {"name": "Sales"}).status_code == 403
    with app_engine.connect() as connection:
        row = connection.execute(
            select(AuditLog).where(AuditLog.action_type == "access_denied")
        ).one()
    assert (row.user_id, row.new_values["request"]) == (viewer.id, f"POST {DASHBOARDS}")
    assert viewer.token not in str(row)


def test_an_unexpected_error_leaves_the_connection_to_the_next_request(
    client: httpx.Client, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that sends its next request on the same connection is not met by a closed one."""

    def fail() -> None:
        raise RuntimeError("nobody expected this")

    app.add_api_route("/failing", fail)
    for _ in range(5):
        assert client.get("/failing").status_code == 500
        assert client.get("/health/live").status_code == 200
    assert caplog.text.count("nobody expected this") >= 5


@pytest.mark.parametrize(
    ("path", "target"),
    [("/api/v1/dashboards/?limit=1", "/api/v1/dashboards?limit=1"), ("/dagster", "/dagster/")],
)
def test_a_redirect_names_no_host_that_the_request_made_up(
    client: httpx.Client, path: str, target: str
) -> None:
    answer = client.get(path, headers={"host": "evil.example"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, target)
