"""The audit over HTTP: all of it to those who may see it, nothing to others, and nobody writes it."""

from typing import Any
from uuid import uuid4

import pytest

from api.schemas.audit_logs import AuditLogRead
from tests.api.people import People, Person

PATH = "/api/v1/audit-logs"


@pytest.fixture
def admin(people: People) -> Person:
    return people("admin")


def items(person: Person, **asked: Any) -> list[dict[str, Any]]:
    answer = person.http.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_f89_a_change_over_http_is_there_with_who_what_and_from_where(admin: Person) -> None:
    created = admin.post("/api/v1/dashboards", {"name": "Sales"}, headers={"X-Request-Id": "r-1"})
    path = f"/api/v1/dashboards/{created.json()['id']}"
    admin.http.patch(path, json={"name": "Profit"}, headers={"User-Agent": "browser"})
    changed, made = items(admin, resource_id=created.json()["id"])
    assert (made["action_type"], made["request_id"]) == ("create", "r-1")
    assert (changed["old_values"], changed["new_values"]) == ({"name": "Sales"}, {"name": "Profit"})
    assert (changed["action_type"], changed["resource_type"]) == ("update", "dashboards")
    assert (changed["user_id"], changed["ip_address"]) == (str(admin.id), "127.0.0.1")
    assert changed["user_agent"] == "browser"
    AuditLogRead.model_validate(changed)


def test_a_refusal_is_in_the_audit(people: People, admin: Person) -> None:
    viewer = people("viewer")
    assert viewer.http.get(PATH).status_code == 403
    (refused,) = items(admin, action_type="access_denied")
    assert refused["user_id"] == str(viewer.id)


@pytest.mark.parametrize("role", ["editor", "analyst", "viewer", "uploader"])
def test_who_may_not_see_the_audit_is_refused(people: People, admin: Person, role: str) -> None:
    row = items(admin)[0]
    person = people(role)
    assert person.http.get(PATH).status_code == 403
    assert person.http.get(f"{PATH}/{row['id']}").status_code == 403


def test_pages_go_from_the_newest_to_the_oldest_and_miss_nothing(admin: Person) -> None:
    whole = [item["id"] for item in items(admin, limit=200)]
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while cursor is not None:
        page = admin.http.get(PATH, params={"limit": 20, **cursor}).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
    assert found[: len(whole)] == whole
    assert len(found) == len(set(found))
    times = [item["timestamp"] for item in items(admin, limit=200)]
    assert times == sorted(times, reverse=True)


def test_it_can_be_narrowed_to_a_person_an_action_a_resource_and_a_time(
    people: People, admin: Person
) -> None:
    other = people("editor")
    other.post("/api/v1/dashboards", {"name": "Other"})
    admin.post("/api/v1/dashboards", {"name": "Mine"})
    (row,) = items(admin, user_id=str(other.id), action_type="create", resource_type="dashboards")
    assert row["new_values"]["name"] == "Other"
    newer = items(admin, resource_type="dashboards", timestamp_since=row["timestamp"])
    assert [item["new_values"]["name"] for item in newer] == ["Mine", "Other"]
    older = items(admin, resource_type="dashboards", timestamp_before=row["timestamp"])
    assert older == []


def test_one_row_can_be_looked_at_and_says_who_the_person_is(admin: Person) -> None:
    admin.post("/api/v1/dashboards", {"name": "Sales"})
    row = items(admin, resource_type="dashboards")[0]
    assert admin.http.get(f"{PATH}/{row['id']}").json() == row
    shown = admin.http.get(f"{PATH}/{row['id']}", params={"include": "person"}).json()
    assert shown["person"]["id"] == str(admin.id)
    assert admin.http.get(f"{PATH}/{uuid4()}").status_code == 404


def test_s63_nobody_writes_the_audit_over_http(people: People) -> None:
    person = people("super_admin")
    row = items(person)[0]
    assert person.post(PATH, {}).status_code == 405
    for method in ("PATCH", "PUT", "DELETE"):
        assert person.http.request(method, f"{PATH}/{row['id']}", json={}).status_code == 405


def test_s65_no_secret_is_in_any_row(people: People) -> None:
    person = people("super_admin")
    assert person.token not in person.http.get(PATH, params={"limit": 200}).text
    (session,) = items(person, resource_type="sessions")
    assert session["new_values"]["token_hash"] == "***"
    assert "salt" not in session
