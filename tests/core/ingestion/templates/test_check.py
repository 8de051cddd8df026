"""A template is checked in full when it is saved, and every mistake is reported at once with its JSON path."""

import json
from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.templates import (
    as_json,
    as_written,
    check_template,
)
from tests.core.ingestion.templates.checking import Json, problems, template


def test_F21_a_sound_template_is_returned_as_a_document() -> None:
    document = check_template(template())
    assert document.validation_rules.columns[0].name == "id"
    assert check_template(json.dumps(template())) == document
    assert check_template(as_json(document)) == document
    assert check_template(as_written(document)) == document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "it is not JSON: line 1, column 2"),
        (b"\xff\xfe{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"name": "a", "name": "b"}', "the key 'name' stands twice in one object"),
        ('{"name": NaN}', "NaN is not JSON"),
    ],
)
def test_text_that_is_no_json_says_where(text: str | bytes, message: str) -> None:
    assert message in problems(text)[""]


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (template({"name": "a", "patern": "x"}), "validation_rules.columns[0].patern", "no such option"),
        (template({"type": "text"}), "validation_rules.columns[0].name", "it must be given"),
        (template({"name": "a", "type": "txt"}), "validation_rules.columns[0].type", "'text', 'integer'"),
        (template({"name": "a", "min": [1]}), "validation_rules.columns[0].min", "decimal"),
        (template({"name": "a", "one_of": [[1]]}), "validation_rules.columns[0].one_of[0]", "string"),
        (template(steps=[{"columns": ["a"]}]), "transformation_rules.steps[0]", "a step needs an op"),
        (template(steps=[{"op": "trimm"}]), "transformation_rules.steps[0]", "'trimm'"),
        (template(steps=[{"op": "trim", "colums": []}]), "transformation_rules.steps[0].colums", "no such"),
        (template(steps=[{"op": "drop"}]), "transformation_rules.steps[0].columns", "must be given"),
        (template(steps=[{"op": "rename", "columns": {"old name": 1}}]), 'transformation_rules.steps[0].columns["old name"]', "string"),
        (template(destination={"table": ""}), "destination_config.table", "at least 1 character"),
        (template(name="../etc"), "name", "pattern"),
        (template(max_file_size_mb=0), "max_file_size_mb", "greater than or equal to 1"),
        ([], "", "dictionary"),
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_named_by_its_path(
    document: Any, path: str, message: str
) -> None:
    assert message in problems(document)[path]


COLUMN = "validation_rules.columns[0]"


@pytest.mark.parametrize(
    ("rule", "option", "message"),
    [
        ({"scale": 2}, "scale", "a column of type text has no such option"),
        ({"min": 1}, "min", "a column of type text has no such option"),
        ({"formats": ["%Y"]}, "formats", "a column of type text has no such option"),
        ({"type": "integer", "pattern": "x"}, "pattern", "a column of type integer has no such option"),
        ({"type": "json", "unique": True}, "unique", "no such option"),
        ({"pattern": "("}, "pattern", "cannot be used: unclosed group"),
        ({"pattern": "(?<=a)b"}, "pattern", "look-around"),
        ({"min_length": 3, "max_length": 2}, "min_length", "3 is greater than max_length, 2"),
        ({"type": "integer", "min": 5, "max": 4}, "min", "5 is greater than max, 4"),
        ({"type": "integer", "min": "1.5"}, "min", "'1.5' is not a whole number"),
        ({"type": "integer", "max": "x"}, "max", "'x' is not a whole number"),
        ({"type": "date", "min": "2024-01-31", "max": "2023-12-31"}, "min", "is greater than max"),
        ({"type": "date", "max": "31.12.2024"}, "max", "is not a date"),
        ({"type": "timestamptz", "min": "2024-01-01T00:00:00"}, "min", "offset"),
        ({"type": "integer", "one_of": [1, "two"]}, "one_of", "'two' is not a whole number"),
        ({"type": "boolean", "one_of": ["yes"]}, "one_of", "no such option"),
        ({"type": "decimal", "precision": 3, "scale": 4}, "scale", "4 digits after the point, but only 3"),
        ({"type": "decimal", "decimal": ",", "thousands": ","}, "decimal", "are the same"),
        ({"type": "decimal", "decimal": "1"}, "decimal", "part of a number"),
        ({"type": "boolean", "true_values": ["X"], "false_values": ["x"]}, "true_values", "'x' means both"),
        ({"type": "boolean", "true_values": []}, "true_values", "both need a text"),
        ({"type": "date", "formats": ["%d.%m.%q"]}, "formats", "%q is not a known directive"),
        ({"type": "date", "formats": ["%d.%m."]}, "formats", "does not say the year, month and day"),
        ({"type": "date", "formats": ["%d.%d.%Y"]}, "formats", "names the day twice"),
        ({"type": "date", "formats": ["%d.%m.%Y %H:%M"]}, "formats", "reads a timestamp, but the column is date"),
        ({"type": "time", "formats": ["%I:%M"]}, "formats", "%I and %p belong together"),
        ({"type": "time", "formats": ["%H"]}, "formats", "hour and minute"),
        ({"type": "timestamp", "formats": ["%Y-%m-%d %H:%M:%S%z"]}, "formats", "timestamp with offset"),
        ({"type": "timestamp", "formats": ["%Y-%m-%d %H:%M:%S%f"]}, "formats", "only after a point"),
        ({"type": "timestamptz", "formats": ["%Y-%m-%d %H:%M"]}, "formats", "give the time_zone"),
        ({"type": "timestamptz", "time_zone": "Mars/Olympus"}, "time_zone", "no time zone 'Mars/Olympus'"),
        ({"type": "timestamptz", "time_zone": "../UTC"}, "time_zone", "no time zone"),
        ({"lookup": {"schema": "public", "table": "users", "column": "email"}}, "lookup", "belongs to the platform"),
        ({"lookup": {"table": "ä" * 40, "column": "c"}}, "lookup", "63 bytes"),
        ({"name": "ä" * 32}, "name", "63 bytes"),
        ({"name": "ctid"}, "name", "system column"),
        ({"name": "a\nb"}, "name", "control character"),
    ],
)  # fmt: skip
def test_a_rule_of_a_column_that_cannot_work_is_named(
    rule: Json, option: str, message: str
) -> None:
    assert message in problems(template({"name": "a", **rule}))[f"{COLUMN}.{option}"]


