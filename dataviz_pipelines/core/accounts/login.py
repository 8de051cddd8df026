"""Logging in, and passwords changed by those who know them.

Hashes are compared between two transactions, so that nothing in the database waits for them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.accounts import store, throttle
from dataviz_pipelines.core.accounts.errors import WrongCredentialsError, WrongPasswordError
from dataviz_pipelines.core.accounts.recovery import forget_links
from dataviz_pipelines.core.accounts.sessions import (
    OpenedSession,
    end_presented,
    end_sessions,
    open_session,
    require_session,
)
from dataviz_pipelines.core.accounts.store import Row
from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.db import Transactions
from dataviz_pipelines.core.models.business import TokenPurpose
from dataviz_pipelines.core.security.caller import Caller, Origin, act_as
from dataviz_pipelines.core.security.passwords import (
    check_password,
    hash_password,
    needs_rehash,
    verify_password,
)
from dataviz_pipelines.core.security.tokens import token_hash


@dataclass(frozen=True)
class LoginAttempt:
    """`presented` is the token of the session that the browser has already; it ends with the new one. `device` is the
    token of the latest session that was opened from the browser, whether or not it is over."""

    email: str
    password: str
    origin: Origin
    presented: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class _Found:
    """`account` is None where nobody has the address. Failures count for all `subjects`, success clears the first."""

    account: Row | None
    subjects: tuple[str, ...]

    @property
    def stored(self) -> str | None:
        """The hash to compare with; None where nobody can log in."""
        if self.account is None or not self.account["is_active"]:
            return None
        stored: str | None = self.account["password_hash"]
        return stored


def log_in(engine: Engine, attempt: LoginAttempt) -> OpenedSession:
    """Raises WrongCredentialsError, which is counted and noted although nothing else is, or TooManyAttemptsError."""
    with engine.begin() as connection:
        found = _look_up(connection, attempt)
        throttle.refuse_blocked(connection, *found.subjects)
    matches = verify_password(attempt.password, found.stored)
    if found.account is None or not matches:
        about = found.account["id"] if found.account else None
        _count_failure(engine, found.subjects, attempt.origin, about=about)
        raise WrongCredentialsError
    rehashed = hash_password(attempt.password) if needs_rehash(found.stored or "") else None
    with engine.begin() as connection:
        act_as(connection, found.account["id"], attempt.origin)
        _require_unchanged(connection, found.account)
        if rehashed is not None:
            store.run(connection, "set_password", id=found.account["id"], password_hash=rehashed)
        throttle.forget_failures(connection, found.subjects[0])
        return _open(connection, attempt, found.account["id"])


def change_password(engine: Transactions, caller: Caller, *, current: str, new: str) -> None:
    """Ends all other sessions. Wrong guesses of the current password count against the session that makes them.

    Raises WeakPasswordError, WrongPasswordError, TooManyAttemptsError, or PermissionDeniedError for an API key.
    """
    session_id = require_session(caller)
    subject = throttle.session(session_id)
    check_password(new, email=caller.email, place="/new_password")
    with engine.begin() as connection:
        throttle.refuse_blocked(connection, subject)
        account = store.one(connection, "account", id=caller.user_id)
    stored = account["password_hash"] if account else None
    if not verify_password(current, stored):
        _count_failure(engine, (subject,), caller.origin, about=caller.user_id)
        raise WrongPasswordError
    values = {"password_hash": hash_password(new), "current": stored, "session_id": session_id}
    with engine.begin() as connection:
        act_as(connection, caller.user_id, caller.origin)
        if store.run(connection, "change_password", id=caller.user_id, **values) == 0:
            raise WrongPasswordError
        end_sessions(connection, caller.user_id, but=session_id)
        forget_links(connection, caller.user_id, TokenPurpose.PASSWORD_RESET)
        throttle.forget_failures(connection, subject)


def _look_up(connection: Connection, attempt: LoginAttempt) -> _Found:
    """Counted by the address of the account as it is stored: the database may take other spellings for the same."""
    account = store.one(
        connection,
        "account_that_logs_in",
        email=attempt.email.strip(),
        device=token_hash(attempt.device or ""),
    )
    if account is not None and account["device_session"] is not None:
        return _Found(account, (throttle.session(account["device_session"]),))
    by_account = throttle.account(account["email"] if account else attempt.email)
    return _Found(account, (by_account, throttle.address(attempt.origin.ip_address)))


def _require_unchanged(connection: Connection, account: Row) -> None:
    """Raises WrongCredentialsError where the account was disabled or the password changed while it was compared."""
    current = store.one(connection, "account", id=account["id"])
    if (
        current is None
        or not current["is_active"]
        or current["password_hash"] != account["password_hash"]
    ):
        raise WrongCredentialsError


def _open(connection: Connection, attempt: LoginAttempt, user_id: UUID) -> OpenedSession:
    if attempt.presented is not None:
        end_presented(connection, attempt.presented)
    store.run(connection, "note_login", id=user_id)
    session = open_session(connection, user_id, attempt.origin)
    note(connection, "login", user_id=user_id, origin=attempt.origin, **_about(user_id))
    return session


def _count_failure(
    engine: Transactions, subjects: tuple[str, ...], origin: Origin, *, about: UUID | None
) -> None:
    """A block is noted when it begins; attempts that are not looked at leave nothing, so that they fill nothing up."""
    with engine.begin() as connection:
        is_blocked = throttle.count_failure(connection, *subjects)
        for action in ("login_failed", "login_throttled") if is_blocked else ("login_failed",):
            note(connection, action, user_id=None, origin=origin, **_about(about))


def _about(user_id: UUID | None) -> dict[str, Any]:
    return {} if user_id is None else {"resource_type": "users", "resource_id": user_id}
