"""Keys for programs: what they may do, how long, and what they never may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts.api_keys import MOST_KEYS
from dataviz_pipelines.core.security.tokens import token_hash
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import COOKIE, ME, SESSIONS, bearer, status
from tests.api.people import People, Person
from tests.core.accounts.somebody import PASSWORD, done, fetched

KEYS = "/api/v1/api-keys"
DASHBOARDS = "/api/v1/dashboards"
USERS = "/api/v1/users"


def key_of(person: Person, **values: Any) -> dict[str, Any]:
    answer = person.post(KEYS, {"name": "Nightly", **values})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def create(client: httpx.Client, key: str) -> int:
    return client.post(DASHBOARDS, json={"name": "Sales"}, headers=bearer(key)).status_code


def test_a_key_is_shown_once_and_recognised_by_its_beginning(
    people: People, app_engine: Engine
) -> None:
    editor = people("editor")
    made = key_of(editor)
    assert made["key"].startswith("dvk_")
    assert len(made["key"]) >= 47
    assert made["prefix"] == made["key"][:12]
    (listed,) = editor.http.get(KEYS).json()["items"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    kept = str(
        fetched(
            app_engine,
            "SELECT k::text FROM api_keys AS k UNION ALL SELECT a::text FROM audit_logs AS a",
        )
    )
    assert token_hash(made["key"]) in kept
    assert made["key"] not in kept


def test_a_key_without_scopes_may_do_what_its_owner_may_now(
    people: People, client: httpx.Client, app_engine: Engine
) -> None:
    editor = people("editor")
    key = key_of(editor)["key"]
    assert create(client, key) == 201
    done(app_engine, "DELETE FROM user_roles")
    assert create(client, key) == 403


def test_scopes_narrow_what_a_key_may_do(people: People, client: httpx.Client) -> None:
    editor = people("editor")
    key = key_of(editor, scopes=["dashboards:view"])["key"]
    assert client.get(DASHBOARDS, headers=bearer(key)).status_code == 200
    assert create(client, key) == 403
    assert client.get("/api/v1/themes", headers=bearer(key)).json()["items"] == []
    assert client.get(ME, headers=bearer(key)).json()["permissions"] == ["dashboards:view"]


def test_a_key_with_scopes_changes_nothing_of_its_owners_own(
    people: People, client: httpx.Client
) -> None:
    editor = people("editor")
    for scopes, expected in ((["dashboards:view"], 403), (["*"], 200), ([], 200)):
        key = bearer(key_of(editor, name=f"{scopes}", scopes=scopes)["key"])
        assert client.patch(ME, json={"first_name": "Eve"}, headers=key).status_code == expected
        preference = client.put(
            f"{ME}/preferences/color", json={"preference_value": 1}, headers=key
        )
        assert preference.status_code == expected


def test_scopes_never_widen_what_a_key_may_do(people: People, client: httpx.Client) -> None:
    viewer = people("viewer")
    for number, scopes in enumerate((["dashboards:create"], ["*"])):
        key = key_of(viewer, name=f"{number}", scopes=scopes)["key"]
        assert create(client, key) == 403
        assert client.get(USERS, headers=bearer(key)).status_code == 403


def test_a_narrow_key_of_an_administrator_makes_no_administrators(
    people: People, client: httpx.Client
) -> None:
    admin = people(is_admin=True)
    scopes = ["users:create", "users:edit", "users:view"]
    key = bearer(key_of(admin, scopes=scopes)["key"])
    body = {"email": "eve@example.org", "is_admin": True}
    assert client.post(USERS, json=body, headers=key).status_code == 403
    moved = client.patch(f"{USERS}/{admin.id}", json={"email": "eve@evil.example"}, headers=key)
    assert moved.status_code == 403


def test_a_scope_is_a_permission_that_exists(people: People) -> None:
    ada = people()
    for scope in ("dashboards:viewx", "", "**", "dashboards"):
        assert ada.post(KEYS, {"name": "A", "scopes": [scope]}).status_code == 422, scope
    assert key_of(ada, scopes=["*"])["scopes"] == ["*"]


def test_a_key_expires(people: People, client: httpx.Client, app_engine: Engine) -> None:
    moment = datetime.now(UTC) + timedelta(days=1)
    made = key_of(people(), expires_at=moment.isoformat())
    assert datetime.fromisoformat(made["expires_at"]) == moment
    assert status(client, made["key"]) == 200
    done(app_engine, "UPDATE api_keys SET expires_at = now()")
    assert status(client, made["key"]) == 401
    done(app_engine, "UPDATE api_keys SET expires_at = now() + interval '1 day'")
    assert status(client, made["key"]) == 401, "also when a clock goes back (R25)"


def test_a_time_that_has_passed_or_is_none_is_a_422(people: People) -> None:
    ada = people()
    for expires_at in ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00", 1, "soon"):
        answer = ada.post(KEYS, {"name": "A", "expires_at": expires_at})
        assert answer.status_code == 422, expires_at
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/expires_at"]


def test_a_revoked_key_is_dead_at_once_and_its_name_is_free(
    people: People, client: httpx.Client
) -> None:
    ada = people()
    made = key_of(ada)
    assert ada.post(KEYS, {"name": "Nightly"}).status_code == 409
    assert ada.http.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert status(client, made["key"]) == 401
    assert ada.http.get(KEYS).json()["items"] == []
    assert ada.http.delete(f"{KEYS}/{made['id']}").status_code == 404
    assert key_of(ada)["key"] != made["key"]


def test_a_longest_name_can_be_revoked_again_and_again(people: People) -> None:
    ada = people()
    for _ in range(3):
        made = key_of(ada, name="n" * 100)
        assert ada.http.delete(f"{KEYS}/{made['id']}").status_code == 204


def test_the_keys_of_others_do_not_exist_for_a_person(people: People, client: httpx.Client) -> None:
    made, stranger = key_of(people()), people("super_admin")
    assert stranger.http.get(KEYS).json()["items"] == []
    assert stranger.http.delete(f"{KEYS}/{made['id']}").status_code == 404
    assert status(client, made["key"]) == 200


def test_a_use_is_noted(people: People, client: httpx.Client) -> None:
    ada = people()
    made = key_of(ada)
    assert made["last_used_at"] is None
    assert status(client, made["key"]) == 200
    (listed,) = ada.http.get(KEYS).json()["items"]
    assert datetime.fromisoformat(listed["last_used_at"]) > datetime.fromisoformat(
        made["created_at"]
    )


def test_the_key_of_a_disabled_person_is_dead(people: People, client: httpx.Client) -> None:
    admin, ada = people(is_admin=True), people()
    key = key_of(ada)["key"]
    assert admin.http.delete(f"{USERS}/{ada.id}").status_code == 204
    assert status(client, key) == 401


def test_a_key_makes_no_keys_changes_no_password_and_has_no_part_in_sessions(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    admin = members(is_admin=True)
    made = key_of(admin)
    session = admin.http.get(SESSIONS).json()["items"][0]["id"]
    passwords = {"current_password": PASSWORD, "new_password": "another horse battery"}
    asked: list[tuple[str, str, Any]] = [
        ("POST", KEYS, {"name": "Another"}),
        ("DELETE", f"{KEYS}/{made['id']}", None),
        ("POST", f"{ME}/password", passwords),
        ("GET", SESSIONS, None),
        ("DELETE", SESSIONS, None),
        ("DELETE", f"{SESSIONS}/current", None),
        ("DELETE", f"{SESSIONS}/{session}", None),
        ("GET", f"{USERS}/{admin.id}/sessions", None),
        ("DELETE", f"{USERS}/{admin.id}/sessions", None),
    ]
    for method, path, body in asked:
        answer = client.request(method, path, json=body, headers=bearer(made["key"]))
        assert answer.status_code == 403, (method, path)
    noted = "SELECT new_values ->> 'request' FROM audit_logs WHERE action_type = 'access_denied'"
    assert sorted(fetched(app_engine, noted)) == sorted(f"{m} {path}" for m, path, _ in asked)
    assert status(client, admin.token) == 200
    assert fetched(app_engine, "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL") == [1]


def test_a_key_is_no_cookie_and_a_session_is_no_key(people: People, client: httpx.Client) -> None:
    ada = people()
    key = key_of(ada)["key"]
    other_kind = f"dvk_{ada.token.removeprefix('dvs_')}"
    assert status(client, other_kind) == 401
    answer = client.delete(
        f"{SESSIONS}/current", headers={"cookie": f"{COOKIE}={key}", "x-dataviz-csrf": "1"}
    )
    assert answer.status_code == 403


def test_nobody_has_more_keys_than_they_can_see(people: People, app_engine: Engine) -> None:
    ada = people()
    statement = (
        "INSERT INTO api_keys (user_id, name, prefix, key_hash) "
        "SELECT :id, n, 'dvk_', n FROM generate_series(1, :most) AS n"
    )
    done(app_engine, statement, id=ada.id, most=MOST_KEYS)
    answer = ada.post(KEYS, {"name": "One more"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:TooManyKeys")
    assert len(ada.http.get(KEYS).json()["items"]) == MOST_KEYS
