"""Rules on typed values: every rule that a row breaks is told, once, and NULL breaks none but `nullable`."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dataviz_pipelines.core.ingestion.errors import TemplateInvalidError
from dataviz_pipelines.core.ingestion.parsing import parse_columns
from dataviz_pipelines.core.ingestion.validation import Validator
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, RowRule, ValidationRules


def broken(
    texts: dict[str, list[str]], *columns: dict[str, Any], rows: list[dict[str, Any]] | None = None
) -> list[tuple[Any, ...]]:
    """Row, column, rule and value of each finding."""
    rules = ValidationRules(
        columns=[ColumnRule(**column) for column in columns],
        rows=[RowRule(**row) for row in rows or []],
    )
    typed, found = parse_columns(
        pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)), rules.columns
    )
    assert found.is_empty()
    verdict = Validator.of(rules).check(typed)
    return sorted(verdict.select("row", "column", "rule", "value").rows(), key=str)


def broken_rows(*texts: str, **rule: Any) -> list[int]:
    found = broken({"c": list(texts)}, {"name": "c", **rule})
    return [row for row, *_ in found]


@pytest.mark.parametrize(
    ("kind", "texts", "lowest", "highest"),
    [
        ("integer", ("1", "2", "3", "4"), 2, 3),
        ("decimal", ("1.99", "2.00", "3.00", "3.01"), "2.00", Decimal(3)),
        ("float", ("1.5", "2", "3", "3.5"), 2, 3),
        ("date", ("2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01"), "2024-01-01", "2024-12-31"),
        ("time", ("08:59", "09:00", "17:00", "17:01"), "09:00", "17:00"),
        ("timestamp", ("2024-01-01T00:00", "2024-01-01T00:01", "2024-01-02T00:00", "2024-01-02T00:01"), "2024-01-01T00:01", "2024-01-02"),
        ("timestamptz", ("2024-01-01T00:00Z", "2024-01-01T00:01Z", "2024-01-01T01:00Z", "2024-01-01T01:01Z"), "2024-01-01T00:01Z", "2024-01-01T02:00+01:00"),
    ],
)  # fmt: skip
def test_F26_min_and_max_include_their_bounds(
    kind: str, texts: tuple[str, ...], lowest: Any, highest: Any
) -> None:
    assert broken_rows(*texts, "", type=kind, min=lowest) == [0]
    assert broken_rows(*texts, "", type=kind, max=highest) == [3]


def test_F26_bounds_are_read_plainly_whatever_the_columns_notation() -> None:
    notation: dict[str, Any] = {"type": "decimal", "decimal": ",", "thousands": ".", "scale": 2}
    assert broken_rows("1.000,50", "1.000,51", max="1000.50", **notation) == [1]
    assert broken_rows(
        "31.12.2023", "01.01.2024", type="date", formats=["%d.%m.%Y"], min="2024-01-01"
    ) == [0]


def test_F26_lengths_count_characters_and_not_bytes() -> None:
    texts = ("Z", "Zoë", "🙂🙂🙂🙂", "")
    assert broken_rows(*texts, min_length=2) == [0]
    assert broken_rows(*texts, max_length=3) == [2]


@pytest.mark.parametrize("text", ["AB-1234", "xAB-123", "AB-123\n", "ab-123", "AB-12"])
def test_F26_a_pattern_must_match_the_whole_text(text: str) -> None:
    assert broken_rows("AB-123", text, pattern=r"[A-Z]{2}-\d{3}") == [1]


def test_F26_alternatives_of_a_pattern_are_each_anchored() -> None:
    assert broken_rows("a", "b", "ab", "xb", pattern="a|b") == [2, 3]


@pytest.mark.parametrize(
    ("kind", "allowed", "texts"),
    [
        ("text", ["a", "b"], ("a", "c", "")),
        ("integer", [1, 2], ("2", "3", "")),
        ("decimal", ["1.50"], ("1.5", "1.51", "")),
        ("date", ["2024-01-01"], ("2024-01-01", "2024-01-02", "")),
    ],
)
def test_F26_one_of_compares_values_and_not_their_spelling(
    kind: str, allowed: list[Any], texts: tuple[str, ...]
) -> None:
    assert broken_rows(*texts, type=kind, one_of=allowed) == [1]


def test_F26_a_missing_value_breaks_nullable_and_no_other_rule() -> None:
    rule = {"name": "c", "nullable": False, "min_length": 3, "pattern": "x+", "one_of": ["xxx"]}
    assert broken({"c": ["", "xxx"]}, rule) == [(0, "c", "not_null", None)]


def test_F26_all_that_a_row_breaks_is_told_once_for_each_rule() -> None:
    columns = (
        {"name": "a", "type": "integer", "min": 10, "one_of": [10, 20]},
        {"name": "b", "max_length": 1, "pattern": "[a-z]+"},
    )
    found = broken({"a": ["5", "10", "5"], "b": ["XX", "x", "x"]}, *columns)
    assert found == [
        (0, "a", "min", "5"),
        (0, "a", "one_of", "5"),
        (0, "b", "max_length", "XX"),
        (0, "b", "pattern", "XX"),
        (2, "a", "min", "5"),
        (2, "a", "one_of", "5"),
    ]


DAYS = ({"name": "sent", "type": "date"}, {"name": "came", "type": "date"})


def test_F26_a_row_rule_looks_across_columns_and_lets_null_pass() -> None:
    texts = {
        "sent": ["2024-01-02", "2024-01-02", "2024-01-02", ""],
        "came": ["2024-01-03", "2024-01-01", "", ""],
    }
    rule = {"name": "in_order", "expression": "came >= sent"}
    assert broken(texts, *DAYS, rows=[rule]) == [(1, None, "in_order", None)]


def test_F26_row_rules_and_column_rules_are_told_together() -> None:
    columns = ({"name": "a", "type": "integer", "min": 0}, {"name": "b", "type": "integer"})
    rows = [
        {"name": "sum", "expression": "a + b == 10"},
        {"name": "order", "expression": "a < b"},
    ]
    found = broken({"a": ["-1"], "b": ["-2"]}, *columns, rows=rows)
    assert [rule for _, _, rule, _ in found] == ["min", "order", "sum"]


def test_the_message_of_a_row_rule_is_its_own_or_the_expression() -> None:
    typed = pl.DataFrame({"a": [1]}, schema={"a": pl.Int64})
    rules = ValidationRules(
        columns=[ColumnRule.model_validate({"name": "a", "type": "integer"})],
        rows=[
            RowRule(name="x", expression="a > 1"),
            RowRule(name="y", expression="a > 2", message="is too small"),
        ],
    )
    messages = Validator.of(rules).check(typed)["message"].to_list()
    assert messages == ["does not satisfy a > 1", "is too small"]


def test_no_row_no_finding() -> None:
    assert broken({"c": []}, {"name": "c", "nullable": False, "min_length": 1}) == []


@pytest.mark.parametrize("name", ["Weird Name", "select", "🙂", 'quo"te', "a.b", "__index__"])
def test_columns_of_any_name_are_checked(name: str) -> None:
    columns = ({"name": name, "max_length": 1}, {"name": "c", "max_length": 3})
    assert broken({name: ["a", "bb"], "c": ["ccc", "ccc"]}, *columns) == [
        (1, name, "max_length", "bb")
    ]


def test_an_option_that_is_no_value_of_its_column_is_a_mistake_of_the_template() -> None:
    rules = ValidationRules(
        columns=[ColumnRule.model_validate({"name": "d", "type": "date", "min": "soon"})]
    )
    with pytest.raises(TemplateInvalidError, match=r"Column d: min 'soon' is not a date"):
        Validator.of(rules)


def test_values_in_findings_are_shown_as_typed() -> None:
    found = broken(
        {"d": ["2024-01-01"]}, {"name": "d", "type": "date", "max": str(date(2023, 1, 1))}
    )
    assert found == [(0, "d", "max", "2024-01-01")]
