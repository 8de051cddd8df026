"""From a token to the person who presents it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.db import Transactions
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.nonblocking.lanes import statements_of
from dataviz_pipelines.core.security.caller import Caller, Origin
from dataviz_pipelines.core.security.errors import NotLoggedInError
from dataviz_pipelines.core.security.tokens import API_KEY_PREFIX, token_hash
from dataviz_pipelines.core.sql import blocks, execute

_WORD = re.compile(r'"([^"\\]+)"')
_SQL = blocks("dataviz_pipelines.core.accounts", "identify.sql")
_BY_SESSION = _SQL["by_session"]
_BY_API_KEY = _SQL["by_api_key"]
_MOST_REMEMBERED: Final = 1_000
_REMEMBERED: Final[dict[str, "Known"]] = {}
"""By the hashes of their tokens, whom requests were of."""
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

    @property
    def who(self) -> tuple[Any, ...]:
        """All that the moment does not change."""
        return self[:-2]


def identify(
    connection: Connection, credential: Credential, *, acting: bool = True
) -> tuple[Caller, bool]:
    """The caller, and whether their last use wants noting again (`note_use`). `acting`: the rest of the transaction runs on
    their behalf. Raises NotLoggedInError."""
    statement, values = _question(credential, acting=acting)
    known = _known(execute(connection, statement, values).fetchone())
    caller = _living(known, credential.origin)
    if len(_REMEMBERED) == _MOST_REMEMBERED:
        _REMEMBERED.clear()
    _REMEMBERED[values["token_hash"]] = known
    return caller, known.is_stale


def presume(
    connection: Connection,
    credential: Credential,
    confirm: Callable[[bool | Exception], None],
    *,
    acting: bool,
) -> Caller | None:
    """Who the caller was when the token came last, where the connection can have the database say with the answer to its next
    statement whether they still are. Then `confirm` is told whether their last use wants noting again, or what is raised as
    `identify` raises it. Otherwise that statement raises MistakenError. It must have done nothing that stays."""
    statements = statements_of(connection)
    statement, values = _question(credential, acting=acting)
    presumed = _REMEMBERED.get(values["token_hash"])
    if statements is None or presumed is None:
        return None

    def judge(row: tuple[Any, ...] | None) -> None:
        try:
            known = _known(row)
            _living(known, credential.origin)
        except NotLoggedInError as error:
            confirm(error)
            raise
        if known.who != presumed.who:
            raise MistakenError
        confirm(known.is_stale)

    statements.ask_before(statement, values, judge)
    return _caller(presumed, credential.origin)


class MistakenError(Exception):
    """A token's person, or what they may do, is not what it was presumed to be."""


class ExpiredError(NotLoggedInError):
    """It has just been found to be over. `end` it, so that it stays so when a clock goes back."""

    def __init__(self, caller: Caller) -> None:
        super().__init__("The session or key has expired.", remedy="Log in again.")
        self.caller = caller


def end(transactions: Transactions, caller: Caller) -> None:
    """Commits alone: the request that found it is refused and changes nothing else."""
    _run(transactions, caller, session="end_session", api_key="revoke_api_key")


def note_use(transactions: Transactions, caller: Caller) -> None:
    """Commits alone, so that no request holds the row of a session that others use too."""
    _run(transactions, caller, session="touch_session", api_key="touch_api_key")


def _run(transactions: Transactions, caller: Caller, *, session: str, api_key: str) -> None:
    block = session if caller.api_key_id is None else api_key
    with transactions.begin() as connection:
        execute(connection, _SQL[block], {"id": caller.session_id or caller.api_key_id})


def _question(credential: Credential, *, acting: bool) -> tuple[str, dict[str, str]]:
    statement = _BY_API_KEY if credential.is_api_key else _BY_SESSION
    values = {"token_hash": token_hash(credential.token)}
    if acting:
        return _ACTING[statement], values | credential.origin.parameters()
    return statement, values


def _known(row: tuple[Any, ...] | None) -> Known:
    if row is None:
        raise NotLoggedInError("The session or key does not exist or has ended.", remedy="Log in.")
    return Known._make(row)


def _living(known: Known, origin: Origin) -> Caller:
    caller = _caller(known, origin)
    if known.is_over:
        raise ExpiredError(caller)
    return caller


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
