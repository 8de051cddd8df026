"""Roles: what they let do, who may change them, who gives them to whom."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.access.things import PREFIX, Things
from tests.api.people import People, Person

ROLES = f"{PREFIX}/roles"
SYSTEM = ["admin", "analyst", "editor", "super_admin", "uploader", "viewer"]


def held(person: Person, role: Any) -> str:
    return f"{PREFIX}/users/{person.id}/roles/{role}"


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:dataviz:")


def test_f87_the_six_default_roles_are_listed(admin: Person) -> None:
    items = admin.http.get(ROLES, params={"is_system_role": "true"}).json()["items"]
    assert [each["name"] for each in items] == SYSTEM
    assert items[3]["permissions"] == ["*"]


def test_a_role_is_made_changed_searched_and_deleted(admin: Person) -> None:
    body = {"name": "Auditors", "permissions": ["audit_logs:view"]}
    made = admin.post(ROLES, body)
    assert (made.status_code, made.json()["is_system_role"]) == (201, False)
    path = made.headers["location"]
    changed = admin.http.patch(
        path, json={"description": "They look"}, headers={"If-Match": made.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["description"]) == (200, "They look")
    assert changed.json()["permissions"] == ["audit_logs:view"]
    stale = admin.http.patch(path, json={"name": "X"}, headers={"If-Match": made.headers["etag"]})
    assert stale.status_code == 412
    found = admin.http.get(ROLES, params={"q": "they", "count": "true"}).json()
    assert (found["total"], found["items"]) == (1, [admin.http.get(path).json()])
    assert admin.http.delete(path).status_code == 204
    assert admin.http.get(path).status_code == 404


def test_a_role_with_a_permission_nobody_knows_or_a_name_that_is_taken_is_refused(
    admin: Person,
) -> None:
    answer = admin.post(ROLES, {"name": "Odd", "permissions": ["dashboards:explode"]})
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/permissions/0"]
    assert kind_of(admin.post(ROLES, {"name": "viewer"})) == (409, "DuplicateRow")


@pytest.mark.parametrize("name", SYSTEM)
def test_the_platforms_own_roles_stay_as_they_are(admin: Person, things: Things, name: str) -> None:
    path = f"{ROLES}/{things.role(name)}"
    assert kind_of(admin.http.patch(path, json={"permissions": []})) == (409, "SystemRole")
    assert kind_of(admin.http.delete(path)) == (409, "SystemRole")


def test_nobody_makes_or_changes_a_role_with_more_than_they_have(
    people: People, things: Things
) -> None:
    clerk = people()
    things.give(clerk, things.new_role("roles:view", "roles:create", "roles:edit", "roles:delete"))
    assert clerk.post(ROLES, {"name": "Same", "permissions": ["roles:view"]}).status_code == 201
    more = {"name": "More", "permissions": ["roles:view", "users:edit"]}
    assert kind_of(clerk.post(ROLES, more)) == (403, "PermissionDenied")
    assert kind_of(clerk.post(ROLES, {"name": "All", "permissions": ["*"]}))[0] == 403
    less = f"{ROLES}/{things.new_role('roles:view')}"
    refused = clerk.http.patch(less, json={"permissions": ["audit_logs:view"]})
    assert kind_of(refused) == (403, "PermissionDenied")
    higher = f"{ROLES}/{things.new_role('audit_logs:view')}"
    assert kind_of(clerk.http.patch(higher, json={"permissions": []}))[0] == 403
    assert kind_of(clerk.http.delete(higher))[0] == 403


def test_a_role_that_somebody_has_is_not_deleted(
    admin: Person, people: People, things: Things
) -> None:
    role = things.new_role("dashboards:view")
    person = people()
    things.give(person, role)
    assert kind_of(admin.http.delete(f"{ROLES}/{role}")) == (409, "RowInUse")
    assert admin.http.delete(held(person, role)).status_code == 204
    assert admin.http.delete(f"{ROLES}/{role}").status_code == 204


def test_s24_a_role_counts_from_the_next_request_whether_given_or_taken(
    admin: Person, people: People, things: Things
) -> None:
    person, role = people(), things.role("analyst")
    asked = f"{PREFIX}/saved-queries"
    body = {"name": "Mine", "query_text": "SELECT 1"}
    body |= {"data_source_id": str(things.make("data_source", person))}
    assert person.post(asked, body).status_code == 403
    assert admin.http.put(held(person, role)).status_code == 204
    assert person.post(asked, body).status_code == 201
    assert admin.http.delete(held(person, role)).status_code == 204
    assert person.post(asked, body).status_code == 403


def test_s24_what_is_taken_from_a_role_is_taken_from_who_has_it(
    admin: Person, people: People, things: Things
) -> None:
    role = things.new_role("audit_logs:view")
    person = people()
    things.give(person, role)
    asked = f"{PREFIX}/audit-logs"
    assert person.http.get(asked).status_code == 200
    for change, status in (
        ({"is_active": False}, 403),
        ({"is_active": True}, 200),
        ({"permissions": []}, 403),
    ):
        assert admin.http.patch(f"{ROLES}/{role}", json=change).status_code == 200
        assert person.http.get(asked).status_code == status, change


def test_the_roles_of_a_person_are_listed_with_who_gave_them(
    admin: Person, people: People, things: Things
) -> None:
    person = people("viewer")
    for _ in range(2):
        assert admin.http.put(held(person, things.role("editor"))).status_code == 204
    items = admin.http.get(f"{PREFIX}/users/{person.id}/roles").json()["items"]
    assert [(each["name"], each["given_by"]) for each in items] == [
        ("editor", str(admin.id)),
        ("viewer", None),
    ]


def test_who_or_what_is_not_there_is_not_found(
    admin: Person, people: People, things: Things
) -> None:
    person, nobody = people(), admin.id.__class__(int=1)
    viewer = things.role("viewer")
    assert admin.http.put(held(person, nobody)).status_code == 404
    assert admin.http.put(f"{PREFIX}/users/{nobody}/roles/{viewer}").status_code == 404
    assert admin.http.get(f"{PREFIX}/users/{nobody}/roles").status_code == 404
    assert kind_of(admin.http.delete(held(person, viewer))) == (404, "RoleNotHeld")


def test_nobody_gives_what_they_do_not_have_nor_takes_from_who_has_more(
    admin: Person, people: People, things: Things
) -> None:
    manager, person = people("admin"), people()
    everything = things.role("super_admin")
    assert kind_of(manager.http.put(held(person, everything))) == (403, "PermissionDenied")
    assert manager.http.put(held(manager, everything)).status_code == 403
    assert manager.http.put(held(person, things.role("editor"))).status_code == 204
    assert manager.http.delete(held(admin, everything)).status_code == 403
    assert manager.http.put(held(admin, things.role("viewer"))).status_code == 403


def test_somebody_is_always_left_who_may_do_everything(
    admin: Person, people: People, things: Things
) -> None:
    everything = things.role("super_admin")
    assert kind_of(admin.http.delete(held(admin, everything))) == (409, "LastAdmin")
    other = people("super_admin")
    assert admin.http.delete(held(admin, everything)).status_code == 204
    assert kind_of(other.http.delete(held(other, everything))) == (409, "LastAdmin")


def test_the_role_of_the_last_administrator_keeps_its_power(people: People, things: Things) -> None:
    role, chief = things.new_role("*"), people()
    things.give(chief, role)
    path = f"{ROLES}/{role}"
    changes: tuple[dict[str, Any], ...] = ({"permissions": []}, {"is_active": False})
    for change in changes:
        assert kind_of(chief.http.patch(path, json=change)) == (409, "LastAdmin")
    assert chief.http.patch(path, json={"name": "Chiefs"}).status_code == 200


def test_two_administrators_who_step_back_at_once_leave_one(people: People, things: Things) -> None:
    everything = things.role("super_admin")
    both = [people("super_admin"), people("super_admin")]

    def step_back(person: Person) -> int:
        return person.http.delete(held(person, everything)).status_code

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(step_back, both)) == [204, 409]


def test_f89_who_gave_and_took_a_role_is_in_the_audit(
    admin: Person, people: People, things: Things
) -> None:
    person, role = people(), things.role("viewer")
    admin.http.put(held(person, role))
    admin.http.delete(held(person, role))
    asked = {"resource_type": "user_roles", "user_id": str(admin.id)}
    items = admin.http.get(f"{PREFIX}/audit-logs", params=asked).json()["items"]
    assert [each["action_type"] for each in items] == ["delete", "create"]
    assert items[0]["old_values"]["user_id"] == str(person.id)
