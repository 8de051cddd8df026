"""What an expression of a template means, and how a mistake in it is reported."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dataviz_pipelines.core.ingestion.expressions import (
    ExpressionError,
    compile_condition,
    compile_expression,
)
from dataviz_pipelines.core.ingestion.expressions.parser import MAX_DEPTH
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

COLUMNS: dict[str, ColumnType | ColumnRule] = {
    "i": ColumnType.INTEGER,
    "j": ColumnType.INTEGER,
    "price": ColumnRule(name="price", type=ColumnType.DECIMAL, scale=2),
    "f": ColumnType.FLOAT,
    "ok": ColumnType.BOOLEAN,
    "name": ColumnType.TEXT,
    "nothing": ColumnType.TEXT,
    "Unit price": ColumnType.INTEGER,
    "day": ColumnType.DATE,
    "other_day": ColumnType.DATE,
    "at": ColumnType.TIME,
    "local": ColumnType.TIMESTAMP,
    "moment": ColumnType.TIMESTAMPTZ,
    "id": ColumnType.UUID,
    "doc": ColumnType.JSON,
}
ROW = pl.DataFrame(
    {
        "i": pl.Series([7], dtype=pl.Int64),
        "j": pl.Series([None], dtype=pl.Int64),
        "price": pl.Series([Decimal("1.05")], dtype=pl.Decimal(12, 2)),
        "f": pl.Series([2.5], dtype=pl.Float64),
        "ok": [True],
        "name": [" Zoë "],
        "nothing": pl.Series([None], dtype=pl.String),
        "Unit price": pl.Series([3], dtype=pl.Int64),
        "day": [date(2024, 2, 29)],
        "other_day": [date(2024, 3, 10)],
        "at": [time(12, 30)],
        "local": [datetime(2024, 2, 29, 23, 30)],  # noqa: DTZ001  # a local time
        "moment": pl.Series(
            [datetime(2024, 2, 29, 23, 30, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")
        ),
        "id": ["6fa459ea-ee8a-3ca4-894e-db77e160355e"],
        "doc": ["{}"],
    }
)


def value(text: str) -> Any:
    return ROW.with_columns(compile_expression(text, COLUMNS).polars.alias("result"))["result"][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i == 7", True),
        ("1 < i <= 7 < 8", True),
        ("1 < i > 8", False),
        ("j > 1", None),
        ("j > 1 or i == 7", True),
        ("j > 1 and i == 8", False),
        ("j > 1 and i == 7", None),
        ("not j > 1", None),
        ("not not ok", True),
        ("i in [1, 7]", True),
        ("i not in [1, 7]", False),
        ("j in [1]", None),
        ("price in [1.05, 2]", True),
        ("name in [' Zoë ', 'x']", True),
        ("nothing not in ['x']", None),
        ("1 + 2 * 3 - 4 // 3", 6),
        ("(1 + 2) * 3", 9),
        ("-7 // 2", -4),
        ("-7 % 2", 1),
        ("--i", 7),
        ("7 / 2", 3.5),
        ("i / 0", None),
        ("i // 0", None),
        ("i % 0", None),
        ("price / (i - 7)", None),
        ("f / 0.0", None),
        ("price * 1.19", Decimal("1.2495")),
        ("price + i", Decimal("8.05")),
        ("price * f", 2.625),
        ("price == 1.050", True),
        ("0.1 + 0.2 == 0.3", True),
        ("1e-1 + 2e-1 == 3e-1", False),
        ("9223372036854775807 + 1", None),
        ("-9223372036854775807 - 1 - 1", None),
        ("9223372036854775807 * 9223372036854775807", None),
        ("99999999999999999999999999999999999999 + 99999999999999999999999999999999999999", None),
        ("9999999999999999999.5 * 99999999999999999999.5", None),
        ("1e308 * 10", None),
        ("is_null(j)", True),
        ("is_null(i)", False),
        ("is_null(null)", True),
        ("coalesce(j, i, 1)", 7),
        ("coalesce(j, 1.5)", Decimal("1.5")),
        ("coalesce(nothing, 'none')", "none"),
        ("length(name)", 5),
        ("length(nothing)", None),
        ("upper(trim(name))", "ZOË"),
        ("lower('ABC')", "abc"),
        ("contains(name, 'o')", True),
        ("contains('a.c', '.')", True),
        ("starts_with(name, ' Z')", True),
        ("ends_with(name, 'x')", False),
        (r"matches('AB-12', '[A-Z]+-\d+')", True),
        ("matches('AB', 'A')", False),
        ("matches('AB', 'A|AB')", True),
        ("abs(-i)", 7),
        ("abs(-9223372036854775807 - 1)", None),
        ("abs(-1.5)", Decimal("1.5")),
        ("round(price, 1)", Decimal("1.1")),
        ("round(-0.5)", Decimal(-1)),
        ("round(f)", 3.0),
        ("round(i, 2)", 7),
        ("year(day)", 2024),
        ("month(local)", 2),
        ("day(moment) * 100", 2900),
        ("day", date(2024, 2, 29)),
        ("day < date('2024-03-01')", True),
        ("local == timestamp('2024-02-29T23:30:00')", True),
        ("moment == timestamp('2024-03-01T00:30:00+01:00')", True),
        ("days_between(day, other_day)", 10),
        ("days_between(local, date('2024-03-01'))", 1),
        ("if_(i > 5, 'big', 'small')", "big"),
        ("if_(j > 5, 1, 2.5)", Decimal("2.5")),
        ("if_(ok, null, 1)", None),
        ("concat('a', i, 'b')", "a7b"),
        ("concat('a', nothing)", None),
        ("min(i, 3)", 3),
        ("max('a', 'b')", "b"),
        ("max(i, j)", None),
        ("min(day, other_day)", date(2024, 2, 29)),
        ("column(\"Unit price\") + column('i')", 10),
        ("id == '6fa459ea-ee8a-3ca4-894e-db77e160355e'", True),
        (r"'a\'b'", "a'b"),
        (r'length("\t\\")', 2),
        ("true and not false", True),
        ("null", None),
        ("  i\n ==\t7 ", True),
        ("at > at", False),
    ],
)
def test_an_expression_gives(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("i = 7", "there is =, at character 3. Write == to compare."),
        ("i <> 7", "Write !=."),
        ("ok && ok", "Write `and`."),
        ("ok || ok", "Write `or`"),
        ("!ok", "Write `not`."),
        ("i ** 2", "multiply"),
        ("i is null", "Write is_null(x)."),
        ("i == null", "at character 6. Write is_null(x), or not is_null(x)."),
        ("i in []", "The list after `in` is empty, at character 3."),
        ("pric > 1", "There is no column 'pric', at character 1. Did you mean price?"),
        ("PRICE > 1", "Did you mean price?"),
        ("lenght(name)", "There is no function lenght(), at character 1. Did you mean length?"),
        ("open('x')", "There is no function open()"),
        ("name.upper()", "'.' is not part of the language, at character 5."),
        ("__import__('os')", "There is no function __import__()"),
        ("i +", "A value was expected here, but there is the end, at character 4."),
        ("(i", ") was expected here, but there is the end, at character 3."),
        ("i 7", "The expression should end here, but there is 7, at character 3."),
        ("", "A value was expected here, but there is the end, at character 1."),
        ("'abc", "at character 1. Close the text"),
        ("name + 1", "`+` takes numbers, but this is a text, at character 1. Write concat"),
        ("day - other_day", "Write days_between"),
        ("name == 1", "compares a text and an integer"),
        ("day == '2024-01-01'", 'Write a date as date("2020-12-31").'),
        ("local == moment", "Give the constant an offset"),
        ("local > day", 'Write the day as timestamp("2020-12-31T00:00:00").'),
        ("ok < ok", "`<` cannot compare values of type boolean"),
        ("doc == doc", "cannot compare values of type json"),
        ("i and ok", "`and` takes conditions, but this is an integer, at character 1."),
        ("not i", "`not` takes conditions"),
        ("f // 2", "`//` takes integers, but this is a float"),
        ("length(i)", "length() cannot take an integer here, at character 8. Write length(text)."),
        ("length()", "length() was given 0 arguments, at character 1. Write length(text)."),
        ("if_(ok, 1)", "Write if_(condition, then, otherwise)."),
        ("if_(ok, 1, 'a')", "if_() chooses between an integer and a text"),
        ("date('2024-13-01')", "'2024-13-01' is not a date, at character 6. Write 2020-12-31."),
        ("date(name)", "date() takes a date in quotes"),
        ("timestamp('x')", "'x' is not a date and time"),
        ("matches(name, '(')", "The regular expression cannot be used"),
        ("matches(name, '(?=a)')", "look-around"),
        ("matches(name, name)", "in quotes"),
        ("round(price, i)", "plain number from 0 to 38"),
        ("column(i)", 'Write column("Unit price").'),
        ("1e999", "The number is too large"),
        ("1" * 39, "more than 38 digits"),
        ("0." + "1" * 20 + " * 0." + "1" * 20, "40 digits after the point"),
        ("(" * 60 + "1" + ")" * 60, f"deeper than {MAX_DEPTH} levels"),
        ("-" * 60 + "1", f"deeper than {MAX_DEPTH} levels"),
        ("1" + " + 1" * 60, f"deeper than {MAX_DEPTH} levels"),
        ("abs(" * 60 + "1" + ")" * 60, f"deeper than {MAX_DEPTH} levels"),
        ("i" + " " * 2_000, "longer than 2000 characters"),
        ("lambda: 1", "':' is not part of the language"),
        ("lambda", "A value was expected here"),
        ("[i for i in i]", "A value was expected here, but there is ["),
    ],
)
def test_a_mistake_names_its_place_and_the_remedy(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(text, COLUMNS)
    assert message in str(raised.value)


def test_an_expression_knows_its_columns_and_its_type() -> None:
    compiled = compile_expression("if_(i > 0, price, column('Unit price'))", COLUMNS)
    assert compiled.columns == ("Unit price", "i", "price")
    assert compiled.result_type is ColumnType.DECIMAL


def test_a_long_chain_of_conditions_is_not_deep() -> None:
    text = " or ".join(f"i == {number}" for number in range(100))
    assert value(text) is True


def test_a_rule_must_be_a_condition() -> None:
    with pytest.raises(ExpressionError, match="gives integer, not a condition"):
        compile_condition("i + 1", COLUMNS)
    assert compile_condition("null", COLUMNS).result_type is None
