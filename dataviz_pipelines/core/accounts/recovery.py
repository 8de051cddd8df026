"""Links sent by mail, each working once: a forgotten password, and the proof that an address is somebody's."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.accounts import store, throttle
from dataviz_pipelines.core.accounts.errors import InvalidTokenError, TooManyMailsError
from dataviz_pipelines.core.accounts.sessions import OpenedSession, end_sessions, open_session
from dataviz_pipelines.core.mail import Mail
from dataviz_pipelines.core.models.business import TokenPurpose
from dataviz_pipelines.core.security.caller import Caller, Origin, act_as
from dataviz_pipelines.core.security.passwords import check_password, hash_password
from dataviz_pipelines.core.security.tokens import new_token, token_hash

_HOURS: Final = {TokenPurpose.PASSWORD_RESET: 1, TokenPurpose.EMAIL_VERIFICATION: 24}
_INVITATION_HOURS: Final = 72
_MAILS_AN_HOUR: Final = 5
_RESET: Final = """\
Somebody, hopefully you, asked for a new password of your DataViz Pipelines account.

{link}

The link works once, within an hour. If it was not you, there is nothing to do.
"""
_INVITATION: Final = """\
You have an account at DataViz Pipelines. With this link you set its password.

{link}

It works once, within three days. Later, ask for a new one on the page where one logs in.
"""
_VERIFY: Final = """\
Please confirm that this is your e-mail address.

{link}

The link works once, within a day.
"""


def request_password_reset(engine: Engine, email: str, origin: Origin, *, site: str) -> Mail | None:
    """The mail to send, None where nobody has the address or there were too many; the caller must not be told which."""
    with engine.begin() as connection:
        account = store.one(connection, "locked_account_by_email", email=email.strip())
        if account is None or not account["is_active"]:
            return None
        if _must_wait(connection, account["id"]) is not None:
            return None
        act_as(connection, None, origin)
        token = _new_one_time_token(connection, account["id"], TokenPurpose.PASSWORD_RESET)
    link = f"{site}/#reset={token}"
    return Mail(account["email"], "A new password", _RESET.format(link=link))


def reset_password(engine: Engine, *, token: str, password: str, origin: Origin) -> OpenedSession:
    """Ends all sessions of the person. The one that it returns is over too: it tells their browser from those of strangers.

    Raises InvalidTokenError or WeakPasswordError; only success uses the link up.
    """
    purpose = TokenPurpose.PASSWORD_RESET
    with engine.begin() as connection:
        _, email = _open_token(connection, token, purpose)
    check_password(password, email=email)
    hashed = hash_password(password)
    with engine.begin() as connection:
        user_id, email = _use_up(connection, token, purpose, origin)
        store.run(connection, "set_password", id=user_id, password_hash=hashed)
        throttle.forget_failures(connection, throttle.account(email))
        session = open_session(connection, user_id, origin)
        end_sessions(connection, user_id)
    return session


def invite(connection: Connection, user_id: UUID, email: str, *, site: str) -> tuple[Mail, str]:
    """The mail, and the link in it with which the person sets a password."""
    purpose = TokenPurpose.PASSWORD_RESET
    token = _new_one_time_token(connection, user_id, purpose, hours=_INVITATION_HOURS)
    link = f"{site}/#reset={token}"
    return Mail(email, "Your account", _INVITATION.format(link=link)), link


def request_email_verification(connection: Connection, caller: Caller, *, site: str) -> Mail:
    """To the address as it is now. Raises TooManyMailsError."""
    account = store.one(connection, "account", id=caller.user_id)
    seconds = _must_wait(connection, caller.user_id)
    if seconds is not None:
        raise TooManyMailsError(seconds)
    token = _new_one_time_token(connection, caller.user_id, TokenPurpose.EMAIL_VERIFICATION)
    link = f"{site}/#verify={token}"
    email = account["email"] if account else caller.email
    return Mail(email, "Your e-mail address", _VERIFY.format(link=link))


def verify_email(engine: Engine, *, token: str, origin: Origin) -> None:
    """Raises InvalidTokenError."""
    with engine.begin() as connection:
        user_id, _ = _use_up(connection, token, TokenPurpose.EMAIL_VERIFICATION, origin)
        store.run(connection, "verify_email", id=user_id)


def forget_links(connection: Connection, user_id: UUID, *purposes: TokenPurpose) -> None:
    """Those that were sent do not work any more."""
    for purpose in purposes:
        store.run(connection, "use_one_time_tokens", user_id=user_id, purpose=purpose.value)


def _must_wait(connection: Connection, user_id: UUID) -> int | None:
    """Seconds, where as many mails as a person wants in an hour were sent already."""
    seconds: int | None = store.value(
        connection, "enough_mails_for", user_id=user_id, most=_MAILS_AN_HOUR
    )
    return seconds


def _new_one_time_token(
    connection: Connection, user_id: UUID, purpose: TokenPurpose, *, hours: int | None = None
) -> str:
    """The newest link of its purpose is the only one that works."""
    token = new_token()
    forget_links(connection, user_id, purpose)
    store.run(
        connection,
        "new_one_time_token",
        user_id=user_id,
        purpose=purpose.value,
        token_hash=token_hash(token),
        hours=hours or _HOURS[purpose],
    )
    return token


def _open_token(connection: Connection, token: str, purpose: TokenPurpose) -> tuple[UUID, str]:
    values = {"token_hash": token_hash(token), "purpose": purpose.value}
    row = store.one(connection, "open_one_time_token", **values)
    if row is None:
        raise InvalidTokenError
    return row["id"], row["email"]


def _use_up(
    connection: Connection, token: str, purpose: TokenPurpose, origin: Origin
) -> tuple[UUID, str]:
    """Whose it is, locked, and on whose behalf the transaction goes on. Raises InvalidTokenError, also for the second of
    two at once."""
    user_id, _ = _open_token(connection, token, purpose)
    act_as(connection, user_id, origin)
    account = store.one(connection, "account", id=user_id)
    values = {"token_hash": token_hash(token), "purpose": purpose.value}
    is_used = store.run(connection, "use_one_time_token", **values) == 1
    if account is None or not account["is_active"] or not is_used:
        raise InvalidTokenError
    return user_id, account["email"]
