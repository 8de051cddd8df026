"""One row: read, created, changed, deleted. Each is one statement of which the permission is a part."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.errors import (
    RowChangedError,
    RowNotFoundError,
    translated,
)
from dataviz_pipelines.core.crud.references import require_references, require_whole
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import execute

Row = dict[str, Any]


def etag(row: Mapping[str, Any]) -> str:
    """A strong validator: a row that changes is stamped anew by its trigger."""
    moment: datetime = row["updated_at"]
    return f'"{int(moment.timestamp() * 1_000_000):x}"'


def etags(header: str | None) -> list[str]:
    """What If-Match and If-None-Match list."""
    return [each.strip() for each in (header or "").split(",")]


def get_row(connection: Connection, caller: Caller, collection: Collection, row_id: UUID) -> Row:
    """Raises RowNotFoundError, also for a row that the caller may not see."""
    return find_row(connection, caller, collection, "id", row_id)


def find_row(
    connection: Connection, caller: Caller, collection: Collection, column: str, value: Any
) -> Row:
    """The same by another column whose values are unique among what the caller may see."""
    condition = collection.policy.allows(caller, "view")
    found = execute(
        connection,
        _select(collection.table.name, collection.selected, condition, column),
        {"id": value, **parameters(caller)},
    ).fetchone()
    if found is None:
        raise _not_found(collection, value)
    return dict(zip(collection.columns, found, strict=True))


def require_row(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    row_id: UUID,
    *,
    action: str,
    locked: bool = True,
) -> Row:
    """The row if the caller may do the action to it, `locked` until the transaction ends: a row that may not be seen is
    not found, one that may only be seen is refused."""
    row = get_row(connection, caller, collection, row_id)
    allowed = execute(
        connection,
        f'SELECT FROM "{collection.table.name}" AS item WHERE item.id = %(id)s '
        f"AND {collection.policy.allows(caller, action)} {'FOR UPDATE' if locked else ''}",
        {"id": row_id, **parameters(caller)},
    ).fetchone()
    if allowed is None:
        raise _denied(collection, action)
    return row


def create_row(
    connection: Connection, caller: Caller, collection: Collection, values: Mapping[str, Any]
) -> Row:
    if collection.owner is not None:
        values = {**values, collection.owner: caller.user_id}
    require_references(connection, caller, collection, values)
    require_whole(connection, caller, collection, values)
    check = collection.check_for(values)
    if check is not None:
        values = {**values, **(check(connection, caller, values) or {})}
    with translated(collection.one):
        created = execute(
            connection,
            _insert(collection.table.name, tuple(values), collection.selected),
            _bound(collection, values),
        ).fetchall()
    return dict(zip(collection.columns, created[0], strict=True))


def update_row(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    row_id: UUID,
    values: Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Row:
    """Raises RowChangedError when `if_match` is not the row's etag any more."""
    check = collection.check_for(values)
    if check is not None:
        before = require_row(connection, caller, collection, row_id, action="edit")
        values = {**values, **(check(connection, caller, {**before, **values}) or {})}
    require_references(connection, caller, collection, values)
    with translated(collection.one):
        changed = execute(
            connection,
            _update(
                collection.table.name,
                tuple(values),
                collection.selected,
                f"{collection.policy.allows(caller, 'edit')}{_matching(if_match)}",
            ),
            {
                **_bound(collection, values),
                "_id": row_id,
                "_if_match": etags(if_match),
                **parameters(caller),
            },
        ).fetchone()
    if changed is None:
        raise _why_not(connection, caller, collection, row_id, "edit")
    return dict(zip(collection.columns, changed, strict=True))


def delete_row(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    row_id: UUID,
    *,
    if_match: str | None = None,
) -> None:
    condition = f"{collection.policy.allows(caller, 'delete')}{_matching(if_match)}"
    with translated(collection.one):
        deleted = execute(
            connection,
            f'DELETE FROM "{collection.table.name}" AS item WHERE item.id = %(_id)s AND {condition}',
            {"_id": row_id, "_if_match": etags(if_match), **parameters(caller)},
        )
    if deleted.rowcount == 0:
        raise _why_not(connection, caller, collection, row_id, "delete")


def _why_not(
    connection: Connection, caller: Caller, collection: Collection, row_id: UUID, action: str
) -> Exception:
    """Why a statement with a condition found nothing, in the order in which a caller may learn it."""
    get_row(connection, caller, collection, row_id)
    allowed = execute(
        connection,
        _select(collection.table.name, "item.id", collection.policy.allows(caller, action)),
        {"id": row_id, **parameters(caller)},
    ).fetchone()
    if allowed is None:
        return _denied(collection, action)
    return RowChangedError(
        f"The {collection.one} was changed since it was read.",
        remedy="Read it again, and send its new ETag as If-Match.",
    )


def _denied(collection: Collection, action: str) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"This {collection.one} is not yours to {action}.",
        remedy="Ask its owner for a grant.",
    )


def _not_found(collection: Collection, key: object) -> RowNotFoundError:
    return RowNotFoundError(f"There is no {collection.one} {key}.")


def _matching(if_match: str | None) -> str:
    if if_match is None or if_match == "*":
        return ""
    moment = "to_hex((extract(epoch FROM item.updated_at) * 1000000)::bigint)"
    return f" AND '\"' || {moment} || '\"' = ANY(%(_if_match)s)"


def _bound(collection: Collection, values: Mapping[str, Any]) -> Row:
    """None is NULL where the column takes it, and JSON's null where that is a value."""
    return {
        name: Jsonb(value)
        if name in collection.json_columns and _is_json(collection, name, value)
        else value
        for name, value in values.items()
    }


def _is_json(collection: Collection, name: str, value: Any) -> bool:
    return value is not None or not collection.table.c[name].nullable


@lru_cache(maxsize=1_024)
def _select(table: str, selected: str, condition: str, column: str = "id") -> str:
    return (
        f'SELECT {selected} FROM "{table}" AS item WHERE item."{column}" = %(id)s AND {condition}'
    )


@lru_cache(maxsize=1_024)
def _insert(table: str, names: tuple[str, ...], selected: str) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f"%({name})s" for name in names)
    rows = f"({columns}) VALUES ({values})" if names else "DEFAULT VALUES"
    return f'INSERT INTO "{table}" AS item {rows} RETURNING {selected}'


@lru_cache(maxsize=1_024)
def _update(table: str, names: tuple[str, ...], selected: str, condition: str) -> str:
    """Without anything to change, the row is returned as it is."""
    changes = ", ".join(f'"{name}" = %({name})s' for name in names or ("id",))
    if not names:
        changes = '"id" = item."id"'
    return (
        f'UPDATE "{table}" AS item SET {changes} WHERE item.id = %(_id)s AND {condition} '
        f"RETURNING {selected}"
    )
