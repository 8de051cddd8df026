"""From any text to a table: every record is counted once, and what was loaded equals what was sent."""

import csv
import io
import json
import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.core.ingestion.loads import Bench, reject_file
from tests.factories import document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.decimals(-(10**9), 10**9, places=2).map(str) | st.sampled_from(
    ["", "x", "1e3", "1,5", " 7 "]
)
ROWS = st.lists(st.tuples(TEXT, NUMBER), min_size=1, max_size=20)
CODEC = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
DIALECT = st.tuples(st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
TEMPLATE = document(
    "t",
    {"name": "n", "type": "decimal", "precision": 12, "scale": 2},
    file={"min_rows": 0},
    reader_config={"quote": '"', "header_row": 1},
)


def written(rows: list[tuple[str, str]], delimiter: str, line_end: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("t", "n"), *rows])
    return text.getvalue()


def readable(text: str, number: str) -> bool:
    """What the template must take: no NUL, and a plain number or nothing."""
    return "\x00" not in text and (number == "" or bool(PLAIN.fullmatch(number.strip())))


def expected(text: str, number: str) -> tuple[str | None, Decimal | None]:
    return text or None, Decimal(number.strip()) if number else None


@settings(max_examples=40)
@given(rows=ROWS, codec=CODEC, dialect=DIALECT)
def test_F29_whatever_goes_in_counts_add_up_and_every_loaded_value_equals_its_source(
    bench: Bench, rows: list[tuple[str, str]], codec: str, dialect: tuple[str, str]
) -> None:
    bench.query(
        "DROP TABLE IF EXISTS uploads.target; UPDATE upload_history SET superseded_at = now()"
    )
    good = [expected(*row) for row in rows if readable(*row)]
    content = written(rows, *dialect).encode(codec)
    if not good:
        record, _ = bench.refused(TEMPLATE, content)
        assert record.records_success == 0
        assert record.records_processed == record.records_failed == len(rows)
        return
    record = bench.load(TEMPLATE, content)
    assert record.records_processed == len(rows)
    assert (record.records_success, record.records_failed) == (len(good), len(rows) - len(good))
    assert bench.query(sql.SQL("SELECT t, n FROM uploads.target ORDER BY ctid")) == good
    assert record.reject_path is None or len(reject_file(record)) == record.records_failed


@settings(max_examples=60)
@example(junk=b"\x00\x00\x01")
@given(junk=st.binary(max_size=300) | TEXT.map(str.encode))
def test_F29_any_bytes_are_loaded_or_refused_but_nothing_is_lost_between(
    bench: Bench, junk: bytes
) -> None:
    bench.query(
        "DROP TABLE IF EXISTS uploads.target; UPDATE upload_history SET superseded_at = now()"
    )
    template = document("t", file={"min_rows": 0})
    path = bench.file(b"t\n" + junk)
    upload_id = bench.register(template, path)
    record = bench.finished(upload_id)
    assert record.records_processed == record.records_success + record.records_failed
    assert record.status in {"succeeded", "failed", "quarantined"}
    assert record.error_type in {
        None,
        "TooManyRejectsError",
        "UnreadableFileError",
        "FileRefusedError",
    }
    loaded = len(bench.rows()) if bench.exists() else 0
    assert loaded == record.records_success


@pytest.mark.parametrize("codec", ["cp1252", "latin-1", "utf-16-le"])
def test_a_pinned_encoding_arrives_exactly(bench: Bench, codec: str) -> None:
    template = document("t", "u", reader_config={"encoding": codec, "delimiter": ";"})
    bench.load(template, "t;u\nZoë;£ ½\n".encode(codec))
    assert bench.rows() == [("Zoë", "£ ½")]


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TYPED: dict[str, tuple[dict[str, Any], st.SearchStrategy[Any]]] = {
    "i": ({"type": "integer"}, st.integers(-(2**63), 2**63 - 1)),
    "d": (
        {"type": "decimal", "precision": 38, "scale": 9},
        st.decimals(-(10**28), 10**28, places=9, allow_nan=False),
    ),
    "f": ({"type": "float"}, st.floats(allow_nan=False, allow_infinity=False)),
    "b": ({"type": "boolean"}, st.booleans()),
    "day": ({"type": "date"}, st.dates(date(1000, 1, 1))),
    "clock": ({"type": "time"}, st.times()),
    "at": ({"type": "timestamp"}, st.datetimes(datetime(1000, 1, 1))),  # noqa: DTZ001  # no zone
    "moment": (
        {"type": "timestamptz"},
        st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS),  # noqa: DTZ001
    ),
    "u": ({"type": "uuid"}, st.uuids()),
    "j": (
        {"type": "json"},
        st.dictionaries(st.text("abc"), st.integers() | st.text("xyz é") | st.none(), max_size=3),
    ),
}


def source_text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime | time):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(*[st.none() | values for _, values in TYPED.values()]), min_size=1, max_size=10
    ),
    unique=st.booleans(),
)
def test_F29_every_value_of_every_type_is_in_the_table_as_it_was_in_the_file(
    bench: Bench, rows: list[tuple[Any, ...]], unique: bool
) -> None:
    bench.query(
        "DROP TABLE IF EXISTS uploads.target; UPDATE upload_history SET superseded_at = now()"
    )
    columns = [{"name": name, **rule} for name, (rule, _) in TYPED.items()]
    number = {"name": "number", "type": "integer", "unique": unique}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["number", *TYPED])
    for index, row in enumerate(rows):
        writer.writerow([index, *("" if value is None else source_text(value) for value in row)])
    record = bench.load(document(number, *columns), text.getvalue())
    assert (record.records_success, record.records_failed) == (len(rows), 0)
    listed = ", ".join(["number", *TYPED])
    assert bench.query(f"SELECT {listed} FROM uploads.target ORDER BY number") == [
        (index, *row) for index, row in enumerate(rows)
    ]


def test_F36_rows_keep_their_lines_across_the_chunks_of_a_large_file(bench: Bench) -> None:
    count = 1_200_000  # more than one block of the reader
    numbers = list(range(count))
    bad = {10: "x", count // 2: "y", count - 1: "z"}
    repeated = {count // 3: 5, count - 2: count // 3 + 1}
    lines = [str(bad.get(n, repeated.get(n, n))) for n in numbers]
    template = document({"name": "id", "type": "integer", "unique": True})
    record = bench.load(template, "id\n" + "\n".join(lines) + "\n")
    assert (record.records_success, record.records_failed) == (count - 5, 5)
    assert sorted(int(row[0]) for row in reject_file(record)) == sorted(
        n + 2 for n in (*bad, *repeated)
    )
    assert bench.query("SELECT count(*), sum(id)::bigint FROM uploads.target") == [
        (count - 5, sum(n for n in numbers if n not in bad and n not in repeated))
    ]


def test_the_same_statements_serve_a_table_that_grows(bench: Bench) -> None:
    """psycopg prepares what it runs often; a table that gains columns must not break that."""
    keyed = {"name": "id", "nullable": False}
    for number in range(8):
        more = [f"c{n}" for n in range(number)]
        header = ",".join(["id", *more])
        template = document(keyed, keys=["id"], mode="upsert", contract="evolve")
        bench.load(template, f"{header}\n1,{','.join('v' for _ in more)}\n".replace("1,\n", "1\n"))
    assert bench.rows() == [("1", *["v"] * 7)]
