"""Sharing: who may share what with whom, and what that lets them do."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, delete

from dataviz_pipelines.core.models.tables import ApiKey, Dashboard, ResourcePermission
from dataviz_pipelines.core.security.tokens import API_KEY_PREFIX, new_token, token_hash
from tests.api.access.things import PATHS, PREFIX, Things
from tests.api.people import People, Person

GRANTS = f"{PREFIX}/grants"


def a_grant(thing: UUID, principal: Person | UUID, level: str = "view", **values: Any) -> Any:
    is_person = isinstance(principal, Person)
    return {
        "resource_type": "dashboard",
        "resource_id": str(thing),
        "principal_type": "user" if is_person else "role",
        "principal_id": str(principal.id if isinstance(principal, Person) else principal),
        "permission_type": level,
        **values,
    }


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:dataviz:")


def ids(person: Person, **asked: str) -> list[str]:
    answer = person.http.get(GRANTS, params={"count": "true", **asked})
    assert answer.status_code == 200, answer.text
    items = [each["id"] for each in answer.json()["items"]]
    assert answer.json()["total"] == len(items)
    return items


@pytest.fixture
def owner(people: People) -> Person:
    return people("editor")


@pytest.fixture
def guest(people: People) -> Person:
    return people("viewer")


@pytest.fixture
def board(things: Things, owner: Person) -> UUID:
    return things.make("dashboard", owner)


def test_an_owner_shares_changes_it_and_takes_it_back(
    owner: Person, guest: Person, board: UUID
) -> None:
    path = f"{PREFIX}/dashboards/{board}"
    assert guest.http.get(path).status_code == 404
    made = owner.post(GRANTS, a_grant(board, guest))
    assert (made.status_code, made.json()["granted_by"]) == (201, str(owner.id))
    assert guest.http.get(path).status_code == 200
    assert guest.http.patch(path, json={"name": "Theirs"}).status_code == 403
    grant = made.headers["location"]
    assert owner.http.get(grant).json() == made.json()
    changed = owner.http.patch(
        grant, json={"permission_type": "edit"}, headers={"If-Match": made.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["permission_type"]) == (200, "edit")
    assert guest.http.patch(path, json={"name": "Theirs"}).status_code == 200
    assert guest.http.delete(path).status_code == 403
    assert owner.http.delete(grant).status_code == 204
    assert guest.http.get(path).status_code == 404


def test_each_level_lets_do_what_the_one_below_it_does_and_more(
    people: People, things: Things, owner: Person, board: UUID
) -> None:
    statuses = {}
    for level in ("view", "edit", "manage"):
        person = people()
        things.grant("dashboard", board, person, level)
        path = f"{PREFIX}/dashboards/{board}"
        statuses[level] = [
            person.http.get(path).status_code,
            person.http.patch(path, json={"description": level}).status_code,
            person.post(GRANTS, a_grant(board, owner)).status_code,
            person.http.get(GRANTS).json()["items"] != [],
        ]
    assert statuses == {
        "view": [200, 403, 403, False],
        "edit": [200, 200, 403, False],
        "manage": [200, 200, 201, True],
    }


def test_what_is_shared_with_a_role_is_for_everybody_who_has_it(
    people: People, things: Things, owner: Person, board: UUID
) -> None:
    role = things.new_role()
    inside, outside = people(), people()
    things.give(inside, role)
    assert owner.post(GRANTS, a_grant(board, role)).status_code == 201
    path = f"{PREFIX}/dashboards/{board}"
    assert [each.http.get(path).status_code for each in (inside, outside)] == [200, 404]


@pytest.mark.parametrize("kind", PATHS)
def test_things_of_every_kind_are_shared(
    people: People, guest: Person, things: Things, kind: str
) -> None:
    owner = people("admin")
    thing = things.make(kind, owner)
    path = f"{PREFIX}/{PATHS[kind]}/{thing}"
    assert guest.http.get(path).status_code == 404
    assert owner.post(GRANTS, a_grant(thing, guest, resource_type=kind)).status_code == 201
    assert guest.http.get(path).status_code == 200


def test_s35_an_expired_grant_gives_nothing(
    people: People, things: Things, owner: Person, board: UUID
) -> None:
    path = f"{PREFIX}/dashboards/{board}"
    for lasts, status in (("1 hour", 200), ("-1 second", 404)):
        role = things.new_role()
        in_person, by_role = people(), people()
        things.give(by_role, role)
        things.grant("dashboard", board, in_person, "manage", lasts=lasts)
        things.grant("dashboard", board, role, "manage", lasts=lasts)
        for person in (in_person, by_role):
            assert person.http.get(path).status_code == status
            listed = person.http.get(f"{PREFIX}/dashboards", params={"count": "true"}).json()
            assert listed["total"] == (status == 200)
            assert (ids(person) == []) == (status == 404)
            shared = person.post(GRANTS, a_grant(board, owner))
            assert shared.status_code == (422 if status == 404 else shared.status_code)
            assert shared.status_code != 403


def test_s35_the_time_of_a_grant_is_the_callers_to_say_in_any_zone(
    owner: Person, guest: Person, board: UUID
) -> None:
    path = f"{PREFIX}/dashboards/{board}"
    past = a_grant(board, guest, expires_at="2020-01-01T00:00:00+02:00")
    made = owner.post(GRANTS, past)
    assert made.json()["expires_at"] == "2019-12-31T22:00:00Z"
    assert guest.http.get(path).status_code == 404
    assert owner.http.patch(made.headers["location"], json={"expires_at": None}).status_code == 200
    assert guest.http.get(path).status_code == 200


def test_the_same_again_is_the_same_grant_and_ends_when_the_latest_says(
    owner: Person, guest: Person, board: UUID
) -> None:
    first = owner.post(GRANTS, a_grant(board, guest))
    again = owner.post(GRANTS, a_grant(board, guest, expires_at="2999-01-01T00:00:00Z"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["expires_at"] == "2999-01-01T00:00:00Z"
    other = owner.post(GRANTS, a_grant(board, guest, "edit"))
    assert other.status_code == 201
    clash = owner.http.patch(other.headers["location"], json={"permission_type": "view"})
    assert kind_of(clash) == (409, "DuplicateRow")


def test_grants_are_seen_by_who_may_manage_the_thing_and_by_nobody_else(
    people: People, things: Things, owner: Person, guest: Person, board: UUID
) -> None:
    other = things.make("dashboard", people("editor"))
    one = str(things.grant("dashboard", board, guest))
    two = str(things.grant("dashboard", other, guest))
    three = str(things.grant("saved_query", things.make("saved_query", owner), guest))
    assert set(ids(people("admin"))) == {one, two, three}
    assert set(ids(owner)) == {one, three}
    assert ids(owner, resource_type="dashboard", resource_id=str(board)) == [one]
    assert ids(guest) == []
    assert ids(people("analyst")) == []
    for person in (owner, guest):
        assert person.http.get(f"{GRANTS}/{two}").status_code == 404
        assert person.http.patch(f"{GRANTS}/{two}", json={}).status_code == 404
        assert person.http.delete(f"{GRANTS}/{two}").status_code == 404


def test_an_owner_without_the_permission_to_share_shares_nothing(
    people: People, things: Things, guest: Person
) -> None:
    analyst = people("analyst")
    query = things.make("saved_query", analyst)
    things.grant("saved_query", query, guest)
    asked = a_grant(query, guest, resource_type="saved_query")
    assert kind_of(analyst.post(GRANTS, asked)) == (403, "PermissionDenied")
    assert ids(analyst) == []


def test_s33_what_is_not_there_and_what_may_not_be_seen_are_refused_alike(
    guest: Person, owner: Person, board: UUID
) -> None:
    texts = []
    for thing in (board, uuid4()):
        answer = guest.post(GRANTS, a_grant(thing, owner))
        assert kind_of(answer) == (422, "InvalidRow")
        texts.append(answer.text.replace(str(thing), "").partition("request_id")[0])
    assert texts[0] == texts[1]


def test_what_is_shared_with_nobody_is_refused(
    people: People, things: Things, owner: Person, board: UUID
) -> None:
    gone = people()
    things.disable(gone)
    asked = [
        a_grant(board, uuid4()),
        a_grant(board, uuid4(), principal_type="user"),
        a_grant(board, gone),
        a_grant(board, owner, principal_type="role"),
    ]
    for body in asked:
        answer = owner.post(GRANTS, body)
        assert kind_of(answer) == (422, "NoSuchPrincipal")
        assert answer.json()["errors"][0]["pointer"] == "/principal_id"
    assert owner.post(GRANTS, a_grant(board, owner, "own")).status_code == 422


def test_an_api_key_shares_within_its_scopes(
    client: httpx.Client, things: Things, owner: Person, guest: Person, board: UUID
) -> None:
    def asked(*scopes: str) -> int:
        key = new_token(API_KEY_PREFIX)
        things.insert(
            ApiKey,
            user_id=owner.id,
            name=key[:20],
            prefix=key[:12],
            key_hash=token_hash(key),
            scopes=list(scopes),
        )
        headers = {"Authorization": f"Bearer {key}"}
        return client.post(GRANTS, json=a_grant(board, guest), headers=headers).status_code

    assert asked("dashboards:view", "grants:edit") == 201
    assert asked("dashboards:view", "grants:view") == 403
    assert asked("grants:edit") == 422


def test_a_thing_that_goes_takes_its_grants_with_it(
    app_engine: Engine, owner: Person, guest: Person, things: Things, board: UUID
) -> None:
    grant = owner.post(GRANTS, a_grant(board, guest)).headers["location"]
    with app_engine.begin() as connection:
        connection.execute(delete(Dashboard).where(Dashboard.id == board))
    assert owner.http.get(grant).status_code == 404
    assert things.count(ResourcePermission) == 0


def test_whom_to_share_with_is_found_by_name_or_by_the_whole_address(
    people: People, things: Things, owner: Person, guest: Person
) -> None:
    ada, gone = people(email="ada@example.org"), people(email="adam@example.org")
    ada.http.patch(f"{PREFIX}/me", json={"first_name": "Ada", "last_name": "100%_Lovelace"})
    things.disable(gone)

    def found(**asked: str) -> list[tuple[str, str]]:
        items = owner.http.get(f"{PREFIX}/principals", params=asked).json()["items"]
        return [(each["principal_type"], each["name"]) for each in items]

    named = [("user", "Ada 100%_Lovelace")]
    assert found(q="lovel") == found(q="0%_l") == found(q="ADA@example.org") == named
    assert found(q="ada@example") == found(q="adam") == found(q="a%e") == []
    assert found(q="viewer") == [("role", "viewer")]
    assert ("user", guest.email) in found(principal_type="user", limit="50")
    assert len(found(limit="2")) == 2
    assert guest.http.get(f"{PREFIX}/principals").status_code == 403


def test_a_grant_comes_with_the_names_of_both_ends(
    owner: Person, guest: Person, things: Things, board: UUID
) -> None:
    things.grant("dashboard", board, guest)
    things.grant("dashboard", board, things.role("viewer"))
    things.grant("dashboard", board, uuid4())
    asked = {"include": "principal,resource"}
    items = owner.http.get(GRANTS, params=asked).json()["items"]
    names = [each["principal"] and each["principal"]["name"] for each in items]
    assert sorted(names, key=str) == sorted([guest.email, "viewer", None], key=str)
    assert {each["resource"]["name"][:9] for each in items} == {"dashboard"}


def test_f89_who_shared_what_is_in_the_audit(
    people: People, owner: Person, guest: Person, board: UUID
) -> None:
    owner.post(GRANTS, a_grant(board, guest))
    asked = {"resource_type": "resource_permissions"}
    (entry,) = people("admin").http.get(f"{PREFIX}/audit-logs", params=asked).json()["items"]
    assert (entry["user_id"], entry["action_type"]) == (str(owner.id), "create")
    assert entry["new_values"]["principal_id"] == str(guest.id)
