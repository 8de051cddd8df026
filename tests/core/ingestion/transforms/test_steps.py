"""What each transformation step does to the cells of a chunk, and which rows it cannot do."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion.errors import FileRefusedError
from dataviz_pipelines.core.ingestion.findings import FINDINGS_SCHEMA
from dataviz_pipelines.core.ingestion.transforms import TransformFunction, apply_steps
from dataviz_pipelines.core.models.documents.steps import Step

STEP: TypeAdapter[Step] = TypeAdapter(Step)
Cells = dict[str, list[str | None]]


def run(
    cells: Cells,
    *steps: dict[str, Any],
    functions: Mapping[str, TransformFunction] | None = None,
    native: bool = False,
) -> tuple[Cells, list[tuple[int, str | None, str, str | None]]]:
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    parsed = [STEP.validate_python(step) for step in steps]
    result, found = apply_steps(frame, parsed, functions=functions or {}, native=native)
    assert found.schema == FINDINGS_SCHEMA
    assert set(result.schema.values()) <= {pl.String()}
    rows = found.select("row", "column", "rule", "value").rows()
    return result.to_dict(as_series=False), rows


def test_rename_can_swap_names() -> None:
    cells, found = run({"a": ["1"], "b": ["2"]}, {"op": "rename", "columns": {"a": "b", "b": "a"}})
    assert cells == {"b": ["1"], "a": ["2"]}
    assert found == []


def test_rename_onto_a_column_of_the_file_is_refused() -> None:
    with pytest.raises(FileRefusedError, match="second column 'b'"):
        run({"a": ["1"], "b": ["2"]}, {"op": "rename", "columns": {"a": "b"}})


def test_drop_takes_columns_out() -> None:
    assert run({"a": ["1"], "b": ["2"]}, {"op": "drop", "columns": ["a", "gone"]})[0] == {
        "b": ["2"]
    }


def test_trim_takes_every_column_unless_told() -> None:
    cells: Cells = {"a": [" x\t", None], "b": ["\u00a0y ", ""]}
    assert run(cells, {"op": "trim"})[0] == {"a": ["x", None], "b": ["y", ""]}
    assert run(cells, {"op": "trim", "columns": ["a"]})[0]["b"] == ["\u00a0y ", ""]
    assert run({"a": ["**x*"]}, {"op": "trim", "characters": "*"})[0] == {"a": ["x"]}


@pytest.mark.parametrize(
    ("to", "expected"), [("lower", "straße"), ("upper", "STRASSE"), ("title", "Straße")]
)
def test_case_changes_letters(to: str, expected: str) -> None:
    cells, _ = run({"a": ["sTraße", None]}, {"op": "case", "columns": ["a"], "to": to})
    assert cells["a"] == [expected, None]


def test_replace_is_literal_unless_it_is_a_regex() -> None:
    cells = {"a": ["a.b.c", None]}
    literal = {"op": "replace", "columns": ["a"], "pattern": ".", "replacement": "$0"}
    regex = literal | {"pattern": r"(\w)\.", "replacement": "${1}-", "regex": True}
    assert run(cells, literal)[0]["a"] == ["a$0b$0c", None]
    assert run(cells, regex)[0]["a"] == ["a-b-c", None]


@pytest.mark.parametrize(
    ("otherwise", "expected", "rejected"),
    [
        ("keep", ["yes", None, "x", "", None], []),
        ("null", ["yes", None, None, None, None], []),
        ("reject", ["yes", None, "x", "", None], [(2, "a", "map", "x")]),
    ],
)
def test_map_says_what_happens_to_a_value_not_listed(
    otherwise: str, expected: list[str | None], rejected: list[Any]
) -> None:
    step = {"op": "map", "column": "a", "values": {"y": "yes", "?": None}, "otherwise": otherwise}
    cells, found = run({"a": ["y", "?", "x", "", None]}, step)
    assert cells["a"] == expected
    assert found == rejected


def test_map_can_list_the_empty_text() -> None:
    step = {"op": "map", "column": "a", "values": {"": "none"}, "otherwise": "reject"}
    assert run({"a": ["", None]}, step) == ({"a": ["none", None]}, [])


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


def test_split_rejects_another_number_of_parts() -> None:
    step = {"op": "split", "column": "a", "separator": "/", "into": ["x", "y"]}
    cells, found = run({"a": ["1/2", "1", "1/2/3"]}, step)
    assert (cells["x"][0], cells["y"][0]) == ("1", "2")
    assert list(cells) == ["x", "y"]
    assert found == [(1, "a", "split", "1"), (2, "a", "split", "1/2/3")]
    assert list(run({"a": ["1/2"]}, step | {"keep": True})[0]) == ["a", "x", "y"]


def test_concatenate_leaves_out_empty_cells() -> None:
    step = {"op": "concatenate", "columns": ["a", "b", "gone"], "separator": " ", "into": "c"}
    cells, _ = run({"a": ["x", "", None], "b": ["y", "z", None]}, step)
    assert cells["c"] == ["x y", "z", ""]


def test_default_fills_empty_cells_and_an_absent_column() -> None:
    step = {"op": "default", "column": "a", "value": "d"}
    assert run({"a": ["x", "", None]}, step)[0]["a"] == ["x", "d", "d"]
    assert run({"b": ["1", "2"]}, step)[0]["a"] == ["d", "d"]


def test_constant_is_the_same_in_every_row() -> None:
    assert run({"b": ["1", "2"]}, {"op": "constant", "column": "a", "value": "c"})[0]["a"] == [
        "c",
        "c",
    ]
    assert run({"b": ["1"]}, {"op": "constant", "column": "a", "value": None})[0]["a"] == [None]


def test_steps_pass_over_an_optional_column_that_the_file_lacks() -> None:
    cells, found = run(
        {"b": ["1"]},
        {"op": "rename", "columns": {"a": "z"}},
        {"op": "trim", "columns": ["a"]},
        {"op": "case", "columns": ["a"], "to": "upper"},
        {"op": "map", "column": "a", "values": {}},
        {"op": "parse_number", "columns": ["a"]},
        {"op": "split", "column": "a", "separator": "/", "into": ["x", "y"]},
        {"op": "concatenate", "columns": ["a", "c"], "into": "d"},
    )
    assert (cells, found) == ({"b": ["1"]}, [])


def test_what_the_file_has_for_a_computed_column_is_put_aside() -> None:
    step = {"op": "compute", "column": "total", "expression": "1"}
    assert run({"a": ["1"], "total": ["junk"]}, step)[0] == {"a": ["1"]}


def test_steps_run_in_the_order_given() -> None:
    cells, _ = run(
        {"a": [" x "]},
        {"op": "replace", "columns": ["a"], "pattern": " ", "replacement": "_"},
        {"op": "trim"},
    )
    assert cells["a"] == ["_x_"]


PYTHON = {"op": "python", "function": "mine"}


def test_a_python_function_sees_text_and_may_add_columns() -> None:
    def mine(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(initial=frame["a"].str[:1])

    cells, _ = run({"a": ["xy", None, ""]}, PYTHON, functions={"mine": mine})
    assert cells == {"a": ["xy", None, ""], "initial": ["x", None, ""]}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda frame: frame.iloc[:1], "was given 2 rows and returned 1"),
        (lambda frame: frame.iloc[::-1], "another index"),
        (lambda frame: frame["a"], "returned Series, not a pandas DataFrame"),
        (lambda frame: frame.assign(n=1), "returned int values in column 'n', not text"),
        (lambda frame: frame.rename(columns={"a": 1}), "name is not a text"),
        (lambda frame: pd.concat([frame, frame], axis=1), "two columns of the same name"),
    ],
)
def test_what_a_python_function_returns_is_checked(
    function: TransformFunction, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"'mine' .*{message}"):
        run({"a": ["x", "y"]}, PYTHON, functions={"mine": function})


def test_a_python_function_that_fails_refuses_the_file() -> None:
    def mine(frame: pd.DataFrame) -> pd.DataFrame:
        raise KeyError(f"secret value of row {len(frame)}")

    with pytest.raises(FileRefusedError, match="'mine' failed with KeyError") as raised:
        run({"a": ["x"]}, PYTHON, functions={"mine": mine})
    assert "secret" not in str(raised.value)


def test_a_python_function_that_nobody_registered_is_named() -> None:
    with pytest.raises(InvalidInputError, match="no registered transform function 'mine'"):
        run({"a": ["x"]}, PYTHON)


def test_an_empty_chunk_passes_every_step() -> None:
    cells, found = run(
        {"a": []},
        {"op": "parse_number", "columns": ["a"]},
        {"op": "parse_date", "columns": ["a"], "formats": ["%d.%m.%Y"]},
        {"op": "split", "column": "a", "separator": "/", "into": ["x", "y"]},
        {"op": "python", "function": "same"},
        functions={"same": lambda frame: frame},
    )
    assert (cells, found) == ({"x": [], "y": []}, [])
