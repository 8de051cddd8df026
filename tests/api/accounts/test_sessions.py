"""S14 to S25: sessions from the log-in to their end."""

import base64
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.security.tokens import token_hash
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import (
    COOKIE,
    DEVICE,
    ME,
    RESETS,
    SESSIONS,
    bearer,
    cookies_of,
    log_in,
    status,
)
from tests.api.people import People, Person
from tests.core.accounts.somebody import done, fetched
from tests.core.accounts.test_recovery import requested

DASHBOARDS = "/api/v1/dashboards"
USERS = "/api/v1/users"


@pytest.fixture
def ada(members: Members) -> Person:
    return members("viewer", email="ada@example.org")


def opened(client: httpx.Client) -> str:
    return str(log_in(client, "ada@example.org").json()["token"])


def age(engine: Engine, **columns: str) -> None:
    """Makes all sessions older by so much."""
    moved = ", ".join(f"{name} = {name} - interval '{by}'" for name, by in columns.items())
    done(engine, f"UPDATE sessions SET {moved}")


def configure(engine: Engine, key: str, value: int) -> None:
    statement = "UPDATE system_settings SET setting_value = :value WHERE setting_key = :key"
    done(engine, statement, key=key, value=str(value))


@pytest.mark.usefixtures("ada")
def test_S14_S15_a_token_is_random_and_kept_as_its_hash(
    client: httpx.Client, app_engine: Engine
) -> None:
    tokens = [opened(client) for _ in range(3)]
    assert len(set(tokens)) == 3
    for token in tokens:
        assert len(base64.urlsafe_b64decode(token.removeprefix("dvs_") + "=")) * 8 >= 128
    kept = str(
        fetched(
            app_engine,
            "SELECT s::text FROM sessions AS s UNION ALL SELECT a::text FROM audit_logs AS a",
        )
    )
    assert [token_hash(token) in kept for token in tokens] == [True] * 3
    assert [token in kept for token in tokens] == [False] * 3


def test_S15_the_hash_opens_nothing(ada: Person, client: httpx.Client) -> None:
    assert status(client, ada.token) == 200
    assert status(client, token_hash(ada.token)) == 401


@pytest.mark.usefixtures("ada")
def test_S16_a_log_in_makes_a_new_token_and_ends_the_one_presented(client: httpx.Client) -> None:
    first = opened(client)
    answer = log_in(client, "ada@example.org", cookie=f"{COOKIE}={first}")
    second = answer.json()["token"]
    assert second != first
    assert (status(client, first), status(client, second)) == (401, 200)


@pytest.mark.usefixtures("ada")
def test_S16_a_token_that_somebody_else_chose_is_not_taken(client: httpx.Client) -> None:
    chosen = "dvs_chosen-by-an-attacker"
    answer = log_in(client, "ada@example.org", cookie=f"{COOKIE}={chosen}")
    assert answer.json()["token"] != chosen
    assert status(client, chosen) == 401


def test_a_failed_log_in_ends_nothing(ada: Person, client: httpx.Client) -> None:
    assert log_in(client, ada.email, "wrong", cookie=f"{COOKIE}={ada.token}").status_code == 401
    assert status(client, ada.token) == 200


def test_S17_a_session_that_was_not_used_is_over(
    ada: Person, client: httpx.Client, app_engine: Engine
) -> None:
    age(app_engine, last_seen_at="59 minutes")
    assert status(client, ada.token) == 200, "and its use is noted"
    age(app_engine, last_seen_at="59 minutes")
    assert status(client, ada.token) == 200
    age(app_engine, last_seen_at="60 minutes")
    assert status(client, ada.token) == 401


def test_S17_the_limit_is_what_the_setting_says_now(
    ada: Person, client: httpx.Client, app_engine: Engine
) -> None:
    age(app_engine, last_seen_at="90 minutes")
    configure(app_engine, "session_timeout_minutes", 120)
    assert status(client, ada.token) == 200
    configure(app_engine, "session_timeout_minutes", 5)
    age(app_engine, last_seen_at="6 minutes")
    assert status(client, ada.token) == 401


