"""What each transformation step does to the cells of a chunk, and which rows it cannot do."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import FileRefusedError
from tests.core.ingestion.transforms.running import Cells, run


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
