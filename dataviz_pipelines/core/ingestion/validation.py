"""A template's rules as a pandera schema, and its verdict as findings.

Values are typed before they come here, so pandera neither coerces nor converts. Uniqueness and lookups span chunks and
tables; the database decides them while it loads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from dataviz_pipelines.core.ingestion.errors import TemplateInvalidError
from dataviz_pipelines.core.ingestion.expressions import compile_expression
from dataviz_pipelines.core.ingestion.findings import findings, no_findings
from dataviz_pipelines.core.ingestion.parsing import parse_column, polars_type
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, RowRule, ValidationRules

NOT_NULL = "not_null"


@dataclass(frozen=True)
class Validator:
    """Built once for a template; `check` is called once for each chunk."""

    schema: pa.DataFrameSchema

    @classmethod
    def of(cls, rules: ValidationRules) -> "Validator":
        known = {column.name: column for column in rules.columns}
        columns = {name: _pandera_column(column) for name, column in known.items()}
        checks = [_row_check(rule, known) for rule in rules.rows]
        return cls(pa.DataFrameSchema(columns, checks=checks))

    def check(self, typed: pl.DataFrame) -> pl.DataFrame:
        """Findings of every rule that a row of `typed` breaks. NULL breaks no rule but `nullable: false`."""
        try:
            self.schema.validate(typed, lazy=True)
        except SchemaErrors as error:
            return pl.concat([_findings(typed, failure) for failure in error.schema_errors])
        return no_findings()


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


def _pandera_column(rule: ColumnRule) -> pa.Column:
    return pa.Column(
        polars_type(rule),
        checks=[_check(condition) for condition in _conditions(rule)],
        nullable=rule.nullable,
    )


@dataclass(frozen=True)
class Condition:
    """`holds` is true for a good value and null for NULL."""

    rule: str
    message: str
    holds: pl.Expr


def _check(condition: Condition) -> pa.Check:
    return pa.Check(
        lambda data: data.lazyframe.select(condition.holds),
        name=condition.rule,
        error=condition.message,
    )


def _row_check(rule: RowRule, columns: Mapping[str, ColumnRule]) -> pa.Check:
    holds = compile_expression(rule.expression, columns).polars
    message = rule.message or f"does not satisfy {rule.expression}"
    return _check(Condition(rule.name, message, holds))


def _conditions(rule: ColumnRule) -> list[Condition]:
    return [
        build(rule) for option, build in CONDITIONS.items() if getattr(rule, option) is not None
    ]


def _minimum(rule: ColumnRule) -> Condition:
    return Condition(
        "min", f"is below {rule.min}", pl.col(rule.name) >= typed_literal(rule, rule.min, "min")
    )


def _maximum(rule: ColumnRule) -> Condition:
    return Condition(
        "max", f"is above {rule.max}", pl.col(rule.name) <= typed_literal(rule, rule.max, "max")
    )


def _min_length(rule: ColumnRule) -> Condition:
    holds = pl.col(rule.name).str.len_chars() >= rule.min_length
    return Condition("min_length", f"has fewer than {rule.min_length} characters", holds)


def _max_length(rule: ColumnRule) -> Condition:
    holds = pl.col(rule.name).str.len_chars() <= rule.max_length
    return Condition("max_length", f"has more than {rule.max_length} characters", holds)


def _pattern(rule: ColumnRule) -> Condition:
    holds = pl.col(rule.name).str.contains(f"^(?:{rule.pattern})$", strict=True)
    return Condition("pattern", f"does not match {rule.pattern}", holds)


def _one_of(rule: ColumnRule) -> Condition:
    allowed = rule.one_of or []
    holds = pl.col(rule.name).is_in(typed_values(rule, allowed, "one_of").implode())
    shown = ", ".join(str(value) for value in allowed[:10]) + (", …" if len(allowed) > 10 else "")
    return Condition("one_of", f"is none of {shown}", holds)


CONDITIONS: dict[str, Callable[[ColumnRule], Condition]] = {
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
