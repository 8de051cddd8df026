"""From any text to a table: every record is counted once, and what was loaded equals what was sent."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
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


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
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


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
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
