"""Which columns of MySQL can hold what a template loads, and what their types demand of the values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dataviz_pipelines.core.ingestion.destinations.settling import Group
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

TEXTS: Final = frozenset({"tinytext", "text", "mediumtext", "longtext"})
INTEGER_BITS: Final = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
LARGEST_INTEGER: Final = 2**63 - 1
MICROSECONDS: Final = 6
TIMES: Final = frozenset({ColumnType.TIME, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ})
KEY_BYTES: Final = 3_072  # of an index of InnoDB's
BYTES_OF_CHARACTER: Final = 4  # at most, in utf8mb4
ACCEPTED: Final[Mapping[ColumnType, frozenset[str]]] = {
    ColumnType.TEXT: frozenset({"varchar", *TEXTS}),
    ColumnType.INTEGER: frozenset({*INTEGER_BITS, "decimal"}),
    ColumnType.DECIMAL: frozenset({"decimal"}),
    ColumnType.FLOAT: frozenset({"double"}),
    ColumnType.BOOLEAN: frozenset({"tinyint"}),
    ColumnType.DATE: frozenset({"date"}),
    ColumnType.TIME: frozenset({"time"}),
    ColumnType.TIMESTAMP: frozenset({"datetime"}),
    ColumnType.TIMESTAMPTZ: frozenset({"datetime", "timestamp"}),
    ColumnType.UUID: frozenset({"uuid", "char", "varchar", *TEXTS}),
    ColumnType.JSON: frozenset({"json", *TEXTS}),
}
UUID_TYPE: Final = "char(36) CHARACTER SET ascii COLLATE ascii_bin"
CREATED: Final = {
    ColumnType.TEXT: "longtext",
    ColumnType.INTEGER: "bigint",
    ColumnType.FLOAT: "double",
    ColumnType.BOOLEAN: "tinyint(1)",
    ColumnType.DATE: "date",
    ColumnType.TIME: "time(6)",
    ColumnType.TIMESTAMP: "datetime(6)",
    ColumnType.TIMESTAMPTZ: "datetime(6)",
    ColumnType.UUID: UUID_TYPE,
    ColumnType.JSON: "longtext",
}
TIMESTAMP_BOUNDS: Final = {"min": "1970-01-01T00:00:01Z", "max": "2038-01-19T03:14:07Z"}
UNHOLDABLE: Final[Mapping[str, str | None]] = {
    "utf8mb4": None,
    "utf8mb3": r"[^\x{0}-\x{FFFF}]",
    "utf8": r"[^\x{0}-\x{FFFF}]",
    "ascii": r"[^\x{0}-\x{7F}]",
}
"""Per character set, what of Unicode it lacks."""


@dataclass(frozen=True)
class TableColumn:
    """A column as information_schema has it; `column_type` is its `data_type` with all that belongs to it."""

    name: str
    data_type: str
    column_type: str
    nullable: bool
    has_default: bool
    is_generated: bool
    max_length: int | None
    max_bytes: int | None
    precision: int | None
    scale: int | None
    second_digits: int | None
    character_set: str | None
    collation: str | None

    @property
    def is_unsigned(self) -> bool:
        return "unsigned" in self.column_type


@dataclass(frozen=True)
class Limits:
    """What no rule of a template can say of a text: how many bytes it may have, and which characters."""

    max_bytes: int | None
    unholdable: str | None
    character_set: str


def created_type(rule: ColumnRule, indexed: Sequence[Group]) -> str:
    """`indexed` are the groups of columns that the table gets indexes for: a text can be long or in one of them."""
    if rule.type is ColumnType.DECIMAL:
        return f"decimal({rule.precision},{rule.scale})"
    if rule.type is ColumnType.TEXT and any(rule.name in group for group in indexed):
        longest = min(_longest_in(group) for group in indexed if rule.name in group)
        return f"varchar({min(longest, rule.max_length or longest)})"
    return CREATED[rule.type]


def _longest_in(group: Group) -> int:
    """Characters that each column of an index may have, as if all were texts."""
    return (KEY_BYTES // len(group)) // BYTES_OF_CHARACTER


def narrowed(rule: ColumnRule, column: TableColumn, table: str) -> ColumnRule:
    """The rule with whatever the existing column demands beyond it, so that rows are rejected one by one and not the
    whole file by the server. Raises DestinationError when the types do not go together."""
    _refuse_misfit(rule, column, table)
    _refuse_rounding(rule, column, table)
    changes: dict[str, object] = {"nullable": rule.nullable and column.nullable}
    if column.data_type in ("varchar", "char") and rule.type is ColumnType.TEXT:
        longest = column.max_length or 0
        changes["max_length"] = min(longest, rule.max_length or longest)
    if rule.type is ColumnType.INTEGER:
        changes |= _integer_bounds(rule, column)
    if rule.type is ColumnType.DECIMAL:
        changes |= _decimal_size(rule, column)
    if column.data_type == "timestamp":
        changes |= _timestamp_bounds(rule)
    return rule.model_copy(update=changes)


def limits(column: TableColumn) -> Limits | None:
    """None for a column that holds every text."""
    if column.character_set is None:
        return None
    max_bytes = column.max_bytes if column.data_type in TEXTS - {"longtext"} else None
    unholdable = UNHOLDABLE[column.character_set]
    if max_bytes is None and unholdable is None:
        return None
    return Limits(max_bytes, unholdable, column.character_set)


def _refuse_misfit(rule: ColumnRule, column: TableColumn, table: str) -> None:
    reason = None
    if column.data_type not in ACCEPTED[rule.type]:
        reason = f"is {column.column_type}, but the template loads {rule.type.value}"
    elif column.is_generated:
        reason = "is generated, so nothing can be loaded into it"
    elif column.character_set is not None and column.character_set not in UNHOLDABLE:
        reason = f"has the character set {column.character_set}, which cannot hold every text"
    elif rule.type is ColumnType.UUID and (column.max_length or 36) < 36:
        reason = f"is {column.column_type}, too short for a uuid"
    elif rule.type is ColumnType.FLOAT and column.is_unsigned:
        reason = "is unsigned"
    if reason is not None:
        raise DestinationError(
            f"Column {column.name} of table {table} {reason}.",
            remedy=f"Change the template's type, or the column to {created_type(rule, ())}.",
        )


def _refuse_rounding(rule: ColumnRule, column: TableColumn, table: str) -> None:
    """What the server would do to some values without a word."""
    reason = None
    if rule.type in TIMES and (column.second_digits or 0) < MICROSECONDS:
        reason = f"keeps {column.second_digits or 0} digits of a second"
    if rule.type is ColumnType.FLOAT and column.scale is not None:
        reason = f"is {column.column_type}"
    if reason is not None:
        raise DestinationError(
            f"Column {column.name} of table {table} {reason}, so the server would round what the template loads.",
            remedy=f"Change the column to {created_type(rule, ())}.",
        )


def _integer_bounds(rule: ColumnRule, column: TableColumn) -> dict[str, Decimal]:
    if column.data_type == "decimal":
        highest = 10 ** ((column.precision or 0) - (column.scale or 0)) - 1
        lowest = 0 if column.is_unsigned else -highest
    else:
        bits = INTEGER_BITS[column.data_type]
        lowest = 0 if column.is_unsigned else -(2 ** (bits - 1))
        highest = 2 ** (bits if column.is_unsigned else bits - 1) - 1
    changes: dict[str, Decimal] = {}
    if lowest > -LARGEST_INTEGER - 1:
        changes["min"] = max(Decimal(lowest), Decimal(lowest if rule.min is None else rule.min))
    if highest < LARGEST_INTEGER:
        changes["max"] = min(Decimal(highest), Decimal(highest if rule.max is None else rule.max))
    return changes


def _decimal_size(rule: ColumnRule, column: TableColumn) -> dict[str, object]:
    scale = min(rule.scale, column.scale or 0)
    whole = min(rule.precision - rule.scale, (column.precision or 0) - (column.scale or 0))
    changes: dict[str, object] = {"scale": scale, "precision": whole + scale}
    if whole + scale == 0:  # the digits of the one lie where the other has none
        changes = {"scale": 0, "precision": 1, "min": Decimal(0), "max": Decimal(0)}
    if column.is_unsigned:
        changes["min"] = max(Decimal(0), Decimal(0 if rule.min is None else rule.min))
    return changes


def _timestamp_bounds(rule: ColumnRule) -> dict[str, object]:
    """A rule of the template's own stays; what it lets through beyond the type is an error of the server's."""
    return {name: bound for name, bound in TIMESTAMP_BOUNDS.items() if getattr(rule, name) is None}


def missing_columns(
    rules: Sequence[ColumnRule], columns: Sequence[TableColumn]
) -> list[ColumnRule]:
    """Names do not differ by case alone in MySQL."""
    known = {column.name.casefold() for column in columns}
    return [rule for rule in rules if rule.name.casefold() not in known]
