"""A template's rules as a pandera schema, and its verdict as findings.

Values are typed before they come here, so pandera neither coerces nor converts. Uniqueness and lookups span chunks and
tables; the database decides them while it loads.

pandera takes a millisecond for each column of each chunk, so Polars is asked first, for all of them at once, which rules
are broken at all; pandera judges by those.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from dataviz_pipelines.core.ingestion.errors import TemplateInvalidError
from dataviz_pipelines.core.ingestion.expressions import compile_expression
from dataviz_pipelines.core.ingestion.findings import findings, no_findings
from dataviz_pipelines.core.ingestion.parsing import parse_column
from dataviz_pipelines.core.ingestion.polars_types import polars_type
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, RowRule, ValidationRules

NOT_NULL = "not_null"


@dataclass(frozen=True)
class Condition:
    """`holds` is true for a good value or row, and null for NULL. `column` is None for one on rows."""

    column: str | None
    rule: str
    message: str
    holds: pl.Expr


@dataclass(frozen=True)
class Validator:
    """Built once for a template; `check` is called once for each chunk."""

    types: Mapping[str, pl.DataType]
    conditions: Sequence[Condition]

    @classmethod
    def of(cls, rules: ValidationRules) -> "Validator":
        known = {column.name: column for column in rules.columns}
        types = {name: polars_type(column) for name, column in known.items()}
        of_columns = [each for column in rules.columns for each in _conditions(column)]
        return cls(types, [*of_columns, *(_row_condition(rule, known) for rule in rules.rows)])

    def check(self, typed: pl.DataFrame) -> pl.DataFrame:
        """Findings of every rule that a row of `typed` breaks. NULL breaks no rule but `nullable: false`."""
        broken = self._broken(typed)
        if not broken:
            return no_findings()
        try:
            self._schema(broken).validate(typed, lazy=True)
        except SchemaErrors as error:
            return pl.concat([_findings(typed, failure) for failure in error.schema_errors])
        return no_findings()

    def _broken(self, typed: pl.DataFrame) -> list[Condition]:
        """Those that do not hold for some row."""
        if not self.conditions:
            return []
        hold = typed.select(
            condition.holds.all().alias(str(number))
            for number, condition in enumerate(self.conditions)
        ).row(0)
        return [each for each, holds in zip(self.conditions, hold, strict=True) if not holds]

    def _schema(self, broken: Sequence[Condition]) -> pa.DataFrameSchema:
        by_column = {name: [each for each in broken if each.column == name] for name in self.types}
        columns = {
            name: _pandera_column(self.types[name], conditions)
            for name, conditions in by_column.items()
            if conditions
        }
        on_rows = [_check(each) for each in broken if each.column is None]
        return pa.DataFrameSchema(columns, checks=on_rows)


def _pandera_column(dtype: pl.DataType, conditions: Sequence[Condition]) -> pa.Column:
    checks = [_check(each) for each in conditions if each.rule != NOT_NULL]
    return pa.Column(dtype, checks=checks, nullable=len(checks) == len(conditions))


def _findings(typed: pl.DataFrame, error: SchemaError) -> pl.DataFrame:
    if not isinstance(error.check_output, pl.DataFrame):
        raise error  # not a verdict on rows: the frame and the schema do not fit, which is our mistake
    bad = ~error.check_output.to_series()
    column = error.schema.name
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        return findings(bad, rule=NOT_NULL, message="is missing", column=column)
    return findings(
        bad,
        rule=error.check.name,
        message=error.check.error,
        column=column,
        values=None if column is None else typed[column],
    )


def _check(condition: Condition) -> pa.Check:
    return pa.Check(
        lambda data: data.lazyframe.select(condition.holds),
        name=condition.rule,
        error=condition.message,
    )


def _row_condition(rule: RowRule, columns: Mapping[str, ColumnRule]) -> Condition:
    holds = compile_expression(rule.expression, columns).polars
    message = rule.message or f"does not satisfy {rule.expression}"
    return Condition(None, rule.name, message, holds)


def _conditions(rule: ColumnRule) -> Iterator[Condition]:
    if not rule.nullable:
        yield Condition(rule.name, NOT_NULL, "is missing", pl.col(rule.name).is_not_null())
    for option, build in CONDITIONS.items():
        if getattr(rule, option) is not None:
            message, holds = build(rule)
            yield Condition(rule.name, option, message, holds)


Built = tuple[str, pl.Expr]
"""What is wrong with a bad value, and what is true for a good one."""


def _minimum(rule: ColumnRule) -> Built:
    return f"is below {rule.min}", pl.col(rule.name) >= typed_literal(rule, rule.min, "min")


def _maximum(rule: ColumnRule) -> Built:
    return f"is above {rule.max}", pl.col(rule.name) <= typed_literal(rule, rule.max, "max")


def _min_length(rule: ColumnRule) -> Built:
    holds = pl.col(rule.name).str.len_chars() >= rule.min_length
    return f"has fewer than {rule.min_length} characters", holds


def _max_length(rule: ColumnRule) -> Built:
    holds = pl.col(rule.name).str.len_chars() <= rule.max_length
    return f"has more than {rule.max_length} characters", holds


def _pattern(rule: ColumnRule) -> Built:
    holds = pl.col(rule.name).str.contains(f"^(?:{rule.pattern})$", strict=True)
    return f"does not match {rule.pattern}", holds


def _one_of(rule: ColumnRule) -> Built:
    allowed = rule.one_of or []
    holds = pl.col(rule.name).is_in(typed_values(rule, allowed, "one_of").implode())
    shown = ", ".join(str(value) for value in allowed[:10]) + (", …" if len(allowed) > 10 else "")
    return f"is none of {shown}", holds


CONDITIONS: dict[str, Callable[[ColumnRule], Built]] = {
    "min": _minimum,
    "max": _maximum,
    "min_length": _min_length,
    "max_length": _max_length,
    "pattern": _pattern,
    "one_of": _one_of,
}


def typed_literal(rule: ColumnRule, value: object, option: str) -> pl.Expr:
    return pl.lit(typed_values(rule, [value], option)).first()


def typed_values(rule: ColumnRule, values: Sequence[object], option: str) -> pl.Series:
    """The values of an option, read as the column's own type and written plainly (ISO times, a point for decimals)."""
    plain = rule.model_copy(
        update={"decimal": ".", "thousands": None, "formats": [], "null_values": []}
    )
    typed, bad = parse_column(
        pl.Series(rule.name, [str(value) for value in values], dtype=pl.String), plain
    )
    if not bad.is_empty():
        raise TemplateInvalidError(
            f"Column {rule.name}: {option} {bad['value'][0]!r} {bad['message'][0]}.",
            remedy=f"Write a value of the type {rule.type.value}.",
        )
    return typed
