"""Webhooks and chat rooms over HTTP: what they are connected with goes in and never comes out."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.notifications.channels import ROTATION
from dataviz_pipelines.core.notifications.connections import AnyConnection, Webhook, opened
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sql import execute
from tests.api.people import People, Person

PATH = "/api/v1/notification-channels"
URL = "https://hooks.example.org/s3cret-path?token=s3cret-token"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@pytest.fixture
def admin(people: People) -> Person:
    return people("admin")


@pytest.fixture
def answers(admin: Person) -> list[str]:
    """The text of every answer that the administrator gets."""
    texts: list[str] = []

    def keep(answer: httpx.Response) -> None:
        texts.append(answer.read().decode() + str(answer.headers))

    admin.http.event_hooks["response"].append(keep)
    return texts


def create(admin: Person, **values: Any) -> dict[str, Any]:
    body = {"name": "ops", "channel_kind": "webhook", "url": URL, **values}
    answer = admin.post(PATH, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def connection(engine: Engine, settings: Settings, channel_id: str) -> AnyConnection:
    with engine.connect() as database:
        found = execute(database, "SELECT connection_config FROM notification_channels", {})
        return opened(found.fetchall()[0][0], UUID(channel_id), Vault(key_source(settings)))


def test_what_a_channel_is_connected_with_is_sealed_and_never_shown(
    admin: Person, answers: list[str], app_engine: Engine, database_settings: Settings
) -> None:
    made = create(admin)
    secret = made["signing_secret"]
    kept = connection(app_engine, database_settings, made["id"])
    assert isinstance(kept, Webhook)
    assert (kept.url.get_secret_value(), kept.secret.get_secret_value()) == (URL, secret)
    answers.clear()
    path = f"{PATH}/{made['id']}"
    admin.http.get(path)
    admin.http.get(PATH)
    admin.http.patch(path, json={"name": "operations"})
    admin.http.put(f"{path}/url", json={"url": f"{URL}-new"})
    admin.http.put(f"{path}/url", json={"url": f"ftp{URL}"})
    admin.http.put(f"{path}/url", json={"url": URL * 100})
    admin.post(PATH, {"name": "operations", "channel_kind": "webhook", "url": URL})
    admin.http.get("/api/v1/audit-logs")
    assert len(answers) == 8
    with app_engine.connect() as database:
        rows = execute(database, "SELECT to_jsonb(item) FROM audit_logs AS item", {}).fetchall()
    for text in (*answers, json.dumps(rows)):
        assert "s3cret" not in text
        assert secret not in text
    changed = connection(app_engine, database_settings, made["id"])
    assert changed == kept.model_copy(update={"url": changed.url})
    assert changed.url.get_secret_value() == f"{URL}-new"


def test_a_new_secret_signs_beside_the_one_before_for_a_day(
    admin: Person, app_engine: Engine, database_settings: Settings
) -> None:
    made = create(admin)
    rotated = admin.post(f"{PATH}/{made['id']}/rotate-secret").json()
    kept = connection(app_engine, database_settings, made["id"])
    assert isinstance(kept, Webhook)
    now = utc_now()
    assert kept.keys(now) == [rotated["signing_secret"], made["signing_secret"]]
    assert kept.keys(now + ROTATION + timedelta(seconds=1)) == [rotated["signing_secret"]]
    assert kept.url.get_secret_value() == URL


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "file:///etc/s3cret"),
        ("webhook", "https://ada:s3cret@hooks.example.org/"),
        ("webhook", SLACK),
        ("chat", URL),
        ("chat", "json://127.0.0.1/s3cret"),
    ],
)
def test_S45_a_place_that_is_none_is_refused_with_a_pointer(
    admin: Person, kind: str, url: str
) -> None:
    answer = admin.post(PATH, {"name": "ops", "channel_kind": kind, "url": url})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert "s3cret" not in answer.text


def test_messages_to_chat_services_are_not_signed(admin: Person) -> None:
    made = create(admin, channel_kind="chat", url=SLACK)
    assert made["signing_secret"] is None
    assert admin.post(f"{PATH}/{made['id']}/rotate-secret").status_code == 422


def test_a_test_is_queued_and_can_be_followed(admin: Person) -> None:
    made = create(admin)
    tried = admin.post(f"{PATH}/{made['id']}/test")
    assert tried.status_code == 202
    delivery = admin.http.get(f"/api/v1/notification-deliveries/{tried.json()['delivery_id']}")
    shown = delivery.json()
    assert (shown["status"], shown["target"], shown["channel_id"]) == ("queued", "ops", made["id"])


def test_who_may_not_edit_the_settings_has_nothing_to_do_with_channels(
    admin: Person, people: People
) -> None:
    path = f"{PATH}/{create(admin)['id']}"
    editor = people("editor")
    asked = [
        editor.http.get(PATH),
        editor.http.get(path),
        editor.post(PATH, {"name": "x", "channel_kind": "webhook", "url": URL}),
        editor.http.patch(path, json={"is_active": False}),
        editor.http.put(f"{path}/url", json={"url": URL}),
        editor.post(f"{path}/rotate-secret"),
        editor.post(f"{path}/test"),
        editor.http.delete(path),
    ]
    assert {answer.status_code for answer in asked} == {403}


def test_a_channel_is_renamed_switched_off_and_deleted(admin: Person) -> None:
    made = create(admin)
    path = f"{PATH}/{made['id']}"
    changed = admin.http.patch(path, json={"name": "operations", "is_active": False}).json()
    assert (changed["name"], changed["is_active"], changed["gets_alerts"]) == (
        "operations",
        False,
        False,
    )
    assert admin.http.get(PATH, params={"name": "operations"}).json()["items"] == [changed]
    assert (
        admin.post(PATH, {"name": "operations", "channel_kind": "webhook", "url": URL}).status_code
        == 409
    )
    assert admin.http.delete(path).status_code == 204
    assert admin.http.get(path).status_code == 404
