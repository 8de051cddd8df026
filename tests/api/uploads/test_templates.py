"""Templates over HTTP: checked in full, with a version that grows, by who may."""

from typing import Any

import pytest

from tests.api.people import People, Person
from tests.api.uploads.sending import sent
from tests.dropbox import template_document

TEMPLATES = "/api/v1/upload-templates"


@pytest.fixture
def admin(people: People) -> Person:
    return people("admin")


@pytest.fixture
def made(admin: Person) -> dict[str, Any]:
    answer = admin.post(TEMPLATES, template_document("orders"))
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{TEMPLATES}/{row['id']}"
    return row


@pytest.mark.usefixtures("worker")
def test_a_new_template_takes_files_at_once(admin: Person, made: dict[str, Any]) -> None:
    assert (made["version"], made["is_active"], made["created_by"]) == (1, True, str(admin.id))
    assert sent(admin)["status"] == "succeeded"


def test_every_mistake_is_named_with_its_pointer(admin: Person) -> None:
    document = template_document("orders")
    columns = [
        {"name": "a", "type": "decimal", "scale": 9, "precision": 3},
        {"name": "A"},
    ]
    document["validation_rules"] = {
        "columns": columns,
        "rows": [{"name": "r", "expression": "a >", "message": "m"}],
    }
    answer = admin.post(TEMPLATES, document)
    assert answer.status_code == 422
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert {"/validation_rules/columns/1/name", "/validation_rules/rows/0/expression"} <= pointers


def test_a_change_of_what_it_means_is_its_next_version(admin: Person, made: dict[str, Any]) -> None:
    path = f"{TEMPLATES}/{made['id']}"
    for patch, version in (
        ({"description": "By month"}, 2),
        ({"description": "By month"}, 2),
        ({"is_active": False}, 2),
        ({"max_file_size_mb": 7, "is_active": True}, 3),
    ):
        answer = admin.http.patch(path, json=patch)
        assert (answer.status_code, answer.json()["version"]) == (200, version), patch
    assert [each["version"] for each in admin.http.get(f"{path}/versions").json()["items"]]


def test_a_change_is_checked_as_a_whole(admin: Person, made: dict[str, Any]) -> None:
    path = f"{TEMPLATES}/{made['id']}"
    answer = admin.http.patch(path, json={"upload_mode": "upsert"})
    assert answer.status_code == 422, answer.text
    assert admin.http.get(path).json() == made


def test_f73_a_change_of_what_was_changed_meanwhile_is_refused(
    admin: Person, made: dict[str, Any]
) -> None:
    path = f"{TEMPLATES}/{made['id']}"
    tag = admin.http.get(path).headers["etag"]
    assert admin.http.patch(path, json={"description": "x"}).status_code == 200
    again = admin.http.patch(path, json={"description": "y"}, headers={"If-Match": tag})
    assert again.status_code == 412


def test_a_name_is_taken_once(admin: Person, made: dict[str, Any]) -> None:
    assert made["name"] == "orders"
    assert admin.post(TEMPLATES, template_document("orders")).status_code == 409


def test_s37_what_is_not_the_callers_to_say_is_refused(admin: Person) -> None:
    for field in ("id", "created_by", "version"):
        document = template_document("orders") | {field: str(admin.id)}
        assert admin.post(TEMPLATES, document).status_code == 422


def test_an_uploader_uses_templates_and_changes_none(people: People, made: dict[str, Any]) -> None:
    uploader = people("uploader")
    assert uploader.http.get(f"{TEMPLATES}/{made['id']}").status_code == 200
    assert uploader.post(TEMPLATES, template_document("other")).status_code == 403
    changed = uploader.http.patch(f"{TEMPLATES}/{made['id']}", json={"description": "x"})
    assert changed.status_code == 403
