"""Which BigQuery columns can hold what a template loads, and what their types demand of the values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from google.cloud.bigquery import SchemaField

from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

SPELLINGS: Final = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
"""The API speaks of some types by their old names."""
NUMBERS: Final = frozenset({"NUMERIC", "BIGNUMERIC"})
ACCEPTED: Final[dict[ColumnType, frozenset[str]]] = {
    ColumnType.TEXT: frozenset({"STRING"}),
    ColumnType.INTEGER: frozenset({"INT64", *NUMBERS}),
    ColumnType.DECIMAL: NUMBERS,
    ColumnType.FLOAT: frozenset({"FLOAT64"}),
    ColumnType.BOOLEAN: frozenset({"BOOL"}),
    ColumnType.DATE: frozenset({"DATE"}),
    ColumnType.TIME: frozenset({"TIME"}),
    ColumnType.TIMESTAMP: frozenset({"DATETIME"}),
    ColumnType.TIMESTAMPTZ: frozenset({"TIMESTAMP"}),
    ColumnType.UUID: frozenset({"STRING"}),
    ColumnType.JSON: frozenset({"JSON", "STRING"}),
}
CREATED: Final = {
    ColumnType.TEXT: "STRING",
    ColumnType.INTEGER: "INT64",
    ColumnType.FLOAT: "FLOAT64",
    ColumnType.BOOLEAN: "BOOL",
    ColumnType.DATE: "DATE",
    ColumnType.TIME: "TIME",
    ColumnType.TIMESTAMP: "DATETIME",
    ColumnType.TIMESTAMPTZ: "TIMESTAMP",
    ColumnType.UUID: "STRING",
    ColumnType.JSON: "JSON",
}
SIZES: Final = {"NUMERIC": (38, 9), "BIGNUMERIC": (76, 38)}
"""Digits in all and after the point, of a column that says nothing of them. A BIGNUMERIC has half a digit more."""
NUMERIC_WHOLE_DIGITS: Final = 29
LARGEST_INTEGER: Final = 2**63 - 1
LATEST: Final = "9999-12-31T23:59:59.999999Z"


@dataclass(frozen=True)
class TableColumn:
    """A column as the table has it: `data_type` as SQL spells it; one with repeated values is an ARRAY."""

    name: str
    data_type: str
    nullable: bool = True
    has_default: bool = False
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None

    @classmethod
    def of(cls, field: SchemaField) -> "TableColumn":
        spelled = SPELLINGS.get(field.field_type, field.field_type)
        return cls(
            name=field.name,
            data_type="ARRAY" if field.mode == "REPEATED" else spelled,
            nullable=field.mode != "REQUIRED",
            has_default=field.default_value_expression is not None,
            max_length=field.max_length,
            precision=field.precision,
            scale=field.scale,
        )

    @property
    def digits(self) -> tuple[int, int]:
        """In all, and after the point."""
        if self.precision is None:
            return SIZES[self.data_type]
        return self.precision, self.scale or 0


def numeric_type(precision: int, scale: int) -> str:
    """The smaller one that holds such decimals."""
    is_small = scale <= SIZES["NUMERIC"][1] and precision - scale <= NUMERIC_WHOLE_DIGITS
    return "NUMERIC" if is_small else "BIGNUMERIC"


def created_field(rule: ColumnRule, *, required: bool = False) -> SchemaField:
    """The column that is made from a template."""
    mode = "REQUIRED" if required else "NULLABLE"
    if rule.type is not ColumnType.DECIMAL:
        return SchemaField(rule.name, CREATED[rule.type], mode)
    return SchemaField(
        rule.name,
        numeric_type(rule.precision, rule.scale),
        mode,
        precision=rule.precision,
        scale=rule.scale,
    )


def created_type(rule: ColumnRule) -> str:
    if rule.type is ColumnType.DECIMAL:
        kind = numeric_type(rule.precision, rule.scale)
        return f"{kind}({rule.precision}, {rule.scale})"
    return CREATED[rule.type]


def narrowed(rule: ColumnRule, column: TableColumn, table: str) -> ColumnRule:
    """The rule with whatever the existing column demands beyond it, so that rows are rejected one by one. Raises
    DestinationError when the types do not go together."""
    if column.data_type not in ACCEPTED[rule.type]:
        raise DestinationError(
            f"Column {column.name} of table {table} is {column.data_type}, but the template loads {rule.type.value}.",
            remedy=f"Change the template's type, or the column to {created_type(rule)}.",
        )
    changes: dict[str, object] = {"nullable": rule.nullable and column.nullable}
    if column.max_length is not None:
        changes["max_length"] = min(column.max_length, rule.max_length or column.max_length)
    if rule.type is ColumnType.TIMESTAMPTZ and rule.max is None:
        changes["max"] = LATEST  # a time of that year west of Greenwich is in the next one
    if rule.type is ColumnType.INTEGER and column.data_type in NUMBERS:
        changes |= _integer_bounds(rule, column)
    if rule.type is ColumnType.DECIMAL:
        changes |= _decimal_size(rule, column)
    return rule.model_copy(update=changes)


def _integer_bounds(rule: ColumnRule, column: TableColumn) -> dict[str, object]:
    precision, scale = column.digits
    highest = 10 ** (precision - scale) - 1
    if highest > LARGEST_INTEGER:
        return {}
    return {
        "min": max(Decimal(-highest), Decimal(-highest if rule.min is None else rule.min)),
        "max": min(Decimal(highest), Decimal(highest if rule.max is None else rule.max)),
    }


def _decimal_size(rule: ColumnRule, column: TableColumn) -> dict[str, object]:
    precision, digits = column.digits
    scale = min(rule.scale, digits)
    whole = min(rule.precision - rule.scale, precision - digits)
    if whole + scale == 0:  # the digits of the one lie where the other has none
        return {"scale": 0, "precision": 1, "min": Decimal(0), "max": Decimal(0)}
    return {"scale": scale, "precision": whole + scale}


def missing_columns(
    rules: Sequence[ColumnRule], columns: Sequence[TableColumn]
) -> list[ColumnRule]:
    """BigQuery does not tell names apart by upper and lower case."""
    known = {column.name.lower() for column in columns}
    return [rule for rule in rules if rule.name.lower() not in known]
