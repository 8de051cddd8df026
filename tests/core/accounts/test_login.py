"""Logging in: what takes how long, what counts as what, and what happens meanwhile."""

import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import bcrypt
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.accounts.errors import (
    TooManyAttemptsError,
    WrongCredentialsError,
    WrongPasswordError,
)
from dataviz_pipelines.core.accounts.login import LoginAttempt, change_password, log_in
from dataviz_pipelines.core.accounts.sessions import MOST_SESSIONS, OpenedSession, open_session
from dataviz_pipelines.core.security.caller import Caller, Origin
from tests.core.accounts.conftest import Somebodies
from tests.core.accounts.somebody import PASSWORD, done, fail, fetched

NEW = "another horse battery"
ROUNDS = 3


def attempt(email: str, password: str = PASSWORD, number: int = 0, **known: Any) -> LoginAttempt:
    """Each number is another address."""
    return LoginAttempt(email, password, Origin(ip_address=f"203.0.113.{number}"), **known)


def failed(engine: Engine, each: LoginAttempt) -> type[Exception]:
    with pytest.raises((WrongCredentialsError, TooManyAttemptsError)) as caught:
        log_in(engine, each)
    return caught.type


def block(engine: Engine, email: str) -> None:
    fail(engine, throttle.account(email), times=5)
    assert failed(engine, attempt(email)) is TooManyAttemptsError


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen once, while a password is compared."""

    def let(happen: Callable[[], object]) -> None:
        compare = bcrypt.checkpw

        def compare_and_wait(password: bytes, stored: bytes) -> bool:
            monkeypatch.setattr(bcrypt, "checkpw", compare)
            happen()
            return compare(password, stored)

        monkeypatch.setattr(bcrypt, "checkpw", compare_and_wait)

    return let


def test_S9_it_takes_as_long_whether_or_not_anybody_has_the_address(
    app_engine: Engine, somebody: Somebodies
) -> None:
    """By the processor's time, which other work on the machine does not add to."""
    somebody("gone@example.org", is_active=False)
    somebody("invited@example.org", password_hash=None)
    kinds = {"known": "wrong", "nobody": "wrong", "gone": PASSWORD, "invited": "", "long": "x" * 99}
    somebody("long@example.org")
    for number in range(ROUNDS):
        somebody(f"known{number}@example.org")
    spent: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(ROUNDS):
        for kind, password in kinds.items():
            name = f"{kind}{number}" if kind == "known" else kind
            each = attempt(f"{name}@example.org", password, number)
            done(app_engine, "DELETE FROM login_throttles")
            started = time.thread_time()
            failed(app_engine, each)
            spent[kind].append(time.thread_time() - started)
    least = {kind: min(times) for kind, times in spent.items()}
    middle = statistics.median(least.values())
    assert all(0.8 < each / middle < 1.2 for each in least.values()), least


def test_S10_spellings_that_the_database_takes_for_the_same_are_counted_together(
    app_engine: Engine, somebody: Somebodies
) -> None:
    somebody("iris@example.org")
    fail(app_engine, throttle.account("iris@example.org"), times=3)
    found = [
        failed(app_engine, attempt(f"{each}@example.org", "wrong"))
        for each in ("\u0130ris", "ir\u0130s", "iris", "\u0130r\u0130s", "IRIS")
    ]
    assert found == [WrongCredentialsError] * 2 + [TooManyAttemptsError] * 3


