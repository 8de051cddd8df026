"""From a token to the person who presents it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.security.caller import Caller, Origin
from dataviz_pipelines.core.security.errors import NotLoggedInError
from dataviz_pipelines.core.security.tokens import API_KEY_PREFIX, token_hash
from dataviz_pipelines.core.sql import blocks, execute

_WORD = re.compile(r'"([^"\\]+)"')
_SQL = blocks("dataviz_pipelines.core.accounts", "identify.sql")
_BY_SESSION = _SQL["by_session"]
_BY_API_KEY = _SQL["by_api_key"]
_ACTING = {known: _SQL["acting"].replace("{known}", known) for known in (_BY_SESSION, _BY_API_KEY)}


@dataclass(frozen=True)
class Credential:
    """What a request presents, and from where."""

    token: str
    origin: Origin

    @property
    def is_api_key(self) -> bool:
        return self.token.startswith(API_KEY_PREFIX)


class Known(NamedTuple):
    """A row of `identify.sql`. `permissions` are the JSON arrays of all roles, one after the other."""

    id: UUID
    email: str
    is_admin: bool
    timezone: str
    role_ids: list[UUID] | None
    permissions: str | None
    scopes: list[str] | None
    session_id: UUID | None
    api_key_id: UUID | None
    is_over: bool
    is_stale: bool


def identify(
    connection: Connection, credential: Credential, *, acting: bool = True
) -> tuple[Caller, bool]:
    """The caller, and whether their last use wants noting again (`note_use`). `acting`: the rest of the transaction runs on
    their behalf. Raises NotLoggedInError."""
    statement = _BY_API_KEY if credential.is_api_key else _BY_SESSION
    values = {"token_hash": token_hash(credential.token)}
    if acting:
        statement = _ACTING[statement]
        values |= credential.origin.parameters()
    row = execute(connection, statement, values).fetchone()
    if row is None:
        raise NotLoggedInError("The session or key does not exist or has ended.", remedy="Log in.")
    known = Known._make(row)
    caller = _caller(known, credential.origin)
    if known.is_over:
        raise ExpiredError(caller)
    return caller, known.is_stale


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
        execute(connection, _SQL[block], {"id": caller.session_id or caller.api_key_id})


def _caller(known: Known, origin: Origin) -> Caller:
    return Caller(
        user_id=known.id,
        email=known.email,
        permissions=permissions_in(known.permissions or "", known.is_admin),
        role_ids=tuple(known.role_ids or ()),
        scopes=None if known.scopes is None else frozenset(known.scopes),
        session_id=known.session_id,
        api_key_id=known.api_key_id,
        timezone=known.timezone,
        origin=origin,
    )


@lru_cache(maxsize=256)
def permissions_in(arrays: str, is_admin: bool) -> frozenset[str]:
    """People with the same roles have the same text, which is read once."""
    held = set(_WORD.findall(arrays))
    return frozenset(held | {EVERYTHING} if is_admin else held)
