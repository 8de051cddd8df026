"""Computed columns: expressions over typed values, after everything else."""

from collections.abc import Mapping, Sequence

import polars as pl

from dataviz_pipelines.core.ingestion.expressions import Expression, compile_expression
from dataviz_pipelines.core.ingestion.findings import findings, no_findings
from dataviz_pipelines.core.ingestion.polars_types import polars_type
from dataviz_pipelines.core.models.documents.steps import Compute, Step
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

_INTEGER, _DECIMAL, _FLOAT = ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT
_WIDENS_TO: Mapping[ColumnType, set[ColumnType]] = {
    _INTEGER: {_DECIMAL, _FLOAT},
    _DECIMAL: {_FLOAT},
    ColumnType.UUID: {ColumnType.TEXT},
    ColumnType.JSON: {ColumnType.TEXT},
    ColumnType.DATE: {ColumnType.TIMESTAMP},
}


def compute_columns(
    typed: pl.DataFrame, steps: Sequence[Step], rules: Sequence[ColumnRule]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`typed` with the computed columns filled in, in the order of the steps, and findings of results that do not fit
    the column's type. Overflow and division by zero have given NULL by then."""
    columns = {rule.name: rule for rule in rules}
    found = [no_findings()]
    for step in steps:
        if isinstance(step, Compute):
            rule = columns[step.column]
            expression = compile_expression(step.expression, columns)
            values = typed.with_columns(expression.polars.alias(rule.name))[rule.name]
            fitted = values.cast(polars_type(rule), strict=False)
            bad = fitted.is_null() & values.is_not_null()
            message = f"is computed, but does not fit the type {rule.type}"
            found.append(
                findings(bad, rule="compute", message=message, column=rule.name, values=values)
            )
            typed = typed.with_columns(fitted)
    return typed, pl.concat(found)


def result_problem(expression: Expression, rule: ColumnRule) -> str | None:
    """Why what the expression gives cannot be the column's values without being changed."""
    kind = expression.result_type
    if kind is None:
        return None
    if kind is not rule.type and rule.type not in _WIDENS_TO.get(kind, set()):
        return f"the expression gives {kind}, but the column is {rule.type}"
    if rule.type is _DECIMAL and expression.scale > rule.scale:
        return (
            f"the expression gives {expression.scale} digits after the point, but the column keeps"
            f" {rule.scale}; write round(..., {rule.scale})"
        )
    return None
