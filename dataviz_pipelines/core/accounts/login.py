"""Logging in, and passwords changed by those who know them.

Hashes are compared between two transactions, so that nothing in the database waits for them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.accounts import store, throttle
from dataviz_pipelines.core.accounts.errors import (
    TooManyAttemptsError,
    WrongCredentialsError,
    WrongPasswordError,
)
from dataviz_pipelines.core.accounts.sessions import (
    OpenedSession,
    end_presented,
    end_sessions,
    open_session,
)
from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.security.caller import Caller, Origin, act_as
from dataviz_pipelines.core.security.passwords import (
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)


@dataclass(frozen=True)
class LoginAttempt:
    """`presented` is the token of the session that the browser has already; it ends with the new one."""

    email: str
    password: str
    origin: Origin
    presented: str | None = None

    @property
    def subjects(self) -> tuple[str, str]:
        return throttle.account(self.email), throttle.address(self.origin.ip_address)


def log_in(engine: Engine, attempt: LoginAttempt) -> OpenedSession:
    """Raises WrongCredentialsError or TooManyAttemptsError; both are counted or noted although nothing else is."""
    account = _account(engine, attempt)
    stored = account["password_hash"] if account and account["is_active"] else None
    if account is None or not verify_password(attempt.password, stored):
        _note_failure(engine, attempt, account["id"] if account else None)
        raise WrongCredentialsError
    rehashed = hash_password(attempt.password) if needs_rehash(account["password_hash"]) else None
    with engine.begin() as connection:
        act_as(connection, account["id"], attempt.origin)
        return _open(connection, attempt, account, rehashed)


def change_password(engine: Engine, caller: Caller, *, current: str, new: str) -> None:
    """Ends all other sessions. Wrong guesses of the current password count as failed log-ins."""
    subject = throttle.account(caller.email)
    check_password(new, email=caller.email, place="/new_password")
    with engine.begin() as connection:
        throttle.refuse_blocked(connection, subject)
        account = store.one(connection, "account", id=caller.user_id)
    if account is None or not verify_password(current, account["password_hash"]):
        with engine.begin() as connection:
            throttle.count_failure(connection, subject, limit=throttle.ACCOUNT_LIMIT)
        raise WrongPasswordError
    hashed = hash_password(new)
    with engine.begin() as connection:
        act_as(connection, caller.user_id, caller.origin)
        store.run(connection, "set_password", id=caller.user_id, password_hash=hashed)
        end_sessions(connection, caller.user_id, but=caller.session_id)


def _account(engine: Engine, attempt: LoginAttempt) -> dict[str, Any] | None:
    try:
        with engine.begin() as connection:
            throttle.refuse_blocked(connection, *attempt.subjects)
            return store.one(connection, "account_by_email", email=attempt.email.strip())
    except TooManyAttemptsError:
        with engine.begin() as connection:
            note(connection, "login_throttled", user_id=None, origin=attempt.origin)
        raise


def _open(
    connection: Connection, attempt: LoginAttempt, account: dict[str, Any], rehashed: str | None
) -> OpenedSession:
    """Looks once more, for the account may have been disabled while the password was compared."""
    current = store.one(connection, "account", id=account["id"])
    if current is None or not current["is_active"]:
        raise WrongCredentialsError
    if rehashed is not None and current["password_hash"] == account["password_hash"]:
        store.run(connection, "set_password", id=account["id"], password_hash=rehashed)
    if attempt.presented is not None:
        end_presented(connection, attempt.presented)
    throttle.forget_failures(connection, throttle.account(attempt.email))
    store.run(connection, "note_login", id=account["id"])
    session = open_session(connection, account["id"], attempt.origin)
    note(connection, "login", user_id=account["id"], origin=attempt.origin, **_about(account["id"]))
    return session


def _note_failure(engine: Engine, attempt: LoginAttempt, user_id: UUID | None) -> None:
    by_account, by_address = attempt.subjects
    with engine.begin() as connection:
        throttle.count_failure(connection, by_account, limit=throttle.ACCOUNT_LIMIT)
        throttle.count_failure(connection, by_address, limit=throttle.ADDRESS_LIMIT)
        about = {} if user_id is None else _about(user_id)
        note(connection, "login_failed", user_id=None, origin=attempt.origin, **about)


def _about(user_id: UUID) -> dict[str, Any]:
    return {"resource_type": "users", "resource_id": user_id}
