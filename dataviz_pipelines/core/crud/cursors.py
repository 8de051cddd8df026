"""Where in a list a page ends: the last row's place in the order, packed so that it can be sent back."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects import postgresql

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.errors import InvalidRowError

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


@dataclass(frozen=True)
class Order:
    """As a caller writes it: a column, with a minus before it for descending."""

    text: str

    @property
    def column(self) -> str:
        return self.text.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.text.startswith("-")


def after(collection: Collection, order: Order) -> str:
    """The cursor's texts take the types of the columns, which PostgreSQL finds out by itself."""
    kind = collection.table.c[order.column].type.compile(dialect=_DIALECT)
    sign = "<" if order.is_descending else ">"
    return f'(item."{order.column}", item.id) {sign} (%(_after)s::{kind}, %(_after_id)s::uuid)'


def cursor_of(order: Order, last: Mapping[str, Any]) -> str:
    value = last[order.column]
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    packed = json.dumps([order.text, text, str(last["id"])])
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def position(collection: Collection, order: Order, cursor: str) -> dict[str, str]:
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        sort, value, row_id = json.loads(packed)
        UUID(row_id)
        _parsed(collection, order, value)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise _bad_cursor() from error
    if sort != order.text:
        raise _bad_cursor()
    return {"_after": value, "_after_id": row_id}


def _parsed(collection: Collection, order: Order, value: str) -> None:
    """Raises ValueError for a text that PostgreSQL would not take for the column's type."""
    kind = collection.table.c[order.column].type.python_type
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