def test_S18_a_session_is_over_at_last_however_busy_it_is(
    client: httpx.Client, app_engine: Engine, ada: Person
) -> None:
    token = opened(client)
    lasts = "SELECT extract(epoch FROM expires_at - created_at) / 3600 FROM sessions WHERE token_hash = :h"
    assert fetched(app_engine, lasts, h=token_hash(token)) == [168]
    age(app_engine, created_at="167 hours", expires_at="167 hours")
    assert status(client, token) == 200
    age(app_engine, created_at="1 hour", expires_at="1 hour")
    assert (status(client, token), status(client, ada.token)) == (401, 401)


@pytest.mark.usefixtures("ada")
def test_S18_a_shorter_limit_counts_for_sessions_that_are_open(
    client: httpx.Client, app_engine: Engine
) -> None:
    token = opened(client)
    age(app_engine, created_at="9 hours", expires_at="9 hours")
    assert status(client, token) == 200
    configure(app_engine, "session_absolute_timeout_hours", 8)
    assert status(client, token) == 401
    lasts = log_in(client, "ada@example.org")
    assert int(cookies_of(lasts)[COOKIE]["max-age"]) == pytest.approx(8 * 3_600, abs=60)


def test_F84_S19_after_logging_out_the_token_opens_nothing(
    ada: Person, client: httpx.Client
) -> None:
    answer = ada.http.delete(f"{SESSIONS}/current")
    assert answer.status_code == 204
    assert cookies_of(answer)[COOKIE]["max-age"] == "0"
    assert status(client, ada.token) == 401
    assert ada.http.delete(f"{SESSIONS}/current").status_code == 401


def test_F85_S20_whoever_is_disabled_is_out_at_once_and_stays_out(
    ada: Person, people: People, client: httpx.Client
) -> None:
    admin = people(is_admin=True)
    other = opened(client)
    assert admin.http.patch(f"{USERS}/{ada.id}", json={"is_active": False}).status_code == 200
    assert (status(client, ada.token), status(client, other)) == (401, 401)
    assert admin.http.patch(f"{USERS}/{ada.id}", json={"is_active": True}).status_code == 200
    assert (status(client, ada.token), status(client, other)) == (401, 401)


def test_S20_also_when_it_is_done_in_the_database(
    ada: Person, client: httpx.Client, app_engine: Engine
) -> None:
    done(app_engine, "UPDATE users SET is_active = false")
    assert status(client, ada.token) == 401


def test_S22_an_admin_ends_all_sessions_of_a_person(
    ada: Person, people: People, client: httpx.Client
) -> None:
    admin = people(is_admin=True)
    other = opened(client)
    shown = admin.http.get(f"{USERS}/{ada.id}/sessions").json()["items"]
    assert [(each["is_current"], "token" in str(each)) for each in shown] == [(False, False)] * 2
    assert admin.http.delete(f"{USERS}/{ada.id}/sessions").status_code == 204
    assert [status(client, each) for each in (ada.token, other, admin.token)] == [401, 401, 200]


def test_S23_a_person_lists_their_own_and_nobody_elses(
    ada: Person, people: People, client: httpx.Client
) -> None:
    people("super_admin")
    agent = {"user-agent": "Firefox"}
    client.post(SESSIONS, json={"email": ada.email, "password": "wrong"})
    log_in(client, ada.email, address="2001:db8::1", **agent)
    items = ada.http.get(SESSIONS).json()["items"]
    assert [each["is_current"] for each in items].count(True) == 1
    (other,) = [each for each in items if not each["is_current"]]
    assert (other["ip_address"], other["user_agent"]) == ("2001:db8::1", "Firefox")
    assert len(items) == 2


def test_S23_what_is_over_is_not_listed(
    ada: Person, client: httpx.Client, app_engine: Engine
) -> None:
    changes = {
        "ended_at": "now()",
        "expires_at": "now()",
        "last_seen_at": "now() - interval '61 minutes'",
        "created_at": "now() - interval '169 hours'",
    }
    for column, value in changes.items():
        token = opened(client)
        statement = f"UPDATE sessions SET {column} = {value} WHERE token_hash = :h"
        done(app_engine, statement, h=token_hash(token))
    assert [each["is_current"] for each in ada.http.get(SESSIONS).json()["items"]] == [True]


