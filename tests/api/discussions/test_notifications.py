"""F81: who hears of a comment, and who does not."""

import pytest
from sqlalchemy import Engine, func, select, text, update

from dataviz_pipelines.core.models.tables import Notification, User
from tests.api.dashboards.boards import board, grant, made
from tests.api.discussions.threads import COMMENTS, NOTIFICATIONS, answered, said, told, write
from tests.api.people import People, Person

MENTION = ("comment_mention", "You were mentioned on the dashboard Sales")
REPLY = ("comment_reply", "There is a reply on the dashboard Sales")


def _all(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(Notification)).scalar_one()


@pytest.fixture
def owner(people: People) -> Person:
    return people("editor")


@pytest.fixture
def reader(people: People) -> Person:
    return people("analyst")


@pytest.fixture
def shared(owner: Person, reader: Person, app_engine: Engine) -> str:
    """The id of a dashboard that the reader may see."""
    dashboard_id: str = board(owner)["id"]
    grant(app_engine, reader, "dashboard", dashboard_id)
    return dashboard_id


def test_f81_who_is_mentioned_is_told_where(
    owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    with app_engine.begin() as connection:
        names = {"first_name": "Ada", "last_name": "Lovelace"}
        connection.execute(update(User).where(User.id == owner.id).values(names))
    comment = said(owner, shared, f"@{reader.email.upper()} and @{reader.id}: why?")
    (item,) = made(reader.http.get(NOTIFICATIONS))["items"]
    assert (item["notification_type"], item["title"]) == MENTION
    assert item["message"] == "In a comment by Ada Lovelace."
    assert (item["action_url"], item["is_read"]) == (f"/comments/{comment['id']}", False)
    assert reader.http.get(f"/api/v1{item['action_url']}").status_code == 200


def test_f81_nobody_hears_of_what_they_may_not_see_and_the_writer_does_not_learn_it(
    people: People, owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    stranger, disabled = people("editor"), people("super_admin")
    with app_engine.begin() as connection:
        connection.execute(update(User).where(User.id == disabled.id).values(is_active=False))
    names = (stranger.email, str(stranger.id), disabled.email, "nobody@example.org", owner.email)
    shown = [said(owner, shared, f"@{name}") for name in (*names, reader.email)]
    for comment in shown:
        assert set(comment) == set(shown[0])
    assert told(stranger) == told(owner) == []
    assert told(reader) == [MENTION]
    assert _all(app_engine) == 1


def test_s35_who_saw_it_once_hears_no_more(
    owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    comment = said(reader, shared, "Why?")
    with app_engine.begin() as connection:
        connection.execute(text("UPDATE resource_permissions SET expires_at = now()"))
    answered(owner, comment, f"@{reader.email} A holiday.")
    assert told(reader) == []


def test_f81_a_reply_tells_all_who_take_part_in_the_thread_once(
    people: People, owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    third, outside = people("analyst"), people("analyst")
    for person in (third, outside):
        grant(app_engine, person, "dashboard", shared)
    said(outside, shared, "Another thread")
    first = said(reader, shared, "Why?")
    reply = answered(owner, first, "A holiday.")
    assert (told(reader), told(owner)) == ([REPLY], [])
    answered(third, reply, f"Really, @{owner.email}?")
    assert (told(owner), told(reader)) == ([MENTION], [REPLY, REPLY])
    assert (told(third), told(outside)) == ([], [])


def test_f81_a_changed_comment_tells_only_whom_it_mentions_anew(
    people: People, owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    other = people("analyst")
    grant(app_engine, other, "dashboard", shared)
    comment = said(owner, shared, f"@{reader.email}?")
    patch = {"comment_text": f"@{reader.email}, @{other.email}?"}
    made(owner.http.patch(f"{COMMENTS}/{comment['id']}", json=patch))
    assert (told(reader), told(other)) == ([MENTION], [MENTION])


def test_f81_a_comment_that_is_refused_tells_nobody(
    owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    crowd = " ".join(f"@p{number}@example.org" for number in range(20))
    assert write(owner, shared, f"@{reader.email} {crowd}").status_code == 422
    assert _all(app_engine) == 0


def test_s33_notifications_are_ones_own(
    people: People, owner: Person, reader: Person, shared: str
) -> None:
    said(owner, shared, f"@{reader.email}?")
    (item,) = made(reader.http.get(NOTIFICATIONS))["items"]
    path = f"{NOTIFICATIONS}/{item['id']}"
    for person in (owner, people("super_admin")):
        assert person.http.get(path).status_code == 404
        assert person.http.patch(path, json={"is_read": True}).status_code == 404
        assert person.http.delete(path).status_code == 404
        assert made(person.http.get(f"{NOTIFICATIONS}/unread")) == {"unread": 0}
        assert made(person.post(f"{NOTIFICATIONS}/read")) == {"marked": 0}
    assert made(reader.http.get(f"{NOTIFICATIONS}/unread")) == {"unread": 1}


def test_f81_notifications_are_counted_and_marked_one_by_one_and_all_at_once(
    owner: Person, reader: Person, shared: str
) -> None:
    for _ in range(3):
        said(owner, shared, f"@{reader.email}?")
    first = made(reader.http.get(NOTIFICATIONS))["items"][0]
    path = f"{NOTIFICATIONS}/{first['id']}"
    assert made(reader.http.patch(path, json={"is_read": True}))["is_read"] is True
    assert made(reader.http.get(f"{NOTIFICATIONS}/unread")) == {"unread": 2}
    page = made(reader.http.get(NOTIFICATIONS, params={"is_read": "false", "count": "true"}))
    assert page["total"] == 2
    assert made(reader.post(f"{NOTIFICATIONS}/read")) == {"marked": 2}
    assert made(reader.post(f"{NOTIFICATIONS}/read")) == {"marked": 0}
    assert made(reader.http.get(f"{NOTIFICATIONS}/unread")) == {"unread": 0}
    assert reader.http.delete(path).status_code == 204
    assert len(told(reader)) == 2
    assert reader.http.patch(path, json={"title": "Other"}).status_code == 422


def test_f81_a_notification_that_expired_is_gone(
    owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    said(owner, shared, f"@{reader.email}?")
    with app_engine.begin() as connection:
        connection.execute(text("UPDATE notifications SET expires_at = now()"))
    assert told(reader) == []
    assert made(reader.http.get(f"{NOTIFICATIONS}/unread")) == {"unread": 0}
    assert made(reader.post(f"{NOTIFICATIONS}/read")) == {"marked": 0}
