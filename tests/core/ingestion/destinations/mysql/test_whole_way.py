"""From any text to a table of MySQL: every record is counted once, and what was loaded equals what was sent."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.ingestion.mariadb_loads import MariaBench
from tests.core.ingestion.test_whole_way import PLAIN, TYPED, source_text
from tests.factories import document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "\\N",
        "\\",
        "\\\\",
        "\t",
        "a\tb",
        "\n",
        "a\r\nb",
        "'",
        '"',
        "NULL",
        "\\0",
        "\U0001f4a9",
        " x ",
        "%s",
    ]
)
NUMBER = st.decimals(-(10**9), 10**9, places=2).map(str) | st.sampled_from(["", "x", "1e3", "1,5"])
TEMPLATE_COLUMNS: tuple[Any, ...] = (
    {"name": "t", "null_values": ["nothing"]},
    {"name": "n", "type": "decimal", "precision": 12, "scale": 2},
)


def cleared(bench: MariaBench) -> None:
    bench.query("DROP TABLE IF EXISTS uploads.target")
    bench.query("DROP TABLE IF EXISTS uploads.dataviz_uploads")
    bench.platform("UPDATE upload_history SET superseded_at = now()")


def is_readable(text: str, number: str) -> bool:
    return "\x00" not in text and (number == "" or bool(PLAIN.fullmatch(number.strip())))


@settings(max_examples=30)
@example(rows=[("", ""), ("\\N", "1"), ("nothing", "")], staged=False)
@given(rows=st.lists(st.tuples(TEXT, NUMBER), min_size=1, max_size=20), staged=st.booleans())
def test_F29_whatever_goes_in_counts_add_up_and_every_loaded_value_equals_its_source(
    bench: MariaBench, rows: list[tuple[str, str]], staged: bool
) -> None:
    cleared(bench)
    good = [
        (None if text == "nothing" else text, Decimal(number.strip()) if number else None)
        for text, number in rows
        if is_readable(text, number)
    ]
    numbered: dict[str, Any] = {"name": "i", "type": "integer", "unique": staged}
    template = document(
        numbered, *TEMPLATE_COLUMNS, reader_config={"quote": '"', "header_row": 1, "delimiter": ","}
    )
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([("i", "t", "n"), *((i, *row) for i, row in enumerate(rows))])
    upload_id = bench.register(template, bench.file(text.getvalue()))
    record = bench.finished(upload_id)
    assert record.records_processed == len(rows) == record.records_success + record.records_failed
    assert record.records_success == len(good)
    if good:
        assert bench.query("SELECT t, n FROM uploads.target ORDER BY i") == good


def test_a_table_of_one_text_column_takes_empty_texts(bench: MariaBench) -> None:
    template = document({"name": "t", "null_values": ["-"]})
    bench.load(template, 't\n""\n-\n"\\N"\n')
    assert bench.query("SELECT t, t IS NULL FROM uploads.target") == [
        ("", 0),
        (None, 1),
        ("\\N", 0),
    ]


def test_long_texts_arrive_whole(bench: MariaBench) -> None:
    """Longer than a packet, than a text column, and with what is escaped at its borders."""
    long = ("\\\t" + "ä" * 1_000) * 400
    bench.load(document("t"), f't\n"{long}"\n')
    assert bench.query("SELECT t FROM uploads.target") == [(long,)]


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(*[st.none() | values for _, values in TYPED.values()]), min_size=1, max_size=10
    ),
    unique=st.booleans(),
)
def test_F29_every_value_of_every_type_is_in_the_table_as_it_was_in_the_file(
    bench: MariaBench, rows: list[tuple[Any, ...]], unique: bool
) -> None:
    cleared(bench)
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
    found = bench.query(f"SELECT {listed} FROM uploads.target ORDER BY number")
    assert [_values(row) for row in found] == [(index, *row) for index, row in enumerate(rows)]


def _values(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """PyMySQL's types as those that were written."""
    number, i, d, f, b, day, clock, at, moment, u, j = row
    return (
        number,
        i,
        d,
        f,
        None if b is None else bool(b),
        day,
        None if clock is None else (datetime.min + clock).time(),  # noqa: DTZ901  # of a time of day
        at,
        None if moment is None else moment.replace(tzinfo=timezone(timedelta())),
        None if u is None else UUID(u),
        None if j is None else json.loads(j),
    )


@pytest.mark.parametrize("staged", [False, True])
def test_rows_keep_their_lines_across_the_chunks_of_a_large_file(
    bench: MariaBench, staged: bool
) -> None:
    count = 300_000
    bad = {10: "x", count // 2: "y", count - 1: "z"}
    lines = [str(bad.get(n, n)) for n in range(count)]
    template = document({"name": "id", "type": "integer", "unique": staged})
    record = bench.load(template, "id\n" + "\n".join(lines) + "\n")
    assert (record.records_success, record.records_failed) == (count - 3, 3)
    assert sorted(line for line, *_ in bench.reasons(record)) == [n + 2 for n in bad]
    assert bench.query("SELECT count(*), count(DISTINCT id) FROM uploads.target") == [
        (count - 3, count - 3)
    ]
