"""From a token to the person who presents it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.security.caller import Caller, Origin
from dataviz_pipelines.core.security.errors import NotLoggedInError
from dataviz_pipelines.core.security.tokens import API_KEY_PREFIX, token_hash
from dataviz_pipelines.core.sql import blocks

_SQL = blocks("dataviz_pipelines.core.accounts", "identify.sql")


@dataclass(frozen=True)
class Credential:
    """What a request presents, and from where."""

    token: str
    origin: Origin

    @property
    def is_api_key(self) -> bool:
        return self.token.startswith(API_KEY_PREFIX)


def identify(connection: Connection, credential: Credential) -> tuple[Caller, bool]:
    """The caller, and whether their last use wants noting again (`note_use`). The rest of the transaction runs on their
    behalf. Raises NotLoggedInError."""
    statement = _SQL["by_api_key" if credential.is_api_key else "by_session"]
    values = {"token_hash": token_hash(credential.token), **credential.origin.parameters()}
    row = connection.exec_driver_sql(statement, values).mappings().first()
    if row is None:
        raise NotLoggedInError("The session or key does not exist or has ended.", remedy="Log in.")
    caller = _caller(row, credential.origin)
    if row["is_over"]:
        raise ExpiredError(caller)
    return caller, row["is_stale"]


class ExpiredError(NotLoggedInError):
    """It has just been found to be over. `end` it, so that it stays so when a clock goes back."""

    def __init__(self, caller: Caller) -> None:
        super().__init__("The session or key has expired.", remedy="Log in again.")
        self.caller = caller


def end(engine: Engine, caller: Caller) -> None:
    """Commits alone: the request that found it is refused and changes nothing else."""
    _run(engine, caller, session="end_session", api_key="revoke_api_key")


def note_use(engine: Engine, caller: Caller) -> None:
    """Commits alone, so that no request holds the row of a session that others use too."""
    _run(engine, caller, session="touch_session", api_key="touch_api_key")


def _run(engine: Engine, caller: Caller, *, session: str, api_key: str) -> None:
    block = session if caller.api_key_id is None else api_key
    with engine.begin() as connection:
        connection.exec_driver_sql(_SQL[block], {"id": caller.session_id or caller.api_key_id})


def _caller(row: Any, origin: Origin) -> Caller:
    permissions = {word for held in row["permissions"] or [] for word in held}
    if row["is_admin"]:
        permissions.add(EVERYTHING)
    return Caller(
        user_id=row["id"],
        email=row["email"],
        permissions=frozenset(permissions),
        role_ids=tuple(row["role_ids"] or ()),
        scopes=frozenset(row["scopes"]) if row["api_key_id"] else None,
        session_id=row["session_id"],
        api_key_id=row["api_key_id"],
        timezone=row["timezone"],
        origin=origin,
    )
