"""Every upload mode against a real table, with its counts; duplicates in the file and against the table; lookups."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.ingestion.service import first_rejects, load_upload
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument
from tests.core.ingestion.destinations import on
from tests.core.ingestion.loads import Bench, reject_file
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}
HEADER = ("id", "name")


def in_mode(mode: str, **parts: Any) -> TemplateDocument:
    return document(ID, "name", mode=mode, **parts)


def counts(record: UploadRecord) -> tuple[int, int, int, int]:
    """Inserted, updated, unchanged, deleted."""
    details = record.details
    return details.inserted, details.updated, details.unchanged, details.deleted


def rejected(bench: Bench, record: UploadRecord) -> list[tuple[int, str, str, str, list[Any]]]:
    """Line, column, rule, message and original cells of each reason."""
    return [
        (line, error["column"], error["rule"], error["message"], raw)
        for line, errors, raw in first_rejects(bench.ingestion, record.id, limit=100)
        for error in errors
    ]


def test_F31_append_adds_the_rows_of_each_file(bench: Bench) -> None:
    template = in_mode("append")
    bench.load(template, csv_text(HEADER, (1, "a")))
    record = bench.load(template, csv_text(HEADER, (1, "a"), (2, "b")))
    assert bench.rows() == [(1, "a"), (1, "a"), (2, "b")]
    assert counts(record) == (2, 0, 0, 0)


@pytest.mark.parametrize("unique", [False, True])
def test_F31_replace_leaves_the_rows_of_the_last_file_alone(bench: Bench, unique: bool) -> None:
    template = document(ID | {"unique": unique}, "name", mode="replace")
    bench.load(template, csv_text(HEADER, (1, "a"), (2, "b")))
    record = bench.load(template, csv_text(HEADER, (2, "c"), (3, "d"), (4, "e")))
    assert bench.rows() == [(2, "c"), (3, "d"), (4, "e")]
    assert counts(record) == (3, 0, 0, 2)


def test_F31_upsert_adds_new_keys_updates_changed_rows_and_leaves_the_others(bench: Bench) -> None:
    template = in_mode("upsert", keys=["id"])
    bench.load(template, csv_text(HEADER, (1, "a"), (2, "b"), (3, "")))
    record = bench.load(template, csv_text(HEADER, (2, "B"), (1, "a"), (3, ""), (4, "d")))
    assert bench.rows() == [(1, "a"), (2, "B"), (3, None), (4, "d")]
    assert counts(record) == (1, 1, 2, 0)
    assert (record.records_processed, record.records_success) == (4, 4)


def test_F31_upsert_notes_the_upload_only_on_rows_that_it_changed(bench: Bench) -> None:
    template = in_mode("upsert", keys=["id"], upload_id_column="upload")
    first = bench.load(template, csv_text(HEADER, (1, "a"), (2, "b")))
    second = bench.load(template, csv_text(HEADER, (1, "a"), (2, "B")))
    assert bench.rows() == [(1, "a", first.id), (2, "B", second.id)]


def test_F31_upsert_of_keys_alone_changes_nothing_that_is_there(bench: Bench) -> None:
    template = document(ID, mode="upsert", keys=["id"], upload_id_column="upload")
    first = bench.load(template, csv_text(["id"], (1,)))
    second = bench.load(template, csv_text(["id"], (1,), (2,)))
    assert bench.rows() == [(1, first.id), (2, second.id)]
    assert counts(second) == (1, 0, 1, 0)


def test_F31_upsert_by_several_keys(bench: Bench) -> None:
    template = document(ID, "part", "name", mode="upsert", keys=["part", "id"])
    header = ("id", "part", "name")
    bench.load(template, csv_text(header, (1, "x", "a"), (1, "y", "b")))
    record = bench.load(template, csv_text(header, (1, "y", "B"), (2, "y", "c")))
    assert bench.rows() == [(1, "x", "a"), (1, "y", "B"), (2, "y", "c")]
    assert counts(record) == (1, 1, 0, 0)


@on.POSTGRESQL
def test_F31_upsert_compares_json_by_value(bench: Bench) -> None:
    template = document(ID, {"name": "data", "type": "json"}, mode="upsert", keys=["id"])
    bench.load(template, 'id,data\n1,"{""a"": 1}"\n2,[]\n')
    record = bench.load(template, 'id,data\n1,"{ ""a"":1}"\n2,[1]\n')
    assert bench.rows() == [(1, {"a": 1}), (2, [1])]
    assert counts(record) == (0, 1, 1, 0)


def test_F31_insert_new_leaves_known_keys_as_they_are(bench: Bench) -> None:
    template = in_mode("insert_new", keys=["id"])
    bench.load(template, csv_text(HEADER, (1, "a")))
    record = bench.load(template, csv_text(HEADER, (1, "changed"), (2, "b")))
    assert bench.rows() == [(1, "a"), (2, "b")]
    assert counts(record) == (1, 0, 1, 0)


def test_F31_delete_insert_replaces_all_rows_of_the_files_keys(bench: Bench) -> None:
    template = in_mode("delete_insert", keys=["id"])
    bench.load(template, csv_text(HEADER, (1, "a"), (1, "b"), (2, "c")))
    record = bench.load(template, csv_text(HEADER, (1, "x"), (3, "y"), (3, "z")))
    assert bench.rows() == [(1, "x"), (2, "c"), (3, "y"), (3, "z")]
    assert counts(record) == (3, 0, 0, 2)


def test_F31_fail_if_exists_loads_once_and_then_refuses(bench: Bench) -> None:
    template = in_mode("fail_if_exists")
    bench.load(template, csv_text(HEADER, (1, "a")))
    record, error = bench.refused(template, csv_text(HEADER, (2, "b")))
    assert isinstance(error, DestinationError)
    assert "Table uploads.target exists" in str(error)
    assert (record.status, record.error_message) == ("failed", str(error))
    assert bench.rows() == [(1, "a")]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert", "insert_new"])
def test_F33_a_key_that_comes_twice_in_a_file_is_rejected_with_its_line_and_the_first(
    bench: Bench, mode: str
) -> None:
    template = in_mode(mode, keys=["id"])
    record = bench.load(template, csv_text(HEADER, (1, "a"), (2, "b"), ("01", "c"), (1, "d")))
    assert bench.rows() == [(1, "a"), (2, "b")]
    assert rejected(bench, record) == [
        (4, "id", "unique", "is the same as on line 2", ["01", "c"]),
        (5, "id", "unique", "is the same as on line 2", ["1", "d"]),
    ]
    assert (record.records_processed, record.records_success, record.records_failed) == (4, 2, 2)


def test_F33_a_unique_value_that_is_in_the_table_already_is_rejected(bench: Bench) -> None:
    template = document(ID, {"name": "name", "unique": True})
    bench.load(template, csv_text(HEADER, (1, "a"), (2, ""), (3, "")))
    record = bench.load(template, csv_text(HEADER, (4, "a"), (5, "b"), (6, "")))
    assert bench.rows(["id"]) == [(1,), (2,), (3,), (5,), (6,)]
    message = "is in table uploads.target already"
    assert rejected(bench, record) == [(2, "name", "unique", message, ["4", "a"])]


def test_F33_an_upsert_may_keep_its_own_unique_value_but_not_take_anothers(bench: Bench) -> None:
    template = document(ID, {"name": "name", "unique": True}, "note", mode="upsert", keys=["id"])
    header = ("id", "name", "note")
    bench.load(template, csv_text(header, (1, "a", "x"), (2, "b", "x")))
    record = bench.load(template, csv_text(header, (1, "a", "y"), (2, "a", "y"), (3, "b", "y")))
    assert bench.rows() == [(1, "a", "y"), (2, "b", "x")]
    assert [(line, rule) for line, _, rule, *_ in rejected(bench, record)] == [
        (3, "unique"),
        (4, "unique"),
    ]


def test_F33_a_rejected_row_makes_no_other_row_a_duplicate(bench: Bench) -> None:
    template = document(ID | {"unique": True}, {"name": "name", "one_of": ["good"]})
    record = bench.load(template, csv_text(HEADER, (1, "bad"), (1, "good")))
    assert bench.rows() == [(1, "good")]
    assert [line for line, *_ in rejected(bench, record)] == [2]


@pytest.mark.parametrize("mode", ["upsert", "insert_new", "delete_insert"])
def test_a_key_is_never_null(bench: Bench, mode: str) -> None:
    bench.make("id bigint UNIQUE, name text")
    record = bench.load(in_mode(mode, keys=["id"]), csv_text(HEADER, ("", "a"), (1, "b")))
    assert bench.rows() == [(1, "b")]
    assert [(line, rule) for line, _, rule, *_ in rejected(bench, record)] == [(2, "not_null")]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_F26_a_lookup_rejects_what_is_not_in_the_other_table(bench: Bench, mode: str) -> None:
    bench.make("code text", table="countries")
    bench.query("INSERT INTO uploads.countries VALUES ('DE'), ('FR'), (NULL)")
    lookup = {"table": "countries", "column": "code"}
    template = document(ID, {"name": "name", "lookup": lookup}, mode=mode, keys=["id"])
    record = bench.load(template, csv_text(HEADER, (1, "DE"), (2, "XX"), (3, "")))
    assert bench.rows() == [(1, "DE"), (3, None)]
    message = "is not in uploads.countries.code"
    assert rejected(bench, record) == [(3, "name", "lookup", message, ["2", "XX"])]


def test_F26_a_lookup_in_a_table_that_does_not_exist_says_so(bench: Bench) -> None:
    lookup = {"table": "nowhere", "column": "code"}
    _, error = bench.refused(document({"name": "c", "lookup": lookup}), "c\nx\n")
    assert isinstance(error, DestinationError)
    assert "nowhere" in str(error)
    assert not bench.exists()


def test_F42_every_row_carries_the_id_of_its_upload(bench: Bench) -> None:
    template = in_mode("append", upload_id_column="upload id")
    first = bench.load(template, csv_text(HEADER, (1, "a")))
    second = bench.load(template, csv_text(HEADER, (2, "b"), (3, "c")))
    assert bench.rows(["id", "upload id"]) == [(1, first.id), (2, second.id), (3, second.id)]


def test_rejects_of_the_database_and_of_the_rules_are_in_one_file(bench: Bench) -> None:
    template = document(ID | {"unique": True}, "name")
    record = bench.load(template, csv_text(HEADER, ("x", "a"), (1, "b"), (1, "=c")))
    assert reject_file(record) == [
        ["2", "id", "type", "x", "id is not a whole number of at most 64 bits", "x", "a", ""],
        ["4", "id", "unique", "1", "id is the same as on line 3", "1", "'=c", ""],
    ]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_F30_duplicates_count_against_the_limit_of_rejects(bench: Bench, mode: str) -> None:
    template = in_mode(mode, keys=["id"], file={"max_rejects": 0})
    bench.load(template, csv_text(HEADER, (1, "a")))
    record, error = bench.refused(template, csv_text(HEADER, (2, "b"), (2, "c")))
    assert "has 1 rejected rows, and the template allows 0" in str(error)
    assert (record.records_success, record.records_failed) == (0, 2)
    assert [line for line, *_ in rejected(bench, record)] == [3]
    assert bench.rows() == [(1, "a")]


def test_F31_two_files_for_the_same_keys_at_once_are_both_counted_right(bench: Bench) -> None:
    template = bench.template(in_mode("upsert", keys=["id"]))
    paths = [
        bench.file(csv_text(HEADER, *[(n, letter) for n in range(500)]), name=f"{letter}.csv")
        for letter in "abcd"
    ]
    ids = [bench.register(template, path) for path in paths]
    with ThreadPoolExecutor(len(ids)) as threads:
        records = list(threads.map(lambda each: load_upload(bench.ingestion, each), ids))
    assert sorted(counts(record) for record in records) == [(0, 500, 0, 0)] * 3 + [(500, 0, 0, 0)]
    assert len({name for _, name in bench.rows()}) == 1