def test_S23_a_person_ends_one_of_their_own(ada: Person, client: httpx.Client) -> None:
    answer = log_in(client, ada.email).json()
    path = f"{SESSIONS}/{answer['session_id']}"
    assert ada.http.delete(path).status_code == 204
    assert (status(client, answer["token"]), status(client, ada.token)) == (401, 200)
    assert ada.http.delete(path).status_code == 404


def test_S23_a_person_ends_all_others(ada: Person, client: httpx.Client) -> None:
    tokens = [opened(client) for _ in range(2)]
    assert ada.http.delete(SESSIONS).status_code == 204
    assert [status(client, each) for each in (*tokens, ada.token)] == [401, 401, 200]


def test_S23_the_sessions_of_others_do_not_exist_for_a_person(
    ada: Person, people: People, client: httpx.Client
) -> None:
    answer = log_in(client, ada.email).json()
    stranger = people("super_admin")
    assert stranger.http.delete(f"{SESSIONS}/{answer['session_id']}").status_code == 404
    assert stranger.http.delete(SESSIONS).status_code == 204
    assert status(client, answer["token"]) == 200


def _take_role(engine: Engine) -> None:
    done(engine, "DELETE FROM user_roles")


def _retire_role(engine: Engine) -> None:
    done(engine, "UPDATE roles SET is_active = false WHERE name = 'editor'")


def _empty_role(engine: Engine) -> None:
    done(engine, "UPDATE roles SET permissions = '[]' WHERE name = 'editor'")


@pytest.mark.parametrize("lose", [_take_role, _retire_role, _empty_role])
def test_S24_losing_a_role_counts_from_the_next_request(
    people: People, app_engine: Engine, lose: Callable[[Engine], None]
) -> None:
    editor = people("editor")
    assert editor.post(DASHBOARDS, {"name": "Sales"}).status_code == 201
    lose(app_engine)
    assert editor.post(DASHBOARDS, {"name": "Sales"}).status_code == 403
    assert "dashboards:create" not in editor.http.get(ME).json()["permissions"]


@pytest.mark.usefixtures("ada")
def test_S25_the_cookies_are_for_this_host_alone_and_for_no_script(
    client: httpx.Client, app_engine: Engine
) -> None:
    logged_in = log_in(client, "ada@example.org")
    body = {"token": requested(app_engine), "password": "another horse battery"}
    reset = client.post(f"{RESETS}/confirm", json=body)
    found = [*cookies_of(logged_in).items(), *cookies_of(reset).items()]
    assert [name for name, _ in found] == [COOKIE, DEVICE, DEVICE]
    for _, attributes in found:
        assert {"secure", "httponly"} <= set(attributes)
        assert (attributes["path"], attributes["samesite"]) == ("/", "lax")
        assert "domain" not in attributes
    session = cookies_of(logged_in)[COOKIE]
    assert session["value"] == logged_in.json()["token"]
    assert int(session["max-age"]) == pytest.approx(168 * 3_600, abs=60)


@pytest.mark.usefixtures("ada")
def test_what_tells_a_browser_apart_lets_nobody_in(
    client: httpx.Client, app_engine: Engine
) -> None:
    token = opened(client)
    assert client.get(ME, headers={"cookie": f"{DEVICE}={token}"}).status_code == 401
    body = {"token": requested(app_engine), "password": "another horse battery"}
    reset = client.post(f"{RESETS}/confirm", json=body)
    assert status(client, cookies_of(reset)[DEVICE]["value"]) == 401


def test_the_cookie_is_found_among_whatever_others_set(ada: Person, client: httpx.Client) -> None:
    odd = f'a={{"x": [1, 2]}}; b@d=ü; ; =1; {COOKIE}={ada.token}; z=";"'
    assert client.get(ME, headers={"cookie": odd.encode()}).status_code == 200


def test_what_is_no_token_is_a_401(client: httpx.Client) -> None:
    for header in ("", "Bearer", "Basic YTpi", "Bearer a b", f"Bearer {'x' * 300}", "bearer d\xff"):
        answer = client.get(ME, headers={"authorization": header.encode("latin-1")})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), header


def test_a_bearer_token_counts_before_a_cookie(ada: Person, client: httpx.Client) -> None:
    headers = {"cookie": f"{COOKIE}={ada.token}", **bearer("dvs_nothing")}
    assert client.get(ME, headers=headers).status_code == 401
