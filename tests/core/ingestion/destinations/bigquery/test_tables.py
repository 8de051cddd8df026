"""The table that a template creates in BigQuery, how loading fits into one that was there, and what arrives in it."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from google.cloud.bigquery import SchemaField

from dataviz_pipelines.core.ingestion.errors import DestinationError
from tests.core.ingestion.destinations.bigquery.benches import BigQueryBench
from tests.core.ingestion.destinations.test_tables import EVERY_TYPE, ONE_ROW
from tests.factories import csv_text, document
from tests.servers.bigquery_mended import Answer, Asked, Mended

ID: dict[str, Any] = {"name": "id", "type": "integer"}


def shape(bench: BigQueryBench) -> list[tuple[Any, ...]]:
    """NUMERIC shows its digits; the emulator forgets those of it."""
    fields = bench.client.get_table("uploads.target").schema
    return [(field.name, field.field_type, field.mode) for field in fields]


def test_F31_the_table_is_made_with_the_templates_types(bench: BigQueryBench) -> None:
    key = {"name": "key", "type": "integer"}
    record = bench.load(
        document(key, *EVERY_TYPE, keys=["key"], mode="upsert", upload_id_column="upload"),
        f"key,{ONE_ROW.splitlines()[0]}\n1,{ONE_ROW.splitlines()[1]}\n",
    )
    types = [
        "INT64", "STRING", "INT64", "NUMERIC", "FLOAT64", "BOOL", "DATE", "TIME", "DATETIME",
        "TIMESTAMP", "STRING", "JSON",
    ]  # fmt: skip
    names = ["key", *(rule["name"] for rule in EVERY_TYPE)]
    assert shape(bench) == [
        ("key", "INT64", "REQUIRED"),
        *((name, kind, "NULLABLE") for name, kind in zip(names[1:], types[1:], strict=True)),
        ("upload", "STRING", "NULLABLE"),
    ]
    types[3] = "NUMERIC(12, 3)"
    assert record.details.columns == list(zip(names, types, strict=True))


def test_every_type_arrives_as_it_was_sent(bench: BigQueryBench) -> None:
    bench.load(document(*EVERY_TYPE), ONE_ROW)
    nothing, row = bench.rows()
    assert nothing == (None,) * 11
    assert row == (
        "007",
        -(2**63),
        Decimal("-123456789.125"),
        1e-7,
        True,
        date(1999, 12, 31),
        time(23, 59, 59, 999999),
        datetime(2024, 2, 29, 12, 0, 0, 1),  # noqa: DTZ001  # that is its type
        datetime(2024, 2, 29, 6, 30, tzinfo=UTC),
        "00000000-0000-0000-0000-00000000000a",
        {"a": [1, None]},
    )


def test_texts_of_any_kind_arrive_as_they_were_sent(bench: BigQueryBench) -> None:
    texts = ["😀 \u0301e", "two\nlines", 'it\'s `\\n` "quoted"', "\t ", "NULL", "@p; DROP TABLE x"]
    quoted = "\n".join('"' + text.replace('"', '""') + '"' for text in texts)
    bench.load(document("a", reader_config={"quote": '"', "delimiter": ","}), f"a\n{quoted}\n")
    assert sorted(text for (text,) in bench.rows()) == sorted(texts)


def test_F42_every_row_carries_the_id_of_its_upload(bench: BigQueryBench) -> None:
    template = document(ID, "name", mode="upsert", keys=["id"], upload_id_column="upload id")
    header = ("id", "name")
    first = bench.load(template, csv_text(header, (1, "a"), (2, "b")))
    second = bench.load(template, csv_text(header, (1, "a"), (2, "B"), (3, "c")))
    marks = [str(record.id) for record in (first, second, second)]
    assert bench.rows(["id", "upload id"]) == list(zip([1, 2, 3], marks, strict=True))


def test_F35_evolve_adds_new_columns_as_text(bench: BigQueryBench) -> None:
    template = document("a", contract="evolve")
    bench.load(template, csv_text("ab", "12"))
    record = bench.load(template, csv_text("acb", "345"))
    assert bench.rows(["a", "b", "c"]) == [("1", "2", None), ("3", "5", "4")]
    assert record.details.columns == [("a", "STRING"), ("c", "STRING"), ("b", "STRING")]


def test_F35_an_upsert_may_bring_a_new_column(bench: BigQueryBench) -> None:
    template = document(ID, "a", mode="upsert", keys=["id"], contract="evolve")
    bench.load(template, csv_text(["id", "a"], (1, "x"), (2, "y")))
    record = bench.load(template, csv_text(["id", "a", "b"], (1, "x", "new"), (2, "y", "")))
    assert bench.rows(["id", "a", "b"]) == [(1, "x", "new"), (2, "y", None)]
    assert (record.details.updated, record.details.unchanged) == (1, 1)


def test_an_existing_columns_limits_reject_rows_one_by_one(
    bench: BigQueryBench, server: Mended
) -> None:
    """The emulator forgets lengths and digits; they are put into its answer, where BigQuery has them."""
    bench.made(
        SchemaField("text", "STRING"),
        SchemaField("number", "NUMERIC"),
        SchemaField("needed", "STRING", mode="REQUIRED"),
    )

    def with_limits(asked: Asked) -> Answer | None:
        if asked.method != "GET" or "/tables/target" not in asked.path:
            return None
        status, headers, body = server.forwarded(asked)
        text, number, needed = json.loads(body)["schema"]["fields"]
        fields = [text | {"maxLength": "3"}, number | {"precision": "4", "scale": "2"}, needed]
        return (
            status,
            headers,
            json.dumps(json.loads(body) | {"schema": {"fields": fields}}).encode(),
        )

    server.before = with_limits
    columns: list[Any] = ["text", {"name": "number", "type": "decimal"}, "needed"]
    record = bench.load(
        document(*columns),
        "text,number,needed\nabc,1.25,x\nabcd,1,x\na,1.255,x\nb,100,x\nc,1,\n",
    )
    assert bench.reasons(record) == [
        (3, "text", "max_length"),
        (4, "number", "type"),
        (5, "number", "type"),
        (6, "needed", "not_null"),
    ]
    assert bench.rows(["text"]) == [("abc",)]


def test_names_are_the_same_in_upper_and_lower_case(bench: BigQueryBench) -> None:
    bench.made(SchemaField("ID", "INTEGER"), SchemaField("Name", "STRING"))
    bench.load(document(ID, "name", mode="upsert", keys=["id"]), "id,name\n1,a\n")
    assert bench.rows() == [(1, "a")]
    template = document(ID, "name", mode="upsert", keys=["id"], contract="evolve")
    _, error = bench.refused(template, "id,name,b,B\n1,a,2,3\n")
    assert "'b' would be there twice" in str(error)


def test_identifiers_of_any_kind_are_quoted(bench: BigQueryBench) -> None:
    names = ["größe in cm", "select", "a'b", "x-y", "t", "s", "c0"]
    template = document(*names, mode="upsert", keys=["select"])
    bench.load(template, csv_text(names, range(7)))
    bench.load(template, csv_text(names, (9, 1, 2, 3, 4, 5, 6)))
    assert bench.rows() == [("9", "1", "2", "3", "4", "5", "6")]


@pytest.mark.parametrize("name", ["a.b", "a`b", "_TABLE_x", "a\\b"])
def test_a_column_that_bigquery_does_not_take_is_refused(bench: BigQueryBench, name: str) -> None:
    _, error = bench.refused(document(name, name="odd"), f"{name}\n1\n")
    assert isinstance(error, DestinationError)
    assert f"BigQuery takes no column {name!r}" in str(error)
    assert bench.tables() == []


def test_a_missing_dataset_is_told_with_the_remedy(bench: BigQueryBench) -> None:
    _, error = bench.refused(document("a", schema="elsewhere"), "a\n1\n")
    assert "There is no dataset elsewhere in project dataviz-test" in str(error)
    assert "BigQuery Data Editor" in str(error.remedy)


def test_a_view_is_no_table(bench: BigQueryBench) -> None:
    bench.asked("CREATE VIEW `uploads`.`target` AS SELECT 'x' AS a")
    _, error = bench.refused(document("a"), "a\n1\n")
    assert "uploads.target is not a table" in str(error)


def test_a_type_that_would_change_values_is_refused(bench: BigQueryBench) -> None:
    bench.made(SchemaField("a", "FLOAT"), SchemaField("b", "STRING", mode="REPEATED"))
    _, error = bench.refused(document({"name": "a", "type": "decimal"}), "a\n1\n")
    assert "Column a of table uploads.target is FLOAT64, but the template loads decimal" in str(
        error
    )
    _, error = bench.refused(document("b", name="other"), "b\n1\n")
    assert "Column b of table uploads.target is ARRAY" in str(error)


def test_a_column_that_wants_a_value_from_nobody_is_told(bench: BigQueryBench) -> None:
    bench.made(SchemaField("a", "STRING"), SchemaField("b", "STRING", mode="REQUIRED"))
    _, error = bench.refused(document("a"), "a\n1\n")
    assert "wants a value in b, which the template does not load" in str(error)


def test_F26_a_lookup_rejects_what_is_not_in_the_other_table(bench: BigQueryBench) -> None:
    bench.made(SchemaField("code", "STRING"), table="countries")
    bench.asked("INSERT INTO `uploads`.`countries` VALUES ('DE'), ('FR'), (NULL)")
    lookup = {"table": "countries", "column": "code"}
    template = document(ID, {"name": "name", "lookup": lookup}, mode="upsert", keys=["id"])
    record = bench.load(template, csv_text(["id", "name"], (1, "DE"), (2, "XX"), (3, "")))
    assert bench.rows() == [(1, "DE"), (3, None)]
    assert bench.reasons(record) == [(3, "name", "lookup")]


def test_F33_rows_of_deleted_keys_are_in_nobodys_way(bench: BigQueryBench) -> None:
    """The row that has `b` goes, for its key is in the file; the one that has `c` stays."""
    unique = {"name": "name", "unique": True}
    template = document(ID, unique, mode="delete_insert", keys=["id"])
    header = ("id", "name")
    bench.load(template, csv_text(header, (1, "a"), (2, "b"), (3, "c")))
    record = bench.load(template, csv_text(header, (1, "b"), (2, "c")))
    assert bench.rows() == [(1, "b"), (3, "c")]
    assert bench.reasons(record) == [(3, "name", "unique")]
    assert (record.details.inserted, record.details.deleted) == (1, 2)


def test_F30_rejects_of_all_kinds_add_up(bench: BigQueryBench) -> None:
    template = document(ID | {"unique": True}, {"name": "data", "type": "json"})
    record = bench.load(template, 'id,data\n1,{}\nx,[]\n1,[]\n2,nonsense\n3,"{""a"":1}"\n')
    assert (record.records_processed, record.records_success, record.records_failed) == (5, 2, 3)
    assert bench.reasons(record) == [(3, "id", "type"), (4, "id", "unique"), (5, "data", "type")]
    assert bench.rows() == [(1, {}), (3, {"a": 1})]


def test_a_file_without_rows_may_empty_the_table(bench: BigQueryBench) -> None:
    template = document("a", mode="replace", file={"min_rows": 0})
    bench.load(template, "a\n1\n")
    record = bench.load(template, "a\n")
    assert (record.details.deleted, bench.rows()) == (1, [])
