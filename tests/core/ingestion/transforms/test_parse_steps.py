"""Numbers and dates that are written in some notation, and the steps that rewrite them."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.transforms import apply_steps
from tests.core.ingestion.transforms.running import STEP, run

GERMAN = {"decimal": ",", "thousands": "."}


ENGLISH = {"thousands": ","}


@pytest.mark.parametrize(
    ("options", "text", "number"),
    [
        (GERMAN, "1.234,50", "1234.50"),
        (GERMAN, "-1.234.567,00", "-1234567.00"),
        (GERMAN, "1234,5", "1234.5"),
        (GERMAN, "007", "007"),
        (GERMAN, " +5 ", "5"),
        (GERMAN, ",5", "0.5"),
        (GERMAN, "5,", "5"),
        (ENGLISH, "1,234,567.891", "1234567.891"),
        ({}, "12.50", "12.50"),
        ({"thousands": " "}, "1\u202f234\u00a0", "1234"),
        ({"thousands": "'"}, "1\u2019234'567", None),
        ({"thousands": "'"}, "1\u2019234\u2019567", "1234567"),
        ({"strip": ["EUR", "€", "%"]}, "€ 5.10", "5.10"),
        ({"strip": ["EUR", "€", "%"]}, "-€5 EUR", "-5"),
        ({"strip": ["EUR", "€", "%"]}, "€-5", "-5"),
        ({"strip": ["m2"]}, "52m2", "52"),
        ({"strip": ["$"], "negative_parentheses": True}, "($1.5)", "-1.5"),
        ({"negative_parentheses": True}, "(-5)", None),
        ({}, "(5)", None),
        ({}, "--5", None),
        ({}, "-", None),
        ({}, ".", None),
        ({}, "1,5", None),
        ({}, "1e5", None),
        ({}, "NaN", None),
        ({}, "١٢", None),
        (ENGLISH, "1,23,4", None),
        (ENGLISH, "1,2345", None),
        (ENGLISH, ",123", None),
        (ENGLISH, "1234,567", None),
        (ENGLISH, "1.234,567", None),
        ({"strip": ["EUR"]}, "5 USD", None),
    ],
)
def test_parse_number_rewrites_one_notation_or_rejects(
    options: dict[str, Any], text: str, number: str | None
) -> None:
    cells, found = run({"a": [text]}, {"op": "parse_number", "columns": ["a"], **options})
    if number is None:
        assert (cells["a"], found) == ([text], [(0, "a", "parse_number", text)])
    else:
        assert (cells["a"], found) == ([number], [])


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15
    )
)
def test_a_number_written_with_separators_keeps_every_digit(number: Decimal) -> None:
    written = f"{number:,.4f}".translate(str.maketrans(",.", ".,"))
    cells, found = run({"a": [written]}, {"op": "parse_number", "columns": ["a"], **GERMAN})
    assert found == []
    assert cells["a"][0] is not None
    assert Decimal(cells["a"][0]) == number
    assert cells["a"][0] == f"{number:.4f}"


@pytest.mark.parametrize("op", ["parse_number", "parse_date", "split"])
def test_empty_cells_pass_the_parse_steps(op: str) -> None:
    steps: dict[str, dict[str, Any]] = {
        "parse_number": {"columns": ["a"]},
        "parse_date": {"columns": ["a"], "formats": ["%d.%m.%Y"]},
        "split": {"column": "a", "separator": "/", "into": ["a", "b"]},
    }
    cells, found = run({"a": ["", None]}, {"op": op, **steps[op]})
    assert cells["a"] == ["", None]
    assert found == []


def test_native_numbers_are_plain_already_and_texts_among_them_are_not() -> None:
    step = {"op": "parse_number", "columns": ["a"], **GERMAN}
    cells, found = run({"a": ["1234.5", "-7", "1.234,5"]}, step, native=True)
    assert cells["a"] == ["1234.5", "-7", "1234.5"]
    assert found == []


@pytest.mark.parametrize(
    ("formats", "zone", "text", "iso"),
    [
        (["%d.%m.%Y"], None, "29.02.2024", "2024-02-29"),
        (["%d.%m.%Y"], None, "29.02.2023", None),
        (["%d.%m.%Y", "%Y/%m/%d"], None, "2024/01/05", "2024-01-05"),
        (["%d/%m/%Y", "%m/%d/%Y"], None, "01/02/2003", "2003-02-01"),
        (["%d/%m/%y"], None, "01/02/69", "2069-02-01"),
        (["%d/%m/%y"], None, "01/02/70", "1970-02-01"),
        (["%d %B %Y"], None, "3 March 2020", "2020-03-03"),
        (["%d.%m.%Y %H:%M"], None, "01.02.2003 04:05", "2003-02-01T04:05:00"),
        (["%I:%M %p"], None, "12:30 AM", "00:30:00"),
        (["%Y-%m-%d %H:%M:%S.%f"], None, "2020-01-01 00:00:01.5", "2020-01-01T00:00:01.500"),
        (["%d.%m.%Y %H:%M"], "Europe/Berlin", "01.07.2024 12:00", "2024-07-01T10:00:00Z"),
        (["%d.%m.%Y %H:%M"], "Europe/Berlin", "31.03.2024 02:30", None),
        (["%d.%m.%Y %H:%M"], "Europe/Berlin", "27.10.2024 02:30", None),
        (["%Y-%m-%dT%H:%M%z"], None, "2024-07-01T12:00+02:00", "2024-07-01T10:00:00Z"),
        (["%Y-%m-%d"], None, "20-01-01", None),
    ],
)
def test_parse_date_rewrites_as_iso_or_rejects(
    formats: list[str], zone: str | None, text: str, iso: str | None
) -> None:
    step = {"op": "parse_date", "columns": ["a"], "formats": formats, "time_zone": zone}
    cells, found = run({"a": [text]}, step)
    if iso is None:
        assert (cells["a"], found) == ([text], [(0, "a", "parse_date", text)])
    else:
        assert (cells["a"], found) == ([iso], [])


@pytest.mark.parametrize("text", ["31.03.2024 02:30", "27.10.2024 02:30"])
def test_R24_a_local_time_that_is_skipped_or_repeated_says_so(text: str) -> None:
    step = STEP.validate_python(
        {
            "op": "parse_date",
            "columns": ["a"],
            "formats": ["%d.%m.%Y %H:%M"],
            "time_zone": "Europe/Berlin",
        }
    )
    _, found = apply_steps(pl.DataFrame({"a": [text]}), [step], functions={})
    assert found["message"].to_list() == ["is a local time that Europe/Berlin skips or has twice"]


def test_native_dates_are_iso_already() -> None:
    step = {"op": "parse_date", "columns": ["a"], "formats": ["%d.%m.%Y"]}
    cells, found = run({"a": ["2024-01-31", "01.02.2024", "x"]}, step, native=True)
    assert cells["a"] == ["2024-01-31", "2024-02-01", "x"]
    assert found == [(2, "a", "parse_date", "x")]
