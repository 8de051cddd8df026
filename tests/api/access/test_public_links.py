"""F76: links that show a dashboard to whoever has one."""

from typing import Any
from uuid import UUID, uuid4

import bcrypt
import httpx
import pytest
from sqlalchemy import Engine, select, text, update

from api.schemas.access import PublicLinkOpened
from dataviz_pipelines.core.models.tables import LoginThrottle, PublicLink
from dataviz_pipelines.core.security.tokens import token_hash
from tests.api.access.things import PREFIX, Things
from tests.api.people import People, Person

LINKS = f"{PREFIX}/public-links"
PUBLIC = f"{PREFIX}/public/dashboards"
PASSWORD = "blue cat walks"


@pytest.fixture
def owner(people: People) -> Person:
    return people("editor")


@pytest.fixture
def board(things: Things, owner: Person) -> UUID:
    things.show_public_dashboards()
    return things.make("dashboard", owner, name="Sales")


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:dataviz:")


def opened(person: Person, board: UUID, **values: Any) -> dict[str, Any]:
    answer = person.post(LINKS, {"dashboard_id": str(board), "name": "For all", **values})
    assert answer.status_code == 201, answer.text
    link: dict[str, Any] = answer.json()
    PublicLinkOpened.model_validate(link)
    return link


def status(client: httpx.Client, link: dict[str, Any]) -> int:
    return client.get(f"{PUBLIC}/{link['token']}").status_code


def test_f76_a_link_shows_the_dashboard_to_somebody_who_is_not_logged_in(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board)
    assert link["url"].endswith(f"{PUBLIC}/{link['token']}")
    shown = client.get(f"{PUBLIC}/{link['token']}")
    assert (shown.status_code, shown.json()["name"]) == (200, "Sales")
    assert shown.headers["cache-control"] == "no-store"


def test_f76_a_token_is_shown_once_and_kept_by_its_hash(
    app_engine: Engine, owner: Person, board: UUID
) -> None:
    link = opened(owner, board, password=PASSWORD)
    token = link["token"]
    assert len(token) > 40
    read = owner.http.get(f"{LINKS}/{link['id']}")
    listed = owner.http.get(LINKS)
    assert token not in read.text + listed.text
    assert {"token", "url", "token_hash", "password_hash"}.isdisjoint(read.json())
    assert token.startswith(read.json()["token_prefix"])
    with app_engine.begin() as connection:
        row = connection.execute(select(PublicLink.token_hash, PublicLink.password_hash)).one()
        dumped, audited = (
            connection.execute(text(f"SELECT string_agg(item::text, '') FROM {table} AS item"))
            .scalar_one()
            .lower()
            for table in ("public_links", "audit_logs")
        )
    assert row.token_hash == token_hash(token)
    assert row.password_hash.startswith("$2b$12$")
    for secret in (token, PASSWORD):
        assert secret.lower() not in dumped + audited
    assert row.password_hash.lower() not in audited
    assert row.token_hash not in audited


def test_f76_a_link_ends_when_it_expires_and_lasts_when_that_is_taken_back(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board, expires_at="2020-01-01T00:00:00Z")
    assert status(client, link) == 404
    path = f"{LINKS}/{link['id']}"
    assert owner.http.patch(path, json={"expires_at": None}).status_code == 200
    assert status(client, link) == 200


def test_f76_a_rotated_link_has_another_token_and_the_old_one_is_over(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board)
    rotated = owner.post(f"{LINKS}/{link['id']}/rotate")
    assert (rotated.status_code, rotated.json()["id"]) == (200, link["id"])
    assert (status(client, link), status(client, rotated.json())) == (404, 200)


def test_f76_a_revoked_link_is_over_for_good_and_stays_in_the_list(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board)
    path = f"{LINKS}/{link['id']}"
    assert [owner.http.delete(path).status_code for _ in range(2)] == [204, 204]
    assert status(client, link) == 404
    assert kind_of(owner.post(f"{path}/rotate")) == (409, "LinkRevoked")
    (listed,) = owner.http.get(LINKS).json()["items"]
    assert listed["revoked_at"] is not None


def test_f76_uses_are_counted_and_are_no_changes(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board)
    path = f"{LINKS}/{link['id']}"
    before = owner.http.get(path)
    assert (before.json()["use_count"], before.json()["last_used_at"]) == (0, None)
    for _ in range(3):
        assert status(client, link) == 200
    after = owner.http.get(path)
    assert after.json()["use_count"] == 3
    assert after.json()["last_used_at"] is not None
    assert after.headers["etag"] == before.headers["etag"]


