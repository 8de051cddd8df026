"""Pages of rows, by keyset: a page costs the same however deep it lies, and rows that come or go shift nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.cursors import Order, after, cursor_of, position
from dataviz_pipelines.core.crud.rows import Row
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import execute

MAX_LIMIT: Final = 200


@dataclass(frozen=True)
class Listing:
    """What a caller wants to see. `sort` is an order's text; `filters` are equalities, `since` and `before` the first moment of
    a column's range and the first one after it."""

    limit: int = 50
    cursor: str | None = None
    sort: str = "-created_at"
    search: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    before: Mapping[str, datetime] = field(default_factory=dict)
    count: bool = False

    @property
    def order(self) -> Order:
        return Order(self.sort)


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
        conditions.append(after(collection, listing.order))
        values |= position(collection, listing.order, listing.cursor)
    found = execute(connection, _select(collection, listing, conditions), values).fetchall()
    rows = [dict(zip(collection.columns, row, strict=True)) for row in found[: listing.limit]]
    more = len(found) > listing.limit
    return Page(rows, cursor_of(listing.order, rows[-1]) if more else None, total)


def _select(collection: Collection, listing: Listing, conditions: list[str]) -> str:
    order = "DESC" if listing.order.is_descending else "ASC"
    column = f'item."{listing.order.column}"'
    return (
        f'SELECT {collection.selected} FROM "{collection.table.name}" AS item '
        f"WHERE {' AND '.join(conditions)} ORDER BY {column} {order}, item.id {order} LIMIT {listing.limit + 1}"
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
    conditions = [
        *(_equals(collection, column) for column in listing.filters),
        *(f'item."{column}" >= %(since_{column})s' for column in listing.since),
        *(f'item."{column}" < %(before_{column})s' for column in listing.before),
    ]
    if listing.search:
        ways = [f"item.\"{column}\" ILIKE %(_search)s ESCAPE '~'" for column in collection.search]
        conditions.append(f"({' OR '.join(ways)})")
    return conditions


def _equals(collection: Collection, column: str) -> str:
    if column in collection.through:
        naming, table = collection.through[column]
        named = f'SELECT id FROM "{table.name}" WHERE "{column}" = %(filter_{column})s'
        return f'item."{naming}" IN ({named})'
    if column in collection.json_columns:
        return f'item."{column}" @> to_jsonb(%(filter_{column})s::text)'
    return f'item."{column}" = %(filter_{column})s'


def _values(listing: Listing) -> dict[str, Any]:
    escaped = (listing.search or "").replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return {
        "_search": f"%{escaped}%",
        **{f"filter_{column}": value for column, value in listing.filters.items()},
        **{f"since_{column}": moment for column, moment in listing.since.items()},
        **{f"before_{column}": moment for column, moment in listing.before.items()},
    }
