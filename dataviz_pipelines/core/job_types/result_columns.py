"""What columns of a result are in the platform's PostgreSQL, so that no value changes on its way there."""

import json
from base64 import b64decode
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import JsonValue

from dataviz_pipelines.core.ingestion.destinations.postgresql.columns import TableColumn
from dataviz_pipelines.core.models.documents.vocabulary import MAX_COLUMNS, MAX_NAME_BYTES
from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.queries.results import Column, Row
from dataviz_pipelines.core.scheduling.errors import JobFailedError

_TYPES: Final = {
    NormalizedType.BOOLEAN: "boolean",
    NormalizedType.INTEGER: "bigint",
    NormalizedType.DECIMAL: "numeric",
    NormalizedType.FLOAT: "double precision",
    NormalizedType.BINARY: "bytea",
    NormalizedType.DATE: "date",
    NormalizedType.TIME: "time without time zone",
    NormalizedType.DATETIME: "timestamp without time zone",
    NormalizedType.TIMESTAMP: "timestamp with time zone",
    NormalizedType.INTERVAL: "interval",
    NormalizedType.UUID: "uuid",
    NormalizedType.JSON: "jsonb",
    NormalizedType.ARRAY: "jsonb",
}
_NATIVE: Final = {"timetz": "time with time zone", "float4": "real"}
"""Types of PostgreSQL that say more than the vocabulary of all databases does."""
_ALSO: Final = {"bigint": {"numeric"}, "jsonb": {"json"}, "text": {"character varying"}}
"""What holds the same values."""
_MICROSECONDS: Final = 6
_TIMED: Final = frozenset({"interval"} | {kind for kind in _TYPES.values() if "time" in kind})
Value = JsonValue | bytes


def data_type(column: Column) -> str:
    """As information_schema names it."""
    return _NATIVE.get(column.native_type) or _TYPES.get(column.type, "text")


def refuse_unusable(columns: Sequence[Column]) -> None:
    """Of what no table can be made. Raises JobFailedError."""
    if not 0 < len(columns) <= MAX_COLUMNS:
        raise JobFailedError(
            f"The result has {len(columns):,} columns; a table has between 1 and {MAX_COLUMNS:,}."
        )
    for column in columns:
        if not 0 < len(column.name.encode()) <= MAX_NAME_BYTES:
            raise JobFailedError(
                f"The name {column.name[:MAX_NAME_BYTES]!r} has not between 1 and {MAX_NAME_BYTES} bytes.",
                remedy="Name the column with AS.",
            )


def misfits(columns: Sequence[Column], there: Sequence[TableColumn]) -> list[str]:
    """Every column that a table cannot take as it is, with the reason."""
    known = {column.name: column for column in there}
    names = {column.name for column in columns}
    lacking = [f"{name} is not in the table" for name in names - known.keys()]
    gone = [
        f"{column.name} is not in the result"
        for column in there
        if column.name not in names and not column.has_default
    ]
    other = [
        f"{column.name} is {known[column.name].data_type} in the table, and would be {data_type(column)}"
        for column in columns
        if column.name in known and not _holds(known[column.name], data_type(column))
    ]
    return sorted(lacking) + gone + other


def _holds(column: TableColumn, wanted: str) -> bool:
    """Every value of that type, unchanged."""
    if column.data_type not in {wanted, *_ALSO.get(wanted, ())}:
        return False
    if column.data_type == "numeric" and column.precision is not None:
        return False
    if column.data_type in _TIMED and column.second_digits != _MICROSECONDS:
        return False
    return column.max_length is None


def copied(columns: Sequence[Column], rows: Iterable[Row]) -> Iterable[list[Value]]:
    """The rows as COPY takes them."""
    for row in rows:
        yield [_copied(column, value) for column, value in zip(columns, row, strict=True)]


def _copied(column: Column, value: JsonValue) -> Value:
    if value is None:
        return None
    if column.type is NormalizedType.BINARY:
        return b64decode(str(value))
    if column.type is NormalizedType.ARRAY or isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value
