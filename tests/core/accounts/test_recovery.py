"""Links by mail: each works once, in time, and only the newest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import bcrypt
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.accounts.administration import change_user
from dataviz_pipelines.core.accounts.errors import (
    InvalidTokenError,
    TooManyAttemptsError,
    TooManyMailsError,
    WrongCredentialsError,
)
from dataviz_pipelines.core.accounts.login import LoginAttempt, change_password, log_in
from dataviz_pipelines.core.accounts.recovery import (
    invite,
    request_email_verification,
    request_password_reset,
    reset_password,
    verify_email,
)
from dataviz_pipelines.core.security.caller import Caller, Origin
from dataviz_pipelines.core.security.passwords import WeakPasswordError
from tests.core.accounts.conftest import Somebodies
from tests.core.accounts.somebody import PASSWORD, Somebody, done, fail, fetched, hashed

NEW = "another horse battery"
SITE = "https://dataviz.example.org"
Callers = Callable[[UUID], Caller]


@pytest.fixture
def ada(somebody: Somebodies) -> Somebody:
    return somebody("ada@example.org")


@pytest.fixture
def admin(somebody: Somebodies, caller_for: Callers) -> Caller:
    return caller_for(somebody("admin@example.org", is_admin=True).id)


def requested(engine: Engine, email: str = "ada@example.org") -> str | None:
    """The token of the mail."""
    mail = request_password_reset(engine, email, Origin(), site=SITE)
    return None if mail is None else mail.text.partition("#reset=")[2].partition("\n")[0]


def verification(engine: Engine, caller: Caller) -> str:
    with engine.begin() as connection:
        mail = request_email_verification(connection, caller, site=SITE)
    assert (
        mail.to == fetched(engine, "SELECT email FROM users WHERE id = :id", id=caller.user_id)[0]
    )
    return mail.text.partition("#verify=")[2].partition("\n")[0]


def works(engine: Engine, token: str | None, password: str = NEW) -> bool:
    try:
        reset_password(engine, token=str(token), password=password, origin=Origin())
    except InvalidTokenError:
        return False
    return True


def verifies(engine: Engine, token: str) -> bool:
    try:
        verify_email(engine, token=token, origin=Origin())
    except InvalidTokenError:
        return False
    return True


def test_a_link_works_once(app_engine: Engine, ada: Somebody) -> None:
    token = requested(app_engine)
    assert works(app_engine, token)
    assert not works(app_engine, token, "a third horse battery")
    assert log_in(app_engine, LoginAttempt(ada.email, NEW, Origin())).token
    with pytest.raises(WrongCredentialsError):
        log_in(app_engine, LoginAttempt(ada.email, PASSWORD, Origin()))


@pytest.mark.usefixtures("ada")
def test_of_many_that_use_a_link_at_once_one_sets_the_password(
    app_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_opened_it = Barrier(4)
    made = hashed().encode()

    def hash_at_once(*_: bytes) -> bytes:
        all_have_opened_it.wait(timeout=20)
        return made

    monkeypatch.setattr(bcrypt, "hashpw", hash_at_once)
    token = requested(app_engine)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: works(app_engine, token), range(4)))
    assert sorted(found) == [False, False, False, True]


@pytest.mark.usefixtures("ada")
def test_only_the_newest_link_works(app_engine: Engine) -> None:
    first, second = requested(app_engine), requested(app_engine)
    assert (works(app_engine, first), works(app_engine, second)) == (False, True)


@pytest.mark.usefixtures("ada")
def test_a_link_expires_after_an_hour(app_engine: Engine) -> None:
    token = requested(app_engine)
    lasts = "SELECT extract(epoch FROM expires_at - created_at)::integer FROM one_time_tokens"
    assert fetched(app_engine, lasts) == [3_600]
    done(app_engine, "UPDATE one_time_tokens SET expires_at = now() - interval '1 second'")
    assert not works(app_engine, token)


def test_an_invitation_holds_for_three_days(app_engine: Engine, ada: Somebody) -> None:
    with app_engine.begin() as connection:
        mail, link = invite(connection, ada.id, ada.email, site=SITE)
    lasts = "SELECT extract(epoch FROM expires_at - created_at)::integer FROM one_time_tokens"
    assert fetched(app_engine, lasts) == [3 * 86_400]
    assert link in mail.text
    assert works(app_engine, link.partition("=")[2])


@pytest.mark.usefixtures("ada")
def test_a_password_that_is_not_taken_does_not_use_the_link_up(app_engine: Engine) -> None:
    token = requested(app_engine)
    for password in ("short", "password1", "ada@example.org"):
        with pytest.raises(WeakPasswordError):
            works(app_engine, token, password)
    assert works(app_engine, token)


def test_a_link_is_for_one_purpose(app_engine: Engine, ada: Somebody, caller_for: Callers) -> None:
    token, other = requested(app_engine), verification(app_engine, caller_for(ada.id))
    assert not works(app_engine, other)
    assert not verifies(app_engine, str(token))
    assert verifies(app_engine, other)
    assert not verifies(app_engine, other)
    assert fetched(app_engine, "SELECT email_verified FROM users") == [True]


def test_a_changed_address_voids_all_links_and_is_not_verified(
    app_engine: Engine, ada: Somebody, admin: Caller, caller_for: Callers
) -> None:
    done(app_engine, "UPDATE users SET email_verified = true")
    tokens = requested(app_engine), verification(app_engine, caller_for(ada.id))
    with app_engine.begin() as connection:
        change_user(connection, admin, ada.id, {"email": "ada@example.com"})
    assert not works(app_engine, tokens[0])
    assert not verifies(app_engine, tokens[1])
    verified = "SELECT email_verified FROM users WHERE id = :id"
    assert fetched(app_engine, verified, id=ada.id) == [False]


def test_another_spelling_of_the_address_voids_nothing(
    app_engine: Engine, ada: Somebody, admin: Caller
) -> None:
    token = requested(app_engine)
    with app_engine.begin() as connection:
        change_user(connection, admin, ada.id, {"email": "Ada@Example.org"})
    assert works(app_engine, token)


def test_links_of_a_disabled_account_stay_dead_when_it_is_enabled(
    app_engine: Engine, ada: Somebody, admin: Caller
) -> None:
    token = requested(app_engine)
    with app_engine.begin() as connection:
        change_user(connection, admin, ada.id, {"is_active": False})
    assert requested(app_engine) is None
    assert not works(app_engine, token)
    with app_engine.begin() as connection:
        change_user(connection, admin, ada.id, {"is_active": True})
    assert not works(app_engine, token)


def test_a_changed_password_voids_the_link_that_somebody_asked_for(
    app_engine: Engine, ada: Somebody
) -> None:
    token = requested(app_engine)
    session = log_in(app_engine, LoginAttempt(ada.email, PASSWORD, Origin()))
    caller = Caller(ada.id, ada.email, frozenset(), session_id=session.id)
    change_password(app_engine, caller, current=PASSWORD, new=NEW)
    assert not works(app_engine, token, "a third horse battery")


def test_a_reset_ends_all_sessions_and_lets_nobody_in_by_itself(
    app_engine: Engine, ada: Somebody
) -> None:
    log_in(app_engine, LoginAttempt(ada.email, PASSWORD, Origin()))
    assert works(app_engine, requested(app_engine))
    found = fetched(app_engine, "SELECT ended_at IS NULL FROM sessions")
    assert found == [False, False]


def test_whoever_has_the_mailbox_gets_in_while_strangers_guess(
    app_engine: Engine, ada: Somebody
) -> None:
    token = requested(app_engine)
    session = reset_password(app_engine, token=str(token), password=NEW, origin=Origin())
    fail(app_engine, throttle.account(ada.email), times=5)
    with pytest.raises(TooManyAttemptsError):
        log_in(app_engine, LoginAttempt(ada.email, NEW, Origin()))
    assert log_in(app_engine, LoginAttempt(ada.email, NEW, Origin(), device=session.token)).token


def test_an_hour_brings_five_mails_whatever_they_are_about(
    app_engine: Engine, ada: Somebody, caller_for: Callers
) -> None:
    caller = caller_for(ada.id)
    for _ in range(2):
        verification(app_engine, caller)
    found = [requested(app_engine, email) for email in ("ada@example.org", " ADA@example.org ") * 3]
    assert [each is not None for each in found] == [True] * 3 + [False] * 3
    with pytest.raises(TooManyMailsError) as caught:
        verification(app_engine, caller)
    assert 3_590 < caught.value.retry_after_s <= 3_600
    assert works(app_engine, found[2]), "the last one that was sent still works"
    done(app_engine, "UPDATE one_time_tokens SET created_at = created_at - interval '61 minutes'")
    assert requested(app_engine) is not None


@pytest.mark.usefixtures("ada")
def test_as_many_at_once_bring_no_more(app_engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: requested(app_engine), range(16)))
    assert len([each for each in found if each is not None]) == 5


def test_an_address_that_nobody_has_leaves_no_trace(app_engine: Engine) -> None:
    traces = " UNION ALL ".join(
        f"SELECT count(*) FROM {table}"
        for table in ("one_time_tokens", "login_throttles", "audit_logs", "sessions")
    )
    before = fetched(app_engine, traces)
    for _ in range(10):
        assert requested(app_engine, "nobody@example.org") is None
    assert fetched(app_engine, traces) == before


@pytest.mark.usefixtures("ada")
def test_a_link_is_kept_as_a_hash(app_engine: Engine) -> None:
    token = str(requested(app_engine))
    assert len(token) >= 43
    kept = fetched(
        app_engine,
        "SELECT t::text FROM one_time_tokens AS t UNION ALL SELECT a::text FROM audit_logs AS a",
    )
    assert len(kept) >= 2
    assert token not in str(kept)
