"""Which PostgreSQL columns can hold what a template loads, and what their types demand of the values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.ingestion.polars_types import polars_type
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

INTEGER_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (None, None),  # the type that integers are parsed as already
}
INTEGER_FRAMES: dict[str, pl.DataType] = {
    "smallint": pl.Int16(),
    "integer": pl.Int32(),
    "bigint": pl.Int64(),
}
LARGEST_INTEGER = 2**63 - 1
MICROSECONDS = 6
TIMES = frozenset({ColumnType.TIME, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ})
ACCEPTED: dict[ColumnType, frozenset[str]] = {
    ColumnType.TEXT: frozenset({"text", "character varying"}),
    ColumnType.INTEGER: frozenset({*INTEGER_BOUNDS, "numeric"}),
    ColumnType.DECIMAL: frozenset({"numeric"}),
    ColumnType.FLOAT: frozenset({"double precision"}),
    ColumnType.BOOLEAN: frozenset({"boolean"}),
    ColumnType.DATE: frozenset({"date"}),
    ColumnType.TIME: frozenset({"time without time zone"}),
    ColumnType.TIMESTAMP: frozenset({"timestamp without time zone"}),
    ColumnType.TIMESTAMPTZ: frozenset({"timestamp with time zone"}),
    ColumnType.UUID: frozenset({"uuid", "text", "character varying"}),
    ColumnType.JSON: frozenset({"jsonb", "json", "text"}),
}
CREATED = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.FLOAT: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIME: "time",
    ColumnType.TIMESTAMP: "timestamp",
    ColumnType.TIMESTAMPTZ: "timestamptz",
    ColumnType.UUID: "uuid",
    ColumnType.JSON: "jsonb",
}


@dataclass(frozen=True)
class TableColumn:
    """A column as the catalog has it: `data_type` as information_schema names it; `scale` may be negative."""

    name: str
    data_type: str
    nullable: bool
    has_default: bool
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    second_digits: int | None = None


def created_type(rule: ColumnRule) -> str:
    """The type that a column made from a template gets."""
    if rule.type is ColumnType.DECIMAL:
        return f"numeric({rule.precision},{rule.scale})"
    return CREATED[rule.type]


def narrowed(rule: ColumnRule, column: TableColumn, table: str) -> ColumnRule:
    """The rule with whatever the existing column demands beyond it, so that rows are rejected one by one and not the
    whole file by the server. Raises DestinationError when the types do not go together."""
    if column.data_type not in ACCEPTED[rule.type]:
        raise DestinationError(
            f"Column {column.name} of table {table} is {column.data_type}, but the template loads {rule.type.value}.",
            remedy=f"Change the template's type, or the column to {created_type(rule)}.",
        )
    _refuse_rounding(rule, column, table)
    changes: dict[str, object] = {"nullable": rule.nullable and column.nullable}
    if column.max_length is not None:
        changes["max_length"] = min(column.max_length, rule.max_length or column.max_length)
    if rule.type is ColumnType.INTEGER:
        changes |= _integer_bounds(rule, column)
    if column.precision is not None and rule.type is ColumnType.DECIMAL:
        changes |= _decimal_size(rule, column)
    return rule.model_copy(update=changes)


def _refuse_rounding(rule: ColumnRule, column: TableColumn, table: str) -> None:
    """What the server would do to some values without a word."""
    reason = None
    if rule.type in TIMES and (column.second_digits or 0) < MICROSECONDS:
        reason = f"keeps {column.second_digits} digits of a second"
    if column.scale is not None and not 0 <= column.scale <= (column.precision or 0):
        reason = f"is numeric({column.precision},{column.scale})"
    if reason is not None:
        raise DestinationError(
            f"Column {column.name} of table {table} {reason}, so the server would round what the template loads.",
            remedy=f"Change the column to {created_type(rule)}.",
        )


def _integer_bounds(rule: ColumnRule, column: TableColumn) -> dict[str, Decimal]:
    if column.data_type == "numeric":
        highest = (
            None if column.precision is None else 10 ** (column.precision - (column.scale or 0)) - 1
        )
        lowest = None if highest is None else -highest
    else:
        lowest, highest = INTEGER_BOUNDS[column.data_type]
    if lowest is None or highest is None or highest > LARGEST_INTEGER:
        return {}
    return {
        "min": max(Decimal(lowest), Decimal(lowest if rule.min is None else rule.min)),
        "max": min(Decimal(highest), Decimal(highest if rule.max is None else rule.max)),
    }


def _decimal_size(rule: ColumnRule, column: TableColumn) -> dict[str, object]:
    scale = min(rule.scale, column.scale or 0)
    whole = min(rule.precision - rule.scale, (column.precision or 0) - (column.scale or 0))
    if whole + scale == 0:  # the digits of the one lie where the other has none
        return {"scale": 0, "precision": 1, "min": Decimal(0), "max": Decimal(0)}
    return {"scale": scale, "precision": whole + scale}


def frame_type(rule: ColumnRule, data_type: str) -> pl.DataType:
    """What the binary COPY of a column of `data_type` takes from Polars."""
    if rule.type is ColumnType.INTEGER:
        return INTEGER_FRAMES.get(data_type, pl.Decimal(38, 0))
    return polars_type(rule)


def missing_columns(
    rules: Sequence[ColumnRule], columns: Sequence[TableColumn]
) -> list[ColumnRule]:
    known = {column.name for column in columns}
    return [rule for rule in rules if rule.name not in known]
