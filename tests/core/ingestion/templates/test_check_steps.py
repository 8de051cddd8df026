"""Steps that cannot work, and what they leave for the rules of the columns."""

import pytest

from dataviz_pipelines.core.ingestion.templates import (
    check_template,
)
from tests.core.ingestion.templates.checking import Json, problems, template


@pytest.mark.parametrize(
    ("steps", "path", "message"),
    [
        ([{"op": "drop", "columns": ["a"]}, {"op": "trim", "columns": ["a"]}], "[1]", "is gone since transformation_rules.steps[0]"),
        ([{"op": "rename", "columns": {"a": "b"}}, {"op": "trim", "columns": ["a"]}], "[1]", "is gone since"),
        ([{"op": "rename", "columns": {"x": "b", "y": "b"}}], "[0].columns", "two columns are renamed to 'b'"),
        ([{"op": "rename", "columns": {"x": "b"}}, {"op": "rename", "columns": {"a": "b"}}], "[1].columns", "a column 'b' already"),
        ([{"op": "trim", "columns": ["aa"]}], "[0]", "uses the column 'aa'; did you mean 'a'?"),
        ([{"op": "constant", "column": "z", "value": "1"}], "[0]", "no later step and no rule uses the column 'z'"),
        ([{"op": "replace", "columns": ["a"], "pattern": "(", "replacement": "", "regex": True}], "[0].pattern", "unclosed group"),
        ([{"op": "replace", "columns": ["a"], "pattern": "", "replacement": "x"}], "[0].pattern", "empty text"),
        ([{"op": "replace", "columns": ["a"], "pattern": "(a)", "replacement": "$1x", "regex": True}], "[0].replacement", "no group 1x; write ${1}"),
        ([{"op": "parse_number", "columns": ["a"], "decimal": ",", "thousands": ","}], "[0].thousands", "are the same"),
        ([{"op": "parse_number", "columns": ["a"], "thousands": "0"}], "[0].thousands", "part of a number"),
        ([{"op": "parse_number", "columns": ["a"], "strip": [" "]}], "[0].strip", "white space"),
        ([{"op": "parse_date", "columns": ["a"], "formats": ["%d.%m"]}], "[0].formats", "year, month and day"),
        ([{"op": "parse_date", "columns": ["a"], "formats": ["%d.%m.%Y"], "time_zone": "Europe/Berlin"}], "[0].time_zone", "has no time zone to add"),
        ([{"op": "parse_date", "columns": ["a"], "formats": ["%d.%m.%Y %H:%M"], "time_zone": "X"}], "[0].time_zone", "no time zone 'X'"),
        ([{"op": "split", "column": "x", "separator": "/", "into": ["a", "a"]}], "[0].into", "twice"),
        ([{"op": "map", "column": "a", "values": {}, "otherwise": "keep"}], "[0].values", "nothing is mapped"),
        ([{"op": "python", "function": "yours"}], "[0].function", "no function 'yours' is registered; registered are mine"),
        ([{"op": "compute", "column": "z", "expression": "1"}], "[0].column", "validation_rules has no column 'z'"),
        ([{"op": "compute", "column": "n", "expression": "m + x"}], "[0].expression", "There is no column 'x', at character 5."),
        ([{"op": "compute", "column": "n", "expression": "a"}], "[0].expression", "gives text, but the column is integer"),
        ([{"op": "compute", "column": "n", "expression": "n + 1"}], "[0].expression", "'n' is computed only by this or a later step"),
        ([{"op": "compute", "column": "n", "expression": "m"}, {"op": "compute", "column": "m", "expression": "1"}], "[0].expression", "'m' is computed only"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_work_is_named(steps: list[Json], path: str, message: str) -> None:
    columns: list[Json] = [
        {"name": "a"},
        {"name": "b"},
        {"name": "n", "type": "integer"},
        {"name": "m", "type": "integer"},
    ]
    assert message in problems(template(*columns, steps=steps))[f"transformation_rules.steps{path}"]


def test_a_column_that_a_step_takes_away_cannot_have_a_rule() -> None:
    found = problems(
        template({"name": "a"}, {"name": "b"}, steps=[{"op": "drop", "columns": ["a"]}])
    )
    assert (
        found["validation_rules.columns[0].name"]
        == "transformation_rules.steps[0] takes the column 'a' away"
    )


def test_options_for_a_notation_that_a_step_has_rewritten_are_refused() -> None:
    columns: list[Json] = [
        {"name": "d", "type": "date", "formats": ["%d.%m.%Y"]},
        {"name": "n", "type": "decimal", "decimal": ","},
    ]
    steps = [
        {"op": "parse_date", "columns": ["d"], "formats": ["%d.%m.%Y"]},
        {"op": "parse_number", "columns": ["n"], "decimal": ","},
    ]
    assert set(problems(template(*columns, steps=steps))) == {
        "validation_rules.columns[0].formats",
        "validation_rules.columns[1].decimal",
    }


def test_an_alias_of_a_column_that_a_step_makes_is_refused() -> None:
    steps = [{"op": "constant", "column": "a", "value": "1"}]
    assert set(problems(template({"name": "a", "aliases": ["A!"]}, steps=steps))) == {
        "validation_rules.columns[0].aliases"
    }


def test_an_evolving_template_may_work_on_columns_it_does_not_know() -> None:
    steps = [{"op": "trim", "columns": ["extra"]}]
    check_template(template(steps=steps, destination={"contract": "evolve"}))


def test_a_column_that_a_python_function_may_use_is_not_called_unused() -> None:
    steps = [{"op": "trim", "columns": ["extra"]}, {"op": "python", "function": "mine"}]
    check_template(template(steps=steps), functions=["mine"])


def test_the_groups_of_a_replacement_may_be_numbered_or_named() -> None:
    for pattern, replacement in [("a", "$$1"), ("(a)", "${1}x"), ("(?P<x>a)", "${x}-$0")]:
        step = {
            "op": "replace",
            "columns": ["id"],
            "pattern": pattern,
            "replacement": replacement,
            "regex": True,
        }
        check_template(template(steps=[step]))
