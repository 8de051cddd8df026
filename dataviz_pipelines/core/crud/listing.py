"""Pages of rows, by keyset: a page costs the same however deep it lies, and rows that come or go shift nothing."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.crud.rows import Row
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import execute

MAX_LIMIT = 200

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


@dataclass(frozen=True)
class Listing:
    """What a caller wants to see. `sort` is a column, with a minus before it for descending; `filters` are equalities."""

    limit: int = 50
    cursor: str | None = None
    sort: str = "-created_at"
    search: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    count: bool = False

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")


@dataclass(frozen=True)
class Page:
    """`total` counts all that match, where it was asked for."""

    rows: list[Row]
    next_cursor: str | None
    total: int | None


def list_rows(
    connection: Connection, caller: Caller, collection: Collection, listing: Listing
) -> Page:
    conditions = [collection.policy.allows(caller, "view"), *_narrowing(collection, listing)]
    values = {**parameters(caller), **_values(listing)}
    total = _count(connection, collection, conditions, values) if listing.count else None
    if listing.cursor is not None:
        conditions.append(_after(collection, listing))
        values |= _position(collection, listing)
    found = execute(connection, _select(collection, listing, conditions), values).fetchall()
    rows = [dict(zip(collection.columns, row, strict=True)) for row in found[: listing.limit]]
    more = len(found) > listing.limit
    return Page(rows, _cursor(listing, rows[-1]) if more else None, total)


def _select(collection: Collection, listing: Listing, conditions: list[str]) -> str:
    order = "DESC" if listing.is_descending else "ASC"
    column = f'item."{listing.column}"'
    return (
        f'SELECT {collection.selected} FROM "{collection.table.name}" AS item '
        f"WHERE {' AND '.join(conditions)} ORDER BY {column} {order}, item.id {order} LIMIT %(_limit)s"
    )


def _count(
    connection: Connection, collection: Collection, conditions: list[str], values: Mapping[str, Any]
) -> int:
    statement = (
        f'SELECT count(*) FROM "{collection.table.name}" AS item WHERE {" AND ".join(conditions)}'
    )
    row = execute(connection, statement, values).fetchone()
    return int(row[0]) if row else 0


def _narrowing(collection: Collection, listing: Listing) -> list[str]:
    conditions = [f'item."{column}" = %(filter_{column})s' for column in listing.filters]
    if listing.search:
        ways = [f"item.\"{column}\" ILIKE %(_search)s ESCAPE '~'" for column in collection.search]
        conditions.append(f"({' OR '.join(ways)})")
    return conditions


def _values(listing: Listing) -> dict[str, Any]:
    escaped = (listing.search or "").replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return {
        "_limit": listing.limit + 1,
        "_search": f"%{escaped}%",
        **{f"filter_{column}": value for column, value in listing.filters.items()},
    }


def _after(collection: Collection, listing: Listing) -> str:
    """The cursor's texts take the types of the columns, which PostgreSQL finds out by itself."""
    kind = collection.table.c[listing.column].type.compile(dialect=_DIALECT)
    sign = "<" if listing.is_descending else ">"
    return f'(item."{listing.column}", item.id) {sign} (%(_after)s::{kind}, %(_after_id)s::uuid)'


def _cursor(listing: Listing, last: Row) -> str:
    value = last[listing.column]
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    packed = json.dumps([listing.sort, text, str(last["id"])])
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _position(collection: Collection, listing: Listing) -> dict[str, str]:
    cursor = listing.cursor or ""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        sort, value, row_id = json.loads(packed)
        UUID(row_id)
        _parsed(collection, listing, value)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise _bad_cursor() from error
    if sort != listing.sort:
        raise _bad_cursor()
    return {"_after": value, "_after_id": row_id}


def _parsed(collection: Collection, listing: Listing, value: str) -> None:
    """Raises ValueError for a text that PostgreSQL would not take for the column's type."""
    kind = collection.table.c[listing.column].type.python_type
    if kind is datetime:
        datetime.fromisoformat(value)
    elif kind is not str:
        kind(value)
    elif "\0" in value:
        raise ValueError(value)


def _bad_cursor() -> InvalidRowError:
    return InvalidRowError(
        "The cursor does not belong to this list.",
        place="/cursor",
        remedy="Take `next_cursor` of the page before, with the same `sort`.",
    )
