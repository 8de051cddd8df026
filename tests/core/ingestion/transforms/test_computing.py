"""Computed columns: typed results, in the order of the steps, and never a value that was made to fit."""

from decimal import Decimal

import polars as pl

from dataviz_pipelines.core.ingestion.expressions import compile_expression
from dataviz_pipelines.core.ingestion.transforms import compute_columns, result_problem
from dataviz_pipelines.core.models.documents.steps import Compute
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

DECIMAL = ColumnType.DECIMAL
RULES = [
    ColumnRule(name="net", type=DECIMAL, precision=6, scale=2),
    ColumnRule(name="gross", type=DECIMAL, precision=5, scale=2),
    ColumnRule(name="dear", type=ColumnType.BOOLEAN),
]
STEPS = [
    Compute(op="compute", column="gross", expression="round(net * 1.19, 2)"),
    Compute(op="compute", column="dear", expression="gross > 100"),
]


def test_a_computed_column_may_use_an_earlier_one() -> None:
    typed = pl.DataFrame(
        {"net": [Decimal("10.00"), None], "gross": [None, None], "dear": [None, None]},
        schema={"net": pl.Decimal(6, 2), "gross": pl.Decimal(5, 2), "dear": pl.Boolean},
    )
    result, found = compute_columns(typed, STEPS, RULES)
    assert result.rows() == [(Decimal("10.00"), Decimal("11.90"), False), (None, None, None)]
    assert result.schema == typed.schema
    assert found.is_empty()


def test_a_result_that_does_not_fit_its_column_is_a_finding() -> None:
    typed = pl.DataFrame(
        {"net": [Decimal("9000.00")], "gross": [None], "dear": [None]},
        schema={"net": pl.Decimal(6, 2), "gross": pl.Decimal(5, 2), "dear": pl.Boolean},
    )
    _, found = compute_columns(typed, STEPS, RULES)
    assert found.select("row", "column", "rule", "value").rows() == [
        (0, "gross", "compute", "10710.00")
    ]


def test_a_result_that_would_have_to_be_rounded_is_a_problem() -> None:
    columns = {rule.name: rule for rule in RULES}
    exact = compile_expression("net * 1.19", columns)
    rounded = compile_expression("round(net * 1.19, 2)", columns)
    assert "write round(..., 2)" in (result_problem(exact, RULES[1]) or "")
    assert result_problem(rounded, RULES[1]) is None
    assert "gives decimal, but the column is boolean" in (result_problem(exact, RULES[2]) or "")
    assert result_problem(compile_expression("null", columns), RULES[2]) is None
