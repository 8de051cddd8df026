"""Destinations that cannot work."""

import pytest

from dataviz_pipelines.core.ingestion.templates import (
    check_template,
)
from tests.core.ingestion.templates.checking import Json, problems, template


@pytest.mark.parametrize("mode", ["upsert", "insert_new", "delete_insert"])
def test_F31_a_mode_that_identifies_rows_needs_keys(mode: str) -> None:
    assert "needs the columns" in problems(template(upload_mode=mode))["destination_config.keys"]
    check_template(template(upload_mode=mode, destination={"keys": ["id"]}))


@pytest.mark.parametrize(
    ("destination", "path", "message"),
    [
        ({"keys": ["x"]}, "keys[0]", "has no column 'x'"),
        ({"keys": ["a"]}, "keys[0]", "needs nullable: false"),
        ({"keys": ["j"]}, "keys[0]", "JSON cannot be a key"),
        ({"keys": ["k", "k"]}, "keys[1]", "named twice"),
        ({"schema": "public"}, "schema", "belongs to the platform"),
        ({"schema": "pg_catalog"}, "schema", "belongs to the platform"),
        ({"table": "ä" * 40}, "table", "63 bytes"),
        ({"upload_id_column": "A"}, "upload_id_column", "has a column 'A' already"),
        ({"upload_id_column": "xmin"}, "upload_id_column", "system column"),
    ],
)
def test_a_destination_that_cannot_work_is_named(
    destination: Json, path: str, message: str
) -> None:
    columns: list[Json] = [
        {"name": "a"},
        {"name": "j", "type": "json", "nullable": False},
        {"name": "k", "nullable": False},
    ]
    found = problems(template(*columns, destination=destination))
    assert message in found[f"destination_config.{path}"]


def test_another_database_than_the_platforms_is_named_by_a_data_source() -> None:
    place = "destination_config.data_source"
    assert set(problems(template(destination_type="mysql"))) == {place}
    named: Json = {"data_source": "Warehouse"}
    check_template(template(destination_type="mysql", destination=named))
    assert set(problems(template(destination=named))) == {place}


def test_mysql_keeps_fewer_digits_after_the_point() -> None:
    column: Json = {"name": "a", "type": "decimal", "scale": 31}
    parts: Json = {"destination_type": "mysql", "destination": {"data_source": "Warehouse"}}
    assert set(problems(template(column, **parts))) == {"validation_rules.columns[0].scale"}
    check_template(template(column | {"scale": 30}, **parts))


def test_the_column_of_upload_ids_counts_towards_the_limit_of_a_table() -> None:
    columns: list[Json] = [{"name": f"c{number}"} for number in range(1_600)]
    check_template(template(*columns))
    found = problems(template(*columns, destination={"upload_id_column": "upload_id"}))
    assert found == {"destination_config.upload_id_column": "a table has at most 1600 columns"}
