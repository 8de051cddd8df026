"""F94: Dagster's UI behind the log-in, over HTTP, with the real webserver behind it."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from api.app import create_app
from dataviz_pipelines.core.settings import READ_ONLY_HEADER, Settings
from tests.api.dagster_ui.asking import GRAPHQL, MAY, READ, SENSOR_STATUS, START, asks, refusals
from tests.api.people import People, Person
from tests.api.serving import serving
from tests.servers.processes import free_port

PAGE = {"accept": "text/html,*/*", "sec-fetch-mode": "navigate"}


def sensor_status(person: Person) -> str:
    data = person.post(GRAPHQL, asks(SENSOR_STATUS)).json()["data"]
    status: str = data["sensorOrError"]["sensorState"]["status"]
    return status


def may(person: Person) -> set[bool]:
    answer = person.post(GRAPHQL, asks(MAY)).json()
    return {each["value"] for each in answer["data"]["permissions"]}


def test_f94_a_person_who_is_not_logged_in_is_sent_to_the_log_in(client: httpx.Client) -> None:
    answer = client.get("/dagster/runs?q=a%26b", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/?next=/dagster/runs%3Fq%3Da%2526b",
    )


@pytest.mark.parametrize("path", [GRAPHQL, "/dagster/", "/dagster/server_info", "/dagster/logs/a"])
def test_f94_nothing_is_answered_without_a_session(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"cookie": "__Host-dataviz=dvs_wrong"}).status_code == 401


def test_f94_a_post_without_a_session_is_refused_even_for_a_page(client: httpx.Client) -> None:
    assert client.post(GRAPHQL, json=asks(READ), headers=PAGE).status_code == 401


def test_f94_roles_decide_who_sees_it(people: People) -> None:
    statuses = {
        role: people(role).http.get("/dagster/", headers=PAGE).status_code
        for role in ("super_admin", "admin", "editor", "analyst", "viewer", "uploader")
    }
    assert statuses == {
        "super_admin": 200,
        "admin": 200,
        "editor": 200,
        "analyst": 200,
        "viewer": 200,
        "uploader": 403,
    }


def test_f94_a_viewer_reads_and_changes_nothing(people: People, app_engine: Engine) -> None:
    viewer = people("viewer")
    assert "data" in viewer.post(GRAPHQL, asks(READ)).json()
    answer = viewer.post(GRAPHQL, asks(START))
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert sensor_status(viewer) == "STOPPED"
    (noted,) = refusals(app_engine)
    assert noted == {
        "request": "POST /dagster/graphql",
        "reason": "This needs the permission pipelines:operate: startSensor.",
    }


def test_f94_dagsters_pages_know_what_the_person_may(people: People) -> None:
    assert may(people("viewer")) == {False}
    assert True in may(people("admin"))


def test_f94_an_admin_operates_it(people: People) -> None:
    admin = people("admin")
    assert sensor_status(admin) == "STOPPED"
    assert admin.post(GRAPHQL, asks(START)).json()["data"]["startSensor"]["__typename"] == "Sensor"
    assert sensor_status(admin) == "RUNNING"
    stop = START.replace("startSensor(sensorSelector", "resetSensor(sensorSelector")
    admin.post(GRAPHQL, asks(stop))
    assert sensor_status(admin) == "STOPPED"


SMUGGLED: list[dict[str, Any]] = [
    {"json": asks(f"query A {READ} {START.replace('mutation', 'mutation B')}", operationName="A")},
    {"json": asks(f"query A {READ} {START.replace('mutation', 'mutation B')}", operationName="B")},
    {"json": [asks(READ), asks(START)]},
    {"json": {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}},
    {"json": asks(READ, operationName=["A"])},
    {"json": asks("mutation {")},
    {"json": asks("{ a " * 30_000)},
    {"json": "mutation"},
    {"content": START, "headers": {"content-type": "application/graphql"}},
    {"content": b"", "params": {"query": START}},
    {"content": b"", "params": {"query": START}, "headers": {"content-type": "text/plain"}},
    {"files": {"operations": json.dumps(asks(START))}},
    {"data": {"query": START}},
    {"content": b"{", "headers": {"content-type": "application/json"}},
    {"content": b"\xff\xfe{", "headers": {"content-type": "application/json"}},
]


@pytest.mark.parametrize("request_", SMUGGLED, ids=range(len(SMUGGLED)))
def test_f94_no_other_form_of_a_request_gets_a_change_through(
    people: People, request_: dict[str, Any]
) -> None:
    viewer = people("viewer")
    answer = viewer.http.post(GRAPHQL, **request_)
    assert answer.status_code in (403, 415, 422), answer.text
    assert sensor_status(viewer) == "STOPPED"


def test_f94_what_is_judged_is_what_dagster_reads(people: People) -> None:
    """A parser that takes the first of two equal keys would have judged the other one."""
    viewer = people("viewer")
    body = f'{{"query": {json.dumps(START)}, "query": {json.dumps(READ)}}}'
    headers = {"content-type": "application/json"}
    assert "version" in viewer.http.post(GRAPHQL, content=body, headers=headers).json()["data"]
    body = f'{{"query": {json.dumps(READ)}, "query": {json.dumps(START)}}}'
    assert viewer.http.post(GRAPHQL, content=body, headers=headers).status_code == 403
    assert sensor_status(viewer) == "STOPPED"


def test_s28_a_get_changes_nothing_whoever_asks(people: People) -> None:
    admin = people("admin")
    assert admin.http.get(GRAPHQL, params={"query": START}).status_code == 405
    assert admin.http.head(GRAPHQL, params={"query": START}).status_code == 405
    page = admin.http.get(GRAPHQL, params={"query": START}, headers=PAGE)
    assert page.status_code == 405
    assert sensor_status(admin) == "STOPPED"
    assert "version" in admin.http.get(GRAPHQL, params={"query": READ}).json()["data"]


def test_s26_the_cookie_alone_operates_nothing_from_another_site(
    people: People, client: httpx.Client
) -> None:
    admin = people("admin")
    cookie = {"cookie": f"__Host-dataviz={admin.token}"}
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = client.post(GRAPHQL, json=asks(READ), headers=cookie | headers)
        assert answer.status_code == 403, headers
    own = {"origin": f"http://{client.base_url.netloc.decode()}"}
    assert client.post(GRAPHQL, json=asks(READ), headers=cookie | own).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/dagster/notebook?path=/a.ipynb&repoLocName=x",
        "/dagster/dagit/notebook?path=/a.ipynb&repoLocName=x",
        "/dagster/logs/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/dagster/logs/..%2f..%2fetc/passwd",
        "/dagster/logs/..%5c..%5cetc/passwd",
    ],
)
def test_f94_odd_paths_lead_nowhere(people: People, path: str) -> None:
    assert people("admin").http.get(path).status_code == 404


def test_f94_only_who_operates_reports_events(people: People) -> None:
    path = "/dagster/report_asset_materialization/somewhere"
    assert people("viewer").post(path, {}).status_code == 403
    assert people("admin").post(path, {}).status_code == 200
    assert people("admin").post("/dagster/runs", {}).status_code == 405


def test_f94_what_identifies_people_and_dagster_stays_on_its_side(people: People) -> None:
    admin = people("admin")
    marked = admin.http.get("/dagster/", headers={READ_ONLY_HEADER: "1", "cookie": "a=b"})
    assert "set-cookie" not in marked.headers
    assert "x-dagster-call-counts" not in marked.headers
    asked = admin.post(GRAPHQL, asks(MAY), headers={READ_ONLY_HEADER: "1"}).json()
    assert True in {each["value"] for each in asked["data"]["permissions"]}


def test_s30_dagsters_pages_keep_its_policy_and_get_ours_beside_it(people: People) -> None:
    page = people("viewer").http.get("/dagster/", headers=PAGE)
    policy = page.headers["content-security-policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'nonce="{nonce}"' in page.text
    for rule in (
        "base-uri 'none'",
        "object-src 'none'",
        "default-src 'self'",
        "form-action 'none'",
    ):
        assert rule in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"


def test_an_address_without_its_slash_leads_to_the_same_page(people: People) -> None:
    answer = people("viewer").http.get("/dagster", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/dagster/")


def test_what_is_named_by_its_content_is_kept_by_the_browser(people: People) -> None:
    http = people("viewer").http
    page = http.get("/dagster/").text
    script = page.split('src="/dagster/_next/static/')[1].split('"')[0]
    answer = http.get(f"/dagster/_next/static/{script}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, max-age=86400")
    etag = {"if-none-match": answer.headers["etag"]}
    assert http.get(f"/dagster/_next/static/{script}", headers=etag).status_code == 304


def test_without_dagster_the_answer_says_what_to_do(
    database_settings: Settings, app_engine: Engine
) -> None:
    app = create_app(database_settings.model_copy(update={"dagster_port": free_port()}))
    with serving(app) as client:
        people = People(app_engine, client.base_url)
        answer = people("viewer").http.get("/dagster/")
        people.close()
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:dataviz:DagsterUnavailable"
    assert "dataviz status" in answer.json()["remedy"]
