"""S37 to S40 for what is no plain resource: nobody sets what is not theirs, and lists are bounded."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.access.things import PREFIX, Things
from tests.api.people import Person

LISTS = ("roles", "grants", "public-links")


def bodies(things: Things) -> dict[str, dict[str, Any]]:
    board = str(things.make("dashboard"))
    grant = {"resource_type": "dashboard", "resource_id": board, "permission_type": "view"}
    grant |= {"principal_type": "user", "principal_id": str(uuid4())}
    return {
        "roles": {"name": "Auditors"},
        "grants": grant,
        "public-links": {"dashboard_id": board, "name": "For all"},
    }


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("field", ["id", "created_by", "granted_by", "is_system_role", "token"])
def test_s37_what_is_not_the_callers_to_set_is_refused(
    admin: Person, things: Things, path: str, field: str
) -> None:
    answer = admin.post(f"{PREFIX}/{path}", {**bodies(things)[path], field: None})
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{field}"]


@pytest.mark.parametrize("path", LISTS)
def test_s39_s40_lists_are_bounded_and_refuse_what_is_not_listed(admin: Person, path: str) -> None:
    asked = ({"limit": 201}, {"limit": 0}, {"sort": "id"}, {"offset": 1}, {"token_hash": "0"})
    for parameters in asked:
        answer = admin.http.get(f"{PREFIX}/{path}", params=parameters)
        assert answer.status_code == 422, parameters


def test_s39_whom_to_share_with_is_bounded_too(admin: Person) -> None:
    for parameters in ({"limit": 51}, {"limit": 0}, {"email": "ada"}, {"q": "x" * 201}):
        assert admin.http.get(f"{PREFIX}/principals", params=parameters).status_code == 422


def test_a_grant_names_one_thing_and_its_level_alone_changes(admin: Person, things: Things) -> None:
    board = things.make("dashboard")
    grant = things.grant("dashboard", board, uuid4())
    path = f"{PREFIX}/grants/{grant}"
    for field in ("resource_id", "principal_id", "resource_type", "principal_type"):
        assert admin.http.patch(path, json={field: None}).status_code == 422
    assert admin.http.patch(path, json={"permission_type": None}).status_code == 422
    assert admin.http.patch(path, json={"permission_type": "manage"}).status_code == 200
