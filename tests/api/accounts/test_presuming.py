"""A request is answered for whom its token stands for at that moment, whoever that was when the token came last: the look at
that goes to the database together with the request's own statement."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.api.people import People, Person

DASHBOARDS = "/api/v1/dashboards"
CHANGES = "SELECT count(*) FROM audit_logs WHERE resource_id = :id AND action_type = 'update'"


def _run(engine: Engine, statement: str, **values: Any) -> Any:
    with engine.begin() as connection:
        found = connection.execute(text(statement), values)
        return found.scalar() if found.returns_rows else None


def _new(person: Person) -> str:
    return f"{DASHBOARDS}/{person.post(DASHBOARDS, {'name': 'Sales'}).json()['id']}"


def _take_roles(engine: Engine, person: Person) -> None:
    _run(engine, "DELETE FROM user_roles WHERE user_id = :id", id=person.id)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_S24_roles_that_are_taken_away_count_at_once(
    people: People, app_engine: Engine, method: str
) -> None:
    owner, editor = people("admin"), people("admin")
    path = _new(owner)
    body = {"json": {"name": "Theirs"}} if method == "PATCH" else {}
    for _ in range(2):
        assert editor.http.patch(path, json={"name": "Mine"}).status_code == 200
        assert editor.http.get(path).json()["name"] == "Mine"
    changes = _run(app_engine, CHANGES, id=path.rpartition("/")[2])
    _take_roles(app_engine, editor)
    assert editor.http.request(method, path, **body).status_code in (403, 404)
    assert owner.http.get(path).json()["name"] == "Mine"
    assert _run(app_engine, CHANGES, id=path.rpartition("/")[2]) == changes


def test_roles_that_are_given_count_at_once(people: People, app_engine: Engine) -> None:
    owner, guest = people("admin"), people()
    path = _new(owner)
    for _ in range(2):
        assert guest.http.get(path).status_code == 404
        assert guest.post(DASHBOARDS, {"name": "Mine"}).status_code == 403
    give = (
        "INSERT INTO user_roles (user_id, role_id) SELECT :id, id FROM roles WHERE name = 'admin'"
    )
    _run(app_engine, give, id=guest.id)
    assert guest.post(DASHBOARDS, {"name": "Mine"}).status_code == 201
    assert guest.http.get(path).status_code == 200


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE sessions SET ended_at = now() WHERE user_id = :id",
        "UPDATE sessions SET expires_at = now() WHERE user_id = :id",
        "UPDATE users SET is_active = false WHERE id = :id",
        "DELETE FROM sessions WHERE user_id = :id",
    ],
)
def test_S19_S20_a_session_that_has_ended_does_nothing_more(
    people: People, app_engine: Engine, ending: str
) -> None:
    owner, other = people("admin"), people("admin")
    path = _new(owner)
    assert owner.http.get(path).status_code == 200
    _run(app_engine, ending, id=owner.id)
    for _ in range(2):
        for method in ("PATCH", "GET", "DELETE"):
            body = {"json": {"name": "Late"}} if method == "PATCH" else {}
            assert owner.http.request(method, path, **body).status_code == 401
        assert owner.post(DASHBOARDS, {"name": "Late"}).status_code == 401
    assert other.http.get(path).json()["name"] == "Sales"
    assert _run(app_engine, "SELECT count(*) FROM dashboards WHERE name = 'Late'") == 0


def test_a_change_of_ones_address_is_no_mistake(people: People, app_engine: Engine) -> None:
    owner = people("editor")
    path = _new(owner)
    _run(app_engine, "UPDATE users SET email = 'new@example.com' WHERE id = :id", id=owner.id)
    assert owner.http.patch(path, json={"name": "Later"}).json()["name"] == "Later"
    assert owner.http.get(path).json()["name"] == "Later"


def test_people_who_take_turns_are_not_mixed_up(people: People) -> None:
    some = [people("editor") for _ in range(3)]
    paths = [_new(person) for person in some]
    for _ in range(3):
        for person, path in zip(some, paths, strict=True):
            shown = [each["id"] for each in person.http.get(DASHBOARDS).json()["items"]]
            assert shown == [path.rpartition("/")[2]]
            answers = {person.http.get(each).status_code for each in paths if each != path}
            assert answers == {404}


def test_a_refusal_is_noted_once_for_whom_it_was(people: People, app_engine: Engine) -> None:
    guest = people("viewer")
    for expected in (1, 2, 3):
        assert guest.post(DASHBOARDS, {"name": "Mine"}).status_code == 403
        noted = (
            "SELECT count(*) FROM audit_logs WHERE action_type = 'access_denied' AND user_id = :id"
        )
        assert _run(app_engine, noted, id=guest.id) == expected