def test_names_and_aliases_must_differ_by_more_than_case() -> None:
    found = problems(
        template({"name": "Id"}, {"name": "ID"}, {"name": "c", "aliases": ["iD", "C"]})
    )
    assert set(found) == {
        "validation_rules.columns[1].name",
        "validation_rules.columns[2].aliases[0]",
    }


@pytest.mark.parametrize(
    ("file_format", "config", "option", "message"),
    [
        ("csv", {"sheet": "A"}, "sheet", "files of the format csv have no such option"),
        ("excel", {"delimiter": ";"}, "delimiter", "files of the format excel have no such option"),
        ("json", {"header_row": 1}, "header_row", "have no such option"),
        ("csv", {"records_path": ["a"]}, "records_path", "no such option"),
        ("excel", {"sheet": 0}, "sheet", "counted from 1"),
        ("csv", {"header_row": 0}, "column_names", "names must be given"),
        ("csv", {"header_row": 0, "column_names": ["a", "a"]}, "column_names", "twice"),
        ("csv", {"encoding": "utf-9"}, "encoding", "no encoding 'utf-9'"),
        ("csv", {"encoding": "base64"}, "encoding", "no encoding 'base64'"),
        ("csv", {"delimiter": ";", "quote": ";"}, "quote", "is the delimiter as well"),
        ("csv", {"delimiter": "\n"}, "delimiter", "line end"),
    ],
)
def test_settings_that_the_reader_cannot_use_are_named(
    file_format: str, config: Json, option: str, message: str
) -> None:
    found = problems(template(file_format=file_format, reader_config=config))
    assert message in found[f"reader_config.{option}"]


def test_rules_across_columns_are_compiled_with_the_types_at_hand() -> None:
    rows = [
        {"name": "r", "expression": "id > 0"},
        {"name": "r", "expression": "id = 0"},
        {"name": "s", "expression": "id + 1"},
    ]
    assert problems(template(rules={"rows": rows, "file": {"min_rows": 3, "max_rows": 2}})) == {
        "validation_rules.rows[1].name": "another rule is named 'r'",
        "validation_rules.rows[1].expression": (
            "The expression should end here, but there is =, at character 4. Write == to compare."
        ),
        "validation_rules.rows[2].expression": (
            "The expression gives integer, not a condition, at character 1."
            " Compare it with something, as in x > 0."
        ),
        "validation_rules.file.min_rows": "3 is greater than max_rows, 2",
    }


def test_all_mistakes_are_reported_at_once() -> None:
    document = template(
        {"name": "a", "pattern": "("},
        {"name": "b", "type": "date", "formats": ["%x"]},
        upload_mode="upsert",
        steps=[{"op": "python", "function": "no"}],
    )
    assert len(problems(document)) == 4
