"""Administering accounts: nobody raises themselves, nor touches whoever may do more than they."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import ME, RESETS, log_in, status
from tests.api.people import People, Person
from tests.core.accounts.somebody import done, fetched

USERS = "/api/v1/users"


@pytest.fixture
def admin(people: People) -> Person:
    return people(is_admin=True)


@pytest.fixture
def clerk(people: People, app_engine: Engine) -> Person:
    """Somebody whose own role lets them see, make, change and disable accounts, and look at dashboards."""
    role = (
        "INSERT INTO roles (name, permissions) VALUES ('clerk', "
        '\'["users:view", "users:create", "users:edit", "users:delete", "dashboards:view"]\')'
    )
    done(app_engine, role)
    return people("clerk")


def change(by: Person, of: Person, **values: Any) -> httpx.Response:
    return by.http.patch(f"{USERS}/{of.id}", json=values)


def test_an_account_is_made_and_its_owner_sets_the_password(
    admin: Person, client: httpx.Client
) -> None:
    answer = admin.post(USERS, {"email": "eve@example.org", "timezone": "Europe/Berlin"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["is_admin"], made["is_active"], made["email_verified"]) == (False, True, False)
    assert made["created_by"] == str(admin.id)
    assert log_in(client, "eve@example.org", "").status_code == 401
    token = made["invitation_url"].partition("#reset=")[2]
    body = {"token": token, "password": "another horse battery"}
    assert client.post(f"{RESETS}/confirm", json=body).status_code == 204
    assert log_in(client, "eve@example.org", "another horse battery").status_code == 201
    shown = admin.http.get(answer.headers["location"])
    assert "invitation_url" not in shown.json()
    assert shown.json()["last_login_at"] is not None


def test_S38_no_answer_holds_a_hash(admin: Person, members: Members) -> None:
    ada = members()
    found = [
        admin.http.get(USERS),
        admin.http.get(f"{USERS}/{ada.id}"),
        change(admin, ada, first_name="Ada"),
        ada.http.get(ME),
        admin.post(USERS, {"email": "eve@example.org"}),
    ]
    for answer in found:
        assert answer.is_success
        assert not [word for word in ("$2b$", "hash") if word in answer.text]


def test_an_address_is_one_persons_whatever_its_case(admin: Person, people: People) -> None:
    ada, eve = people(email="Ada@Example.org"), people(email="eve@example.org")
    made = admin.post(USERS, {"email": "aDA@example.ORG"})
    moved = change(admin, eve, email="ADA@EXAMPLE.ORG")
    for answer in (made, moved):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:DuplicateRow")
        assert answer.json()["detail"] == "There is another user with the same email."
    assert change(admin, ada, email="ada@example.org").status_code == 200


def test_what_is_no_address_is_a_422(admin: Person) -> None:
    for email in (
        *("", "ada", "@example.org", "ada@", "a b@example.org", "ada@example.org\nBcc: x@y.z"),
        *("a@b,c@d", "<a@b>", '"a"@b', "a@b@c", "a@b\u2028c", "a" * 250 + "@b.org"),
    ):
        answer = admin.post(USERS, {"email": email})
        assert answer.status_code == 422, email
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/email"]


def test_S37_what_is_not_theirs_to_set_is_a_422(admin: Person, people: People) -> None:
    ada = people()
    for field in ("is_admin", "email", "email_verified", "is_active", "id", "password_hash"):
        assert ada.http.patch(ME, json={field: True}).status_code == 422, field
    for field in ("id", "password_hash", "created_by", "email_verified", "last_login_at"):
        assert admin.post(USERS, {"email": "e@example.org", field: None}).status_code == 422, field
        assert change(admin, ada, **{field: None}).status_code == 422, field


def test_nobody_raises_themselves_or_others_above_themselves(clerk: Person, people: People) -> None:
    viewer = people()
    for person in (clerk, viewer):
        assert change(clerk, person, is_admin=True).status_code == 403
    assert clerk.post(USERS, {"email": "e@example.org", "is_admin": True}).status_code == 403
    assert change(viewer, viewer, is_admin=True).status_code == 403
    assert clerk.http.get(f"{USERS}/{clerk.id}").json()["is_admin"] is False


def test_what_changes_nothing_about_administrators_is_no_matter_of_theirs(
    clerk: Person, people: People
) -> None:
    made = clerk.post(USERS, {"email": "e@example.org", "is_admin": False})
    assert made.status_code == 201
    assert change(clerk, people(), first_name="Ada", is_admin=False).status_code == 200


@pytest.mark.parametrize("roles", [["super_admin"], ["admin"], ["editor"], ["analyst"], []])
def test_nobody_touches_whoever_may_do_more(
    clerk: Person, people: People, client: httpx.Client, roles: list[str]
) -> None:
    above = people(*roles, is_admin=not roles)
    tried = [
        change(clerk, above, email="mine@evil.example"),
        change(clerk, above, first_name="Eve"),
        change(clerk, above, is_active=False),
        clerk.http.delete(f"{USERS}/{above.id}"),
        clerk.http.get(f"{USERS}/{above.id}/sessions"),
        clerk.http.delete(f"{USERS}/{above.id}/sessions"),
    ]
    assert [answer.status_code for answer in tried] == [403] * 6
    assert status(client, above.token) == 200


def test_whoever_may_do_no_more_can_be_changed_and_disabled(
    clerk: Person, people: People, client: httpx.Client
) -> None:
    equal, below = people("clerk"), people()
    for person in (equal, below):
        assert change(clerk, person, email=f"moved-{person.email}").status_code == 200
        assert clerk.http.delete(f"{USERS}/{person.id}").status_code == 204
        assert status(client, person.token) == 401
        assert clerk.http.get(f"{USERS}/{person.id}").json()["is_active"] is False


def test_a_role_that_somebody_is_given_lifts_them_out_of_reach_at_once(
    clerk: Person, people: People, app_engine: Engine
) -> None:
    ada = people()
    assert change(clerk, ada, first_name="Ada").status_code == 200
    done(
        app_engine,
        "INSERT INTO user_roles (user_id, role_id) SELECT :id, id FROM roles WHERE name = 'editor'",
        id=ada.id,
    )
    assert change(clerk, ada, email="mine@evil.example").status_code == 403


def test_the_last_administrator_stays(admin: Person, people: People) -> None:
    gone = people("super_admin")
    assert change(admin, gone, is_active=False).status_code == 200
    for answer in (
        change(admin, admin, is_admin=False),
        change(admin, admin, is_active=False),
        admin.http.delete(f"{USERS}/{admin.id}"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:LastAdmin")
    assert admin.http.get(ME).json()["is_admin"] is True
    assert change(admin, admin, first_name="Ada", is_admin=True, is_active=True).status_code == 200


def test_with_another_who_may_do_everything_an_administrator_may_go(
    admin: Person, people: People
) -> None:
    people("super_admin")
    assert change(admin, admin, is_admin=False).status_code == 200


def test_who_a_disabled_person_is_stays_in_what_they_did(
    admin: Person, people: People, app_engine: Engine
) -> None:
    ada = people("editor")
    assert ada.post("/api/v1/dashboards", {"name": "Sales"}).status_code == 201
    assert admin.http.delete(f"{USERS}/{ada.id}").status_code == 204
    assert fetched(app_engine, "SELECT created_by FROM dashboards") == [ada.id]


def test_a_change_rests_on_what_was_read(admin: Person, people: People) -> None:
    ada = people()
    path = f"{USERS}/{ada.id}"
    tag = admin.http.get(path).headers["etag"]
    change(admin, ada, first_name="Ada")
    late = admin.http.patch(path, json={"first_name": "Eve"}, headers={"if-match": tag})
    assert late.status_code == 412
    assert admin.http.get(path).json()["first_name"] == "Ada"


def test_a_person_changes_their_own_profile_and_nothing_else_of_it(people: People) -> None:
    ada = people()
    values = {"first_name": "Ada", "last_name": None, "timezone": "Asia/Tokyo"}
    assert ada.http.patch(ME, json=values).json() | values == ada.http.get(ME).json()
    for wrong in (
        {"timezone": "Mars/Olympus"},
        {"timezone": None},
        {"avatar_url": "javascript:alert(1)"},
        {"first_name": "a\0b"},
        {"first_name": "x" * 101},
    ):
        assert ada.http.patch(ME, json=wrong).status_code == 422, wrong


def test_S33_accounts_that_do_not_exist_are_not_found(admin: Person) -> None:
    path = f"{USERS}/00000000-0000-7000-8000-000000000000"
    found = [
        admin.http.get(path),
        admin.http.patch(path, json={"first_name": "A"}),
        admin.http.delete(path),
        admin.http.get(f"{path}/sessions"),
        admin.http.delete(f"{path}/sessions"),
    ]
    assert [answer.status_code for answer in found] == [404] * 5


def test_S33_people_without_permission_see_no_accounts(admin: Person, people: People) -> None:
    viewer = people("viewer")
    for path in (
        USERS,
        f"{USERS}/{admin.id}",
        f"{USERS}/{viewer.id}",
        f"{USERS}/{admin.id}/sessions",
    ):
        assert viewer.http.get(path).status_code == 403
