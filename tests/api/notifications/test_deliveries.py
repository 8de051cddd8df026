"""F55: whoever a message was for sees what became of it, and administrators do, without reading it."""

from typing import Any

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel
from dataviz_pipelines.core.notifications import MAIL, Notice, notify
from dataviz_pipelines.core.sql import execute
from tests.api.people import People, Person

PATH = "/api/v1/notification-deliveries"
OPS = NotificationChannel(kind="webhook", target="ops")


@pytest.fixture
def ada(people: People, app_engine: Engine) -> Person:
    """Was told something that was mailed to her and posted."""
    person = people("viewer")
    with app_engine.begin() as connection:
        notify(connection, Notice("x", "A title", "What it says"), [person.id], [MAIL, OPS])
        execute(
            connection,
            "UPDATE notification_deliveries SET status = 'failed', attempt_count = 8, last_error = 'It is away.'",
            {},
        )
    return person


def seen(person: Person, **query: str) -> list[dict[str, Any]]:
    answer = person.http.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_a_person_sees_what_was_sent_of_what_they_were_told(ada: Person) -> None:
    assert {(each["channel_kind"], each["status"], each["last_error"]) for each in seen(ada)} == {
        ("email", "failed", "It is away."),
        ("webhook", "failed", "It is away."),
    }
    (notification,) = ada.http.get("/api/v1/notifications").json()["items"]
    assert len(seen(ada, notice_id=notification["notice_id"])) == 2


@pytest.mark.usefixtures("ada")
def test_others_see_nothing_of_it_and_administrators_do_not_read_it(people: People) -> None:
    assert seen(people("editor")) == []
    found = seen(people("admin"), status="failed")
    assert len(found) == 2
    assert not [each for each in found if "title" in each or "message" in each]


def test_what_failed_is_sent_again_by_whom_it_was_for(ada: Person, people: People) -> None:
    mail, post = (
        next(each["id"] for each in seen(ada) if each["channel_kind"] == kind)
        for kind in ("email", "webhook")
    )
    assert people("editor").post(f"{PATH}/{mail}/retry").status_code == 404
    again = ada.post(f"{PATH}/{mail}/retry").json()
    assert (again["status"], again["attempt_count"]) == ("queued", 0)
    assert ada.post(f"{PATH}/{mail}/retry").status_code == 409
    assert ada.post(f"{PATH}/{post}/retry").status_code == 403
    assert people("admin").post(f"{PATH}/{post}/retry").json()["status"] == "queued"
