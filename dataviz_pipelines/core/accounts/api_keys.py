"""Keys for programs: a person's own, narrowed to scopes, shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import (
    KeyExpiredError,
    NoSuchKeyError,
    TooManyKeysError,
)
from dataviz_pipelines.core.accounts.sessions import require_session
from dataviz_pipelines.core.accounts.store import Row
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.crud.errors import translated
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.tokens import (
    API_KEY_PREFIX,
    new_token,
    shown_part,
    token_hash,
)

MOST_KEYS: Final = 100
"""Of one person, so that a list shows them all."""


@dataclass(frozen=True)
class NewKey:
    """Without `scopes` the key may do whatever its owner may."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None


def api_keys(connection: Connection, caller: Caller) -> list[Row]:
    return store.every(connection, "api_keys", user_id=caller.user_id)


def create_api_key(connection: Connection, caller: Caller, new: NewKey) -> tuple[Row, str]:
    """The key's row, and the key itself. Raises KeyExpiredError, TooManyKeysError or DuplicateRowError."""
    require_session(caller)
    if new.expires_at is not None and new.expires_at <= utc_now():
        raise KeyExpiredError
    if store.value(connection, "count_api_keys", user_id=caller.user_id) >= MOST_KEYS:
        raise TooManyKeysError(MOST_KEYS)
    key = new_token(API_KEY_PREFIX)
    with translated("API key"):
        row = store.one(
            connection,
            "new_api_key",
            user_id=caller.user_id,
            name=new.name,
            prefix=shown_part(key),
            key_hash=token_hash(key),
            scopes=Jsonb(list(new.scopes) or ["*"]),
            expires_at=new.expires_at,
        )
    assert row is not None  # noqa: S101  # it was just inserted
    return row, key


def revoke_api_key(connection: Connection, caller: Caller, key_id: UUID) -> None:
    """Its name is free again. Raises NoSuchKeyError."""
    require_session(caller)
    if store.run(connection, "revoke_api_key", id=key_id, user_id=caller.user_id) == 0:
        raise NoSuchKeyError(f"There is no API key {key_id}.")
