"""What a person has set for themselves, by key."""

from typing import Any, Final

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.configuration.errors import TooManyPreferencesError
from dataviz_pipelines.core.configuration.values import check_preference
from dataviz_pipelines.core.crud import Collection, Row, delete_row, find_row, get_row, update_row
from dataviz_pipelines.core.models.tables import Base, UserPreference
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Personal
from dataviz_pipelines.core.sql import blocks, execute

MAX_PREFERENCES: Final = 500
PREFERENCES: Final = Collection(
    name="preferences",
    one="preference",
    table=Base.metadata.tables[UserPreference.__tablename__],
    policy=Personal(),
    filters=("preference_key",),
    sorts=("preference_key", "updated_at"),
    order="preference_key",
)
_SQL: Final = blocks("dataviz_pipelines.core.configuration", "configuration.sql")


def set_preference(
    connection: Connection, caller: Caller, key: str, value: Any, *, if_match: str | None = None
) -> Row:
    """The same however often it is said. With `if_match`, only a preference that is there."""
    check_preference(key, value)
    if if_match is None:
        values = {"user_id": caller.user_id, "key": key, "value": Jsonb(value)}
        added = execute(connection, _SQL["add_preference"], values).fetchone()
        if added is not None:
            _require_room(connection, caller)
            return get_row(connection, caller, PREFERENCES, added[0])
    known = get_preference(connection, caller, key)
    return update_row(
        connection, caller, PREFERENCES, known["id"], {"preference_value": value}, if_match=if_match
    )


def get_preference(connection: Connection, caller: Caller, key: str) -> Row:
    return find_row(connection, caller, PREFERENCES, "preference_key", key)


def forget_preference(
    connection: Connection, caller: Caller, key: str, *, if_match: str | None = None
) -> None:
    known = get_preference(connection, caller, key)
    delete_row(connection, caller, PREFERENCES, known["id"], if_match=if_match)


def _require_room(connection: Connection, caller: Caller) -> None:
    values = {"user_id": caller.user_id}
    row = execute(connection, _SQL["count_preferences"], values).fetchone()
    if row is not None and row[0] > MAX_PREFERENCES:
        raise TooManyPreferencesError(
            f"There are {MAX_PREFERENCES} preferences already.", remedy="Delete some first."
        )
