"""A column of a workbook is numbers or days if that changes none of its values, and text otherwise."""

from datetime import date, datetime
from typing import Any

import pytest

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.queries.cells import sheet_rows
from dataviz_pipelines.core.queries.results import Column, Table


def column(kind: str, *values: Any) -> list[Any]:
    """What becomes of it."""
    columns = (Column("a", kind, NormalizedType(kind)),)
    header, *rows = sheet_rows(Table(columns, [[value] for value in values], truncated=False))
    assert header == ["a"]
    return [row[0] for row in rows]


def test_numbers_of_fifteen_digits_are_numbers() -> None:
    assert column("integer", 10**15 - 1, None, -5) == [10**15 - 1, None, -5]
    found = column("decimal", "1234567890.12345", "-0.10", None, "100")
    assert found == [1234567890.12345, -0.1, None, 100]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", [1, 4711471147114711]),
        ("integer", [1, "9007199254740993"]),
        ("decimal", ["1.5", "0.1234567890123456"]),
        ("decimal", ["1", "NaN"]),
        ("decimal", ["1", "Infinity"]),
        ("decimal", ["1", "0." + "0" * 400 + "1"]),
        ("date", ["2026-03-01", "infinity"]),
        ("date", ["2026-03-01", "1900-02-28"]),
        ("date", ["2026-03-01", "10000-01-01"]),
        ("datetime", ["2026-03-29T02:30:00", "2026-03-29T02:30:00.000001"]),
        ("datetime", ["2026-03-29T02:30:00", "0000-00-00 00:00:00"]),
        ("timestamp", ["2026-03-29T02:30:00Z"]),
        ("string", ["007", "1.5", "2026-03-01"]),
    ],
)
def test_one_value_that_a_cell_would_change_makes_all_of_them_text(
    kind: str, values: list[Any]
) -> None:
    assert column(kind, *values, None) == [*map(str, values), None]


def test_days_and_moments_without_a_zone_are_such() -> None:
    day, moment = date(1900, 3, 1), datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001  # of no zone
    assert column("date", "1900-03-01", None) == [day, None]
    assert column("datetime", "2026-03-29T02:30:00", None) == [moment, None]


def test_all_else_stays_as_it_is() -> None:
    assert column("boolean", True, None) == [True, None]
    assert column("float", 0.1, "NaN") == [0.1, "NaN"]
    assert column("array", [1, "ä"]) == ['[1, "ä"]']
