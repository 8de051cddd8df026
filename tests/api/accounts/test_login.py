"""Logging in over HTTP: what strangers learn, and how their guessing is slowed down."""

from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy import Engine

from api.app import create_app
from api.hashing import THREADS
from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.settings import Settings
from tests.api.accounts.conftest import Members
from tests.api.accounts.doors import DEVICE, SESSIONS, cookies_of, log_in, problem
from tests.api.serving import serving
from tests.core.accounts.somebody import PASSWORD, done, fail, fetched

EMAIL = "ada@example.org"
EVENTS = """
SELECT action_type, user_id, resource_id, host(ip_address) FROM audit_logs
WHERE action_type IN ('login', 'login_failed', 'login_throttled', 'logout') ORDER BY timestamp, id
"""


def test_F86_S8_every_refusal_looks_the_same(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)
    gone, invited = members(email="gone@example.org"), members(email="invited@example.org")
    done(app_engine, "UPDATE users SET is_active = false WHERE id = :id", id=gone.id)
    done(app_engine, "UPDATE users SET password_hash = NULL WHERE id = :id", id=invited.id)
    found = [
        problem(log_in(client, email, password))
        for email, password in (
            ("nobody@example.org", PASSWORD),
            (EMAIL, "wrong"),
            (EMAIL, ""),
            (EMAIL, "x" * 73),
            (gone.email, PASSWORD),
            (invited.email, ""),
            ("no address", PASSWORD),
        )
    ]
    assert found[0][0] == 401
    assert [each for each in found if each != found[0]] == []


def test_F86_S10_S11_failures_from_anywhere_throttle_an_account_for_a_while(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)
    for number in range(5):
        answer = log_in(client, EMAIL, "wrong", address=f"203.0.113.{number}")
        assert answer.status_code == 401
    refused = log_in(client, EMAIL, address="198.51.100.7")
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:dataviz:TooManyAttempts")
    assert 0 < int(refused.headers["retry-after"]) <= 30
    done(app_engine, "UPDATE login_throttles SET blocked_until = now()")
    assert log_in(client, EMAIL).status_code == 201


def test_S10_it_looks_the_same_for_an_address_that_nobody_has(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)
    for email in (EMAIL, "nobody@example.org"):
        fail(app_engine, throttle.account(email), times=5)
    done(app_engine, "UPDATE login_throttles SET blocked_until = now() + interval '9.5 seconds'")
    assert problem(log_in(client, EMAIL)) == problem(log_in(client, "nobody@example.org"))


def test_S10_fifty_guesses_at_once_are_no_more_guesses(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)

    def guess(number: int) -> int:
        return log_in(client, EMAIL, "wrong", address=f"203.0.113.{number}").status_code

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(guess, range(50)))
    assert set(found) == {401, 429}
    assert 5 <= found.count(401) < 5 + THREADS
    counted = "SELECT failure_count FROM login_throttles WHERE subject LIKE 'account:%'"
    assert fetched(app_engine, counted) == [found.count(401)]


def test_a_success_is_forgiven_to_the_account_and_not_to_the_address(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)
    subjects = throttle.account(EMAIL), throttle.address("203.0.113.1")
    fail(app_engine, *subjects, times=4)
    assert log_in(client, EMAIL).status_code == 201
    counted = "SELECT subject, failure_count FROM login_throttles"
    assert fetched(app_engine, counted) == [(subjects[1], 4)]


def test_an_address_that_tries_many_accounts_is_throttled_and_others_are_not(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)
    fail(app_engine, throttle.address("2001:db8:1:2::1"), times=20)
    assert log_in(client, EMAIL, address="2001:db8:1:2:ffff::9").status_code == 429
    assert log_in(client, EMAIL, address="2001:db8:1:3::1").status_code == 201


def test_S66_a_trusted_proxy_names_the_address_and_nobody_before_it_does(
    client: httpx.Client, app_engine: Engine
) -> None:
    counted = {
        "198.51.100.7": "198.51.100.7",
        "203.0.113.66, 198.51.100.7": "198.51.100.7",
        "198.51.100.7, 127.0.0.1": "198.51.100.7",
        "::ffff:198.51.100.7": "198.51.100.7",
        "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
        "unknown": "unknown",
        "' OR 1=1": "unknown",
    }
    for said, address in counted.items():
        done(app_engine, "DELETE FROM login_throttles")
        assert log_in(client, "nobody@example.org", address=said).status_code == 401
        subjects = "SELECT subject FROM login_throttles WHERE subject LIKE 'address:%'"
        assert fetched(app_engine, subjects) == [f"address:{address}"], said


