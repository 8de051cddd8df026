"""Sessions: opened by logging in, ended by whoever they belong to or by what happens to their account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import NoSuchSessionError
from dataviz_pipelines.core.accounts.store import Row
from dataviz_pipelines.core.security.caller import Caller, Origin
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.tokens import SESSION_PREFIX, new_token, token_hash

MOST_SESSIONS: Final = 100
"""Of one person at a time; a further one ends the oldest."""


@dataclass(frozen=True)
class OpenedSession:
    """`token` is shown this once; the database holds its hash."""

    id: UUID
    user_id: UUID
    token: str
    expires_at: datetime


def require_session(caller: Caller) -> UUID:
    """The session that asks. Raises PermissionDeniedError for an API key: what one that leaked must not be able to do."""
    if caller.session_id is None:
        raise PermissionDeniedError("An API key may not do this.", remedy="Log in with a password.")
    return caller.session_id


def open_session(connection: Connection, user_id: UUID, origin: Origin) -> OpenedSession:
    token = new_token(SESSION_PREFIX)
    values = {"user_id": user_id, "token_hash": token_hash(token)}
    row = store.one(connection, "open_session", **values, **origin.parameters())
    assert row is not None  # noqa: S101  # it was just inserted
    store.run(connection, "end_oldest_sessions", user_id=user_id, most=MOST_SESSIONS)
    return OpenedSession(row["id"], user_id, token, row["expires_at"])


def open_sessions(connection: Connection, user_id: UUID) -> list[Row]:
    """Those that still let somebody in, the latest used first."""
    return store.every(connection, "open_sessions", user_id=user_id)


def end_session(connection: Connection, user_id: UUID, session_id: UUID) -> None:
    """Raises NoSuchSessionError, also for a session of somebody else."""
    if store.run(connection, "end_session", id=session_id, user_id=user_id) == 0:
        raise NoSuchSessionError(f"There is no open session {session_id}.")


def end_presented(connection: Connection, token: str) -> None:
    store.run(connection, "end_presented", token_hash=token_hash(token))


def end_sessions(connection: Connection, user_id: UUID, *, but: UUID | None = None) -> int:
    """All of a person, except the one that asks for it."""
    return store.run(connection, "end_sessions", user_id=user_id, but=but)
