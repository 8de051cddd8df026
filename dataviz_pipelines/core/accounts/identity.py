"""From a token to the person who presents it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.db import Transactions
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.nonblocking.lanes import statements_of
from dataviz_pipelines.core.nonblocking.statements import Row
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
_OF_THE_MOMENT: Final = -2
"""Where the columns begin that tell of a moment instead of a person."""
_ACTING = {known: _SQL["acting"].replace("{known}", known) for known in (_BY_SESSION, _BY_API_KEY)}


class Credential(NamedTuple):
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


@dataclass
class Identity:
    """Whom a request is of, whether the database has told it so by now, and whether their last use wants noting again."""

    caller: Caller
    is_confirmed: bool
    is_stale: bool = False


def identify(connection: Connection, credential: Credential, *, acting: bool = True) -> Identity:
    """`acting`: the rest of the transaction runs on their behalf. Raises NotLoggedInError."""
    statement, values = _question(credential, acting=acting)
    known = _living(execute(connection, statement, values).fetchone(), credential.origin)
    if len(_REMEMBERED) == _MOST_REMEMBERED:
        _REMEMBERED.clear()
    _REMEMBERED[values["token_hash"]] = known
    return Identity(_caller(known, credential.origin), is_confirmed=True, is_stale=known.is_stale)


def presume(connection: Connection, credential: Credential, *, acting: bool) -> Identity | None:
    """Who it was when the token came last, where the connection can have the database confirm it with its answer to the next
    statement. Otherwise that raises what `identify` would raise, or MistakenError, and must have done nothing that stays."""
    statements = statements_of(connection)
    if statements is None:
        return None
    statement, values = _question(credential, acting=acting)
    presumed = _REMEMBERED.get(values["token_hash"])
    if presumed is None:
        return None
    identity = Identity(_caller(presumed, credential.origin), is_confirmed=False)

    def judge(row: Row | None) -> None:
        known = _living(row, credential.origin)
        if known[:_OF_THE_MOMENT] != presumed[:_OF_THE_MOMENT]:
            raise MistakenError
        identity.is_confirmed, identity.is_stale = True, known.is_stale

    statements.ask_before(statement, values, judge)
    return identity


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


def _living(row: Row | None, origin: Origin) -> Known:
    if row is None:
        raise NotLoggedInError("The session or key does not exist or has ended.", remedy="Log in.")
    known = Known._make(row)
    if known.is_over:
        raise ExpiredError(_caller(known, origin))
    return known


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