def test_S66_an_address_that_anybody_makes_up_evades_no_throttle(
    database_settings: Settings, app_engine: Engine
) -> None:
    fail(app_engine, throttle.address("127.0.0.1"), times=20)
    with serving(create_app(database_settings)) as client:
        answer = log_in(client, "nobody@example.org", address="198.51.100.7")
    assert answer.status_code == 429


def test_S65_log_ins_failures_and_blocks_are_noted_without_secrets(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    ada = members(email=EMAIL)
    fail(app_engine, throttle.account(EMAIL), times=3)
    log_in(client, "nobody@example.org", "hunter2!")
    log_in(client, EMAIL, "hunter2!")
    log_in(client, EMAIL, "hunter2!")
    log_in(client, EMAIL)
    done(app_engine, "DELETE FROM login_throttles")
    token = log_in(client, EMAIL).json()["token"]
    client.delete(f"{SESSIONS}/current", headers={"authorization": f"Bearer {token}"})
    assert fetched(app_engine, EVENTS) == [
        ("login_failed", None, None, "203.0.113.1"),
        ("login_failed", None, ada.id, "203.0.113.1"),
        ("login_failed", None, ada.id, "203.0.113.1"),
        ("login_throttled", None, ada.id, "203.0.113.1"),
        ("login", ada.id, ada.id, "203.0.113.1"),
        ("logout", ada.id, ada.id, "127.0.0.1"),
    ]
    everything = str(fetched(app_engine, "SELECT a::text FROM audit_logs AS a"))
    for secret in ("hunter2!", PASSWORD, token):
        assert secret not in everything


NO_ATTEMPTS = (
    '{"email": "\\ud800@example.org", "password": "x"}',
    '{"email": "a@example.org", "password": "\\ud800"}',
    '{"email": "a\\u0000@example.org", "password": "x"}',
    '{"email": ["a@example.org"], "password": "x"}',
    '{"email": "a@example.org", "password": null}',
    '{"email": "a@example.org"}',
    '{"email": "a@example.org", "password": "x", "is_admin": true}',
    f'{{"email": "{"a" * 250}@example.org", "password": "x"}}',
    f'{{"email": "a@example.org", "password": "{"x" * 1_001}"}}',
    '{"email": NaN}',
    "[]",
    "{",
    "",
)


def test_a_body_that_is_no_attempt_is_a_422_and_counts_for_nothing(
    client: httpx.Client, app_engine: Engine
) -> None:
    for body in NO_ATTEMPTS:
        answer = client.post(SESSIONS, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"
    assert fetched(app_engine, "SELECT count(*) FROM login_throttles") == [0]


def test_a_browser_that_was_logged_in_is_not_kept_out_by_strangers(
    members: Members, client: httpx.Client, app_engine: Engine
) -> None:
    members(email=EMAIL)
    device = cookies_of(log_in(client, EMAIL))[DEVICE]["value"]
    fail(app_engine, throttle.account(EMAIL), times=5)
    assert log_in(client, EMAIL).status_code == 429
    assert log_in(client, EMAIL, cookie=f"{DEVICE}={device}").status_code == 201
    assert log_in(client, EMAIL, cookie=f"{DEVICE}={device}x").status_code == 429


def test_R15_logging_in_without_a_database_is_a_503_that_passes(
    members: Members, client: httpx.Client, owner_engine: Engine
) -> None:
    members(email=EMAIL)
    limited = f'ALTER DATABASE "{owner_engine.url.database}" CONNECTION LIMIT'
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'api'"
    )
    done(owner_engine, f"{limited} 0")
    done(owner_engine, end)
    answers = [log_in(client, EMAIL) for _ in range(3)]
    assert {each.status_code for each in answers} == {503}
    assert {each.json()["type"] for each in answers} == {"urn:dataviz:DatabaseUnavailable"}
    done(owner_engine, f"{limited} -1")
    assert log_in(client, EMAIL).status_code == 201