def test_f76_the_inventory_is_of_what_one_may_publish(
    people: People, things: Things, owner: Person, board: UUID
) -> None:
    other = people("editor")
    theirs = things.make("dashboard", other)
    one, two = opened(owner, board)["id"], opened(other, theirs)["id"]

    def listed(person: Person, **asked: str) -> set[str]:
        page = person.http.get(LINKS, params={"count": "true", **asked}).json()
        assert page["total"] == len(page["items"])
        return {each["id"] for each in page["items"]}

    assert listed(owner) == {one}
    assert listed(people("admin")) == {one, two}
    assert listed(people("admin"), dashboard_id=str(theirs)) == {two}
    named = owner.http.get(LINKS, params={"include": "dashboard"}).json()["items"]
    assert [each["dashboard"] for each in named] == [{"id": str(board), "name": "Sales"}]
    manager, viewer = people("viewer"), people("viewer")
    things.grant("dashboard", board, manager, "manage")
    things.grant("dashboard", board, viewer, "edit")
    assert listed(manager) == {one}
    assert listed(viewer) == set()
    for call in (
        viewer.http.get(f"{LINKS}/{one}"),
        viewer.http.delete(f"{LINKS}/{one}"),
        viewer.post(f"{LINKS}/{one}/rotate"),
        viewer.http.patch(f"{LINKS}/{one}", json={"name": "Mine"}),
    ):
        assert call.status_code == 404


def test_f76_a_password_is_asked_for_with_post(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board, password=PASSWORD)
    assert link["has_password"] is True
    path = f"{PUBLIC}/{link['token']}"
    assert kind_of(client.get(path)) == (401, "LinkPassword")
    assert kind_of(client.post(path, json={"password": "wrong"})) == (401, "LinkPassword")
    right = client.post(path, json={"password": PASSWORD})
    assert (right.status_code, right.json()["name"]) == (200, "Sales")
    assert owner.http.get(f"{LINKS}/{link['id']}").json()["use_count"] == 1


def test_f76_a_password_is_changed_and_taken_away(
    client: httpx.Client, owner: Person, board: UUID
) -> None:
    link = opened(owner, board, password=PASSWORD)
    path, public = f"{LINKS}/{link['id']}", f"{PUBLIC}/{link['token']}"
    assert owner.http.patch(path, json={"password": "red dog runs"}).status_code == 200
    assert client.post(public, json={"password": PASSWORD}).status_code == 401
    assert client.post(public, json={"password": "red dog runs"}).status_code == 200
    assert owner.http.patch(path, json={"password": None}).json()["has_password"] is False
    assert client.get(public).status_code == 200


@pytest.mark.parametrize("password", ["short", "password", "x" * 73])
def test_f76_a_password_that_others_would_guess_is_refused(
    owner: Person, board: UUID, password: str
) -> None:
    body = {"dashboard_id": str(board), "name": "For all", "password": password}
    assert kind_of(owner.post(LINKS, body)) == (422, "WeakPassword")


def test_f76_guessing_a_password_is_slowed_down_for_the_right_one_too(
    app_engine: Engine, client: httpx.Client, owner: Person, board: UUID
) -> None:
    link, other = (opened(owner, board, password=PASSWORD) for _ in range(2))
    path = f"{PUBLIC}/{link['token']}"
    with app_engine.begin() as connection:
        quick = bcrypt.hashpw(b"nobody knows", bcrypt.gensalt(4)).decode()
        connection.execute(update(PublicLink).values(password_hash=quick))
    answers = [client.post(path, json={"password": "wrong"}).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert "retry-after" in client.post(path, json={"password": PASSWORD}).headers
    same = client.post(f"{PUBLIC}/{other['token']}", json={"password": "wrong"})
    assert same.status_code == 401
    with app_engine.begin() as connection:
        connection.execute(update(LoginThrottle).values(blocked_until=text("now()")))
    assert client.post(path, json={"password": "wrong"}).status_code == 401


def test_links_are_made_while_the_setting_is_on(
    client: httpx.Client, things: Things, owner: Person, board: UUID
) -> None:
    link = opened(owner, board)
    things.show_public_dashboards(on=False)
    assert status(client, link) == 404
    body = {"dashboard_id": str(board), "name": "For all"}
    assert kind_of(owner.post(LINKS, body)) == (409, "PublicDashboardsOff")
    assert kind_of(owner.post(f"{LINKS}/{link['id']}/rotate")) == (409, "PublicDashboardsOff")
    things.show_public_dashboards()
    assert status(client, link) == 200


def test_links_are_made_by_who_may_publish_the_dashboard(
    people: People, things: Things, board: UUID
) -> None:
    body = {"dashboard_id": str(board), "name": "For all"}
    person = people("viewer")
    for thing in (board, uuid4()):
        refused = person.post(LINKS, {**body, "dashboard_id": str(thing)})
        assert kind_of(refused) == (422, "InvalidRow")
    for level, expected in (("view", 403), ("edit", 403), ("manage", 201)):
        things.grant("dashboard", board, person, level)
        assert person.post(LINKS, body).status_code == expected


def test_what_the_key_of_a_public_dashboard_may_look_like(
    client: httpx.Client, board: UUID
) -> None:
    for key in ("x", "dvl_", "dvl_" + "a" * 40, str(uuid4()), str(board), "0" * 32):
        answer = client.get(f"{PUBLIC}/{key}")
        assert kind_of(answer) == (404, "NotPublic"), key
    assert client.get(f"{PUBLIC}/{'a' * 101}").status_code == 422
    assert client.get(f"{PUBLIC}/%00").status_code == 422
