"""What the keyed modes take for the same key and for the same row: documents, decimals, keys that only look different."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.ingestion.service import first_rejects
from dataviz_pipelines.core.ingestion.store import UploadRecord
from tests.core.ingestion.destinations import on
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

pytestmark = on.POSTGRESQL

ID: dict[str, Any] = {"name": "id", "type": "integer"}
DATA: dict[str, Any] = {"name": "data", "type": "json"}


def counts(record: UploadRecord) -> tuple[int, int, int]:
    """Inserted, updated, unchanged."""
    return record.details.inserted, record.details.updated, record.details.unchanged


def rejected(bench: Bench, record: UploadRecord) -> list[tuple[int, str, str]]:
    """Line, rule and message of each reason."""
    return [
        (line, error["rule"], error["message"])
        for line, errors, _ in first_rejects(bench.ingestion, record.id, limit=100)
        for error in errors
    ]


@pytest.mark.parametrize("kind", ["jsonb", "json", "text"])
@pytest.mark.parametrize(
    ("mode", "names", "expected"),
    [
        ("upsert", ["new", "new", "new"], (1, 2, 0)),
        ("insert_new", ["old", "old", "new"], (1, 0, 2)),
    ],
)
def test_F31_keyed_modes_take_documents_of_any_column_type(
    bench: Bench, kind: str, mode: str, names: list[str], expected: tuple[int, int, int]
) -> None:
    bench.make(f"id bigint PRIMARY KEY, data {kind}")
    template = document(ID, DATA, mode=mode, keys=["id"])
    bench.load(template, 'id,data\n1,"{""is"": ""old""}"\n2,"{""is"": ""old""}"\n')
    text = "".join(f'{number},"{{""is"": ""new""}}"\n' for number in (1, 2, 3))
    record = bench.load(template, f"id,data\n{text}")
    assert [name for (name,) in bench.rows("data::jsonb->>'is'")] == names
    assert counts(record) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("jsonb", (0, 0, 2)), ("json", (0, 1, 1)), ("text", (0, 1, 1))],
)
def test_F31_a_document_is_changed_when_its_column_would_keep_the_difference(
    bench: Bench, kind: str, expected: tuple[int, int, int]
) -> None:
    bench.make(f"id bigint PRIMARY KEY, data {kind}")
    template = document(ID, DATA, mode="upsert", keys=["id"])
    bench.load(template, 'id,data\n1,"{""a"": 1}"\n2,[1]\n')
    assert counts(bench.load(template, 'id,data\n1,"{ ""a"":1}"\n2,[1]\n')) == expected


def test_F31_the_document_null_is_not_the_absence_of_one(bench: Bench) -> None:
    template = document(ID, DATA, mode="upsert", keys=["id"])
    bench.load(template, "id,data\n1,null\n2,\n3,null\n")
    record = bench.load(template, "id,data\n1,\n2,null\n3,null\n")
    assert bench.rows("id, data::text") == [(1, None), (2, "null"), (3, "null")]
    assert counts(record) == (0, 2, 1)


@pytest.mark.parametrize("mode", ["upsert", "insert_new"])
def test_F31_decimals_without_digits_after_the_point_are_keys_like_any_other(
    bench: Bench, mode: str
) -> None:
    key = {"name": "id", "type": "decimal", "scale": 0}
    template = document(key, "name", mode=mode, keys=["id"])
    largest = "9" * 38
    bench.load(template, csv_text(("id", "name"), (1, "a"), (largest, "a"), (f"-{largest}", "a")))
    record = bench.load(
        template,
        csv_text(("id", "name"), (largest, "b"), (2, "b"), (1.5, "b"), (f"{largest}9", "b")),
    )
    assert [(str(key), name) for key, name in bench.rows()] == [
        (f"-{largest}", "a"),
        ("1", "a"),
        ("2", "b"),
        (largest, "b" if mode == "upsert" else "a"),
    ]
    assert [(line, rule) for line, rule, _ in rejected(bench, record)] == [(4, "type"), (5, "type")]


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_an_integer_column_that_is_numeric_without_digits_takes_them_exactly(
    bench: Bench, mode: str
) -> None:
    bench.make("id numeric(18,0) UNIQUE, price numeric(5,0)")
    price = {"name": "price", "type": "decimal", "scale": 2}
    template = document(ID, price, mode=mode, keys=["id"])
    record = bench.load(
        template, csv_text(("id", "price"), ("9" * 18, "99999"), (2, "12.00"), (3, "12.50"))
    )
    assert [(str(key), str(price)) for key, price in bench.rows()] == [
        ("2", "12"),
        ("9" * 18, "99999"),
    ]
    assert [(line, rule) for line, rule, _ in rejected(bench, record)] == [(4, "type")]


@pytest.mark.parametrize("size", ["5,-2", "3,5"])
@pytest.mark.parametrize("kind", ["integer", "decimal"])
def test_a_column_that_would_round_what_it_is_given_is_refused(
    bench: Bench, size: str, kind: str
) -> None:
    """PostgreSQL 15 and later have such sizes: numeric(5,-2) keeps hundreds, numeric(3,5) thousandths of a cent."""
    if bench.query("SELECT current_setting('server_version_num')::int < 150000") == [(True,)]:
        pytest.skip("this PostgreSQL has no such sizes")
    bench.make(f"amount numeric({size})")
    _, error = bench.refused(document({"name": "amount", "type": kind}), "amount\n1250\n")
    assert isinstance(error, DestinationError)
    assert f"Column amount of table uploads.target is numeric({size}), so the" in error.message
    assert bench.rows() == []


@pytest.mark.parametrize("size", ["5,5", "2,2"])
def test_a_column_with_no_digits_before_the_point_takes_fractions_and_nought(
    bench: Bench, size: str
) -> None:
    bench.make(f"amount numeric({size})")
    amount = {"name": "amount", "type": "decimal", "scale": 2}
    record = bench.load(document(amount), csv_text(["amount"], ("0.25",), (0,), (1,), ("0.125",)))
    assert [float(value) for (value,) in bench.rows()] == [0.0, 0.25]
    assert [line for line, *_ in rejected(bench, record)] == [4, 5]


def test_a_column_that_can_hold_nothing_but_nought_takes_that(bench: Bench) -> None:
    bench.make("amount numeric(5,5)")
    amount = {"name": "amount", "type": "decimal", "scale": 0}
    record = bench.load(document(amount), csv_text(["amount"], (0,), (1,)))
    assert [float(value) for (value,) in bench.rows()] == [0.0]
    assert [line for line, *_ in rejected(bench, record)] == [3]


KEYS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "decimal": ({"type": "decimal", "scale": 3}, ["1.5", "1.500", "01.50"]),
    "float": ({"type": "float"}, ["0.5", "5e-1", ".5"]),
    "zero": ({"type": "float"}, ["0", "-0.0", "0e9"]),
    "moment": (
        {"type": "timestamptz"},
        ["2026-05-01T12:00:00Z", "2026-05-01T14:00:00+02:00", "2026-05-01 12:00:00+00:00"],
    ),
    "uuid": (
        {"type": "uuid"},
        ["0198c0de-0000-7000-8000-00000000000a", "0198C0DE-0000-7000-8000-00000000000A"],
    ),
    "boolean": ({"type": "boolean"}, ["true", "1", "Yes"]),
    "date": ({"type": "date", "formats": ["%Y-%m-%d", "%d.%m.%Y"]}, ["2026-05-01", "01.05.2026"]),
}


@pytest.mark.parametrize("mode", ["upsert", "insert_new"])
@pytest.mark.parametrize("kind", KEYS)
def test_F33_keys_that_are_the_same_by_value_collide_within_one_file_and_with_the_table(
    bench: Bench, kind: str, mode: str
) -> None:
    rule, texts = KEYS[kind]
    template = document({"name": "key", **rule}, "name", mode=mode, keys=["key"])
    first = bench.load(template, csv_text(("key", "name"), *[(text, "old") for text in texts]))
    assert counts(first) == (1, 0, 0)
    assert rejected(bench, first) == [
        (line, "unique", "is the same as on line 2") for line in range(3, 2 + len(texts))
    ]
    again = bench.load(template, csv_text(("key", "name"), (texts[-1], "new")))
    assert counts(again) == ((0, 1, 0) if mode == "upsert" else (0, 0, 1))
    assert bench.rows(["name"]) == [("new" if mode == "upsert" else "old",)]


@pytest.mark.parametrize("mode", ["upsert", "insert_new", "delete_insert"])
def test_one_missing_part_of_a_key_of_several_rejects_the_row(bench: Bench, mode: str) -> None:
    bench.make("id bigint, part text, name text, UNIQUE (id, part)")
    bench.query("INSERT INTO uploads.target VALUES (1, NULL, 'there')")
    template = document(ID, "part", "name", mode=mode, keys=["id", "part"])
    record = bench.load(
        template, csv_text(("id", "part", "name"), (1, "", "a"), ("", "x", "b"), (1, "x", "c"))
    )
    assert [(line, rule) for line, rule, _ in rejected(bench, record)] == [
        (2, "not_null"),
        (3, "not_null"),
    ]
    assert bench.rows() == [(1, None, "there"), (1, "x", "c")]


def test_F33_no_value_is_the_same_as_no_value_in_a_unique_group(bench: Bench) -> None:
    bench.make("id bigint PRIMARY KEY, a text, b text, UNIQUE (a, b)")
    template = document(ID, "a", "b", mode="upsert", keys=["id"])
    header = ("id", "a", "b")
    bench.load(template, csv_text(header, (1, "x", ""), (2, "x", ""), (3, "", ""), (4, "", "")))
    record = bench.load(template, csv_text(header, (5, "x", ""), (6, "x", "y"), (7, "x", "y")))
    assert rejected(bench, record) == [(4, "unique", "is the same as on line 3")]
    assert len(bench.rows()) == 6


@pytest.mark.usefixtures("no_pauses")
def test_an_index_for_which_no_value_is_the_same_as_no_value_refuses_the_file_by_name(
    bench: Bench,
) -> None:
    if bench.query("SELECT current_setting('server_version_num')::int < 150000") == [(True,)]:
        pytest.skip("this PostgreSQL has no such indexes")
    bench.make("id bigint PRIMARY KEY, a text, b text")
    bench.query("CREATE UNIQUE INDEX strict ON uploads.target (a, b) NULLS NOT DISTINCT")
    template = document(ID, "a", "b", mode="upsert", keys=["id"])
    bench.load(template, csv_text(("id", "a", "b"), (1, "x", "")))
    _, error = bench.refused(template, csv_text(("id", "a", "b"), (2, "x", "")))
    assert "A row is in uploads.target already, by strict; nothing was loaded." in str(error)
    assert bench.rows() == [(1, "x", None)]


def test_F33_rows_that_collide_by_two_indexes_leave_only_one_of_each(bench: Bench) -> None:
    bench.make("id bigint PRIMARY KEY, email text UNIQUE")
    template = document(ID, "email", mode="upsert", keys=["id"])
    rows = [(1, "a"), (2, "a"), (1, "b"), (3, "c")]
    record = bench.load(template, csv_text(("id", "email"), *rows))
    assert bench.rows() == [(1, "a"), (3, "c")]
    assert (record.records_success, record.records_failed) == (2, 2)
    assert [line for line, *_ in rejected(bench, record)] == [3, 4]