def test_an_attempt_that_is_not_looked_at_costs_and_leaves_nothing(
    app_engine: Engine, somebody: Somebodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody("ada@example.org")
    block(app_engine, "ada@example.org")
    monkeypatch.setattr(bcrypt, "checkpw", None)
    before = fetched(app_engine, "SELECT count(*) FROM audit_logs")
    for number in range(20):
        assert failed(app_engine, attempt("ada@example.org", number=number)) is TooManyAttemptsError
    assert fetched(app_engine, "SELECT count(*) FROM audit_logs") == before
    assert fetched(app_engine, "SELECT count(*) FROM login_throttles") == [1]


def test_strangers_do_not_keep_the_owner_out_of_a_browser_that_was_logged_in(
    app_engine: Engine, somebody: Somebodies
) -> None:
    somebody("ada@example.org")
    token = log_in(app_engine, attempt("ada@example.org")).token
    done(app_engine, "UPDATE sessions SET ended_at = now()")
    block(app_engine, "ada@example.org")
    again = log_in(app_engine, attempt("ada@example.org", number=9, device=token))
    assert again.token != token
    assert failed(app_engine, attempt("ada@example.org", number=10)) is TooManyAttemptsError


def test_such_a_browser_may_guess_no_more_than_others(
    app_engine: Engine, somebody: Somebodies
) -> None:
    somebody("ada@example.org")
    token = log_in(app_engine, attempt("ada@example.org")).token
    (session,) = fetched(app_engine, "SELECT id FROM sessions")
    fail(app_engine, throttle.session(session), times=4)
    guess = attempt("ada@example.org", "wrong", device=token)
    found = [failed(app_engine, guess) for _ in range(2)]
    assert found == [WrongCredentialsError, TooManyAttemptsError]
    assert log_in(app_engine, attempt("ada@example.org", number=1)).token


@pytest.mark.parametrize("whose", ["eve's", "made up", "too old"])
def test_a_token_that_proves_nothing_changes_nothing(
    app_engine: Engine, somebody: Somebodies, whose: str
) -> None:
    ada, eve = somebody("ada@example.org"), somebody("eve@example.org")

    def opened(user_id: UUID) -> str:
        with app_engine.begin() as connection:
            return open_session(connection, user_id, Origin()).token

    token = {
        "eve's": lambda: opened(eve.id),
        "made up": lambda: "dvs_anything",
        "too old": lambda: next(iter([opened(ada.id) for _ in range(11)])),
    }[whose]()
    block(app_engine, "ada@example.org")
    each = attempt("ada@example.org", number=9, device=token)
    assert failed(app_engine, each) is TooManyAttemptsError


@pytest.mark.parametrize("change", ["password_hash = 'x'", "is_active = false"])
def test_an_account_that_changes_while_the_password_is_compared_is_not_logged_in_to(
    app_engine: Engine,
    somebody: Somebodies,
    meanwhile: Callable[[Callable[[], object]], None],
    change: str,
) -> None:
    somebody("ada@example.org")
    meanwhile(lambda: done(app_engine, f"UPDATE users SET {change}"))
    assert failed(app_engine, attempt("ada@example.org")) is WrongCredentialsError
    assert fetched(app_engine, "SELECT count(*) FROM sessions") == [0]


def _caller(session: OpenedSession, email: str) -> Caller:
    return Caller(session.user_id, email, frozenset(), session_id=session.id)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET password_hash = 'x'",
        "UPDATE users SET is_active = false",
        "UPDATE sessions SET ended_at = now()",
    ],
)
def test_a_password_is_not_changed_by_who_has_lost_that_right_meanwhile(
    app_engine: Engine,
    somebody: Somebodies,
    meanwhile: Callable[[Callable[[], object]], None],
    change: str,
) -> None:
    ada = somebody("ada@example.org")
    session = log_in(app_engine, attempt(ada.email))
    meanwhile(lambda: done(app_engine, change))
    with pytest.raises(WrongPasswordError):
        change_password(app_engine, _caller(session, ada.email), current=PASSWORD, new=NEW)
    (stored,) = fetched(app_engine, "SELECT password_hash FROM users")
    assert not stored.startswith("$2b$") or bcrypt.checkpw(PASSWORD.encode(), stored.encode())


def test_a_stolen_session_guesses_the_current_password_five_times(
    app_engine: Engine, somebody: Somebodies
) -> None:
    ada = somebody("ada@example.org")
    stolen = log_in(app_engine, attempt(ada.email))
    caller = _caller(stolen, ada.email)
    fail(app_engine, throttle.session(stolen.id), times=4)
    with pytest.raises(WrongPasswordError):
        change_password(app_engine, caller, current="wrong", new=NEW)
    with pytest.raises(TooManyAttemptsError):
        change_password(app_engine, caller, current=PASSWORD, new=NEW)
    other = caller._replace(session_id=log_in(app_engine, attempt(ada.email)).id)
    change_password(app_engine, other, current=PASSWORD, new=NEW)


def test_F83_a_weaker_hash_is_replaced_when_its_owner_logs_in(
    app_engine: Engine, somebody: Somebodies
) -> None:
    weak = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    somebody("ada@example.org", password_hash=weak)
    log_in(app_engine, attempt("ada@example.org"))
    (stored,) = fetched(app_engine, "SELECT password_hash FROM users")
    assert stored.startswith("$2b$12$")


def test_the_oldest_session_ends_when_there_are_too_many(
    app_engine: Engine, somebody: Somebodies
) -> None:
    ada = somebody("ada@example.org")
    with app_engine.begin() as connection:
        opened = [open_session(connection, ada.id, Origin()) for _ in range(MOST_SESSIONS + 2)]
    ended = fetched(app_engine, "SELECT id FROM sessions WHERE ended_at IS NOT NULL")
    assert set(ended) == {each.id for each in opened[:2]}
