"""What a query answers, as JSON can hold it exactly."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from pydantic import JsonValue
from pydantic_core import to_json

from dataviz_pipelines.core.models.metadata import NormalizedType

_SAFE: Final = 2**53 - 1
Row = list[JsonValue]


@dataclass(frozen=True)
class Column:
    """`native_type` is the database's own name for it. Names are unique: a second `a` is `a_2`."""

    name: str
    native_type: str
    type: NormalizedType


@dataclass(frozen=True)
class Limits:
    """What of a result is taken at most; `max_bytes` of its rows as JSON."""

    max_rows: int
    max_bytes: int


@dataclass(frozen=True)
class Table:
    """`truncated`: there is more at the source."""

    columns: tuple[Column, ...]
    rows: list[Row]
    truncated: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """A table, and how it came about. `elapsed_ms` is what the query took when it was run; `cached_at` is when, if that was
    not now."""

    execution_id: UUID
    table: Table
    elapsed_ms: int
    cached_at: datetime | None = None
    bytes_billed: int | None = None

    def document(self) -> dict[str, Any]:
        return {
            "execution_id": self.execution_id,
            "columns": [vars(column) for column in self.table.columns],
            "rows": self.table.rows,
            "row_count": len(self.table.rows),
            "truncated": self.table.truncated,
            "elapsed_ms": self.elapsed_ms,
            "cache_hit": self.cached_at is not None,
            "cached_at": self.cached_at,
            "bytes_billed": self.bytes_billed,
            "warnings": list(self.table.warnings),
        }


def gather(rows: Iterable[Sequence[Any]], limits: Limits) -> tuple[list[Row], bool]:
    """The rows within the limits, and whether there were more. No more are asked for than one too many."""
    taken: list[Row] = []
    room = limits.max_bytes
    for values in rows:
        row = [shown(value) for value in values]
        room -= len(to_json(row))
        if len(taken) == limits.max_rows or room < 0:
            return taken, True
        taken.append(row)
    return taken, False


def unique(names: Iterable[str]) -> Iterator[str]:
    """In their order, with a number behind each that was there before."""
    seen: set[str] = set()
    for name in names:
        found, count = name, 1
        while found in seen:
            count += 1
            found = f"{name}_{count}"
        seen.add(found)
        yield found


def shown(value: Any) -> JsonValue:
    """Numbers that JSON's readers would round are text: decimals, and integers beyond 2^53; so are NaN and infinity. Bytes
    are base64."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -_SAFE <= value <= _SAFE else str(value)
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, datetime | date | time):
        return _moment(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(value).decode()
    return _nested(value)


def _nested(value: Any) -> JsonValue:
    if isinstance(value, dict):
        return {str(key): shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    return str(value)


def _number(value: float | Decimal) -> JsonValue:
    if not (value.is_finite() if isinstance(value, Decimal) else isfinite(value)):
        return str(float(value)).replace("inf", "Infinity").replace("nan", "NaN")
    return value if isinstance(value, float) else format(value, "f")


def _moment(value: datetime | date | time) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat()
