"""From any text to a table of BigQuery: every record is counted once, and what was loaded equals what was sent."""

import csv
import io
from decimal import Decimal
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.core.ingestion.destinations.bigquery.benches import BigQueryBench
from tests.core.ingestion.test_whole_way import PLAIN
from tests.factories import document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.decimals(-(10**9), 10**9, places=2).map(str) | st.sampled_from(["", "x", "1e3", "1,5"])
COLUMNS: tuple[dict[str, Any], ...] = (
    {"name": "i", "type": "integer"},
    {"name": "t", "null_values": ["nothing"]},
    {"name": "n", "type": "decimal", "precision": 12, "scale": 2},
)
TEMPLATE = document(
    *COLUMNS,
    file={"min_rows": 0},
    reader_config={"quote": '"', "header_row": 1, "delimiter": ","},
)


@settings(max_examples=6)
@example(rows=[("", ""), ("nothing", "1"), ("\U0001f4a9'`\\\n", "x"), ("a\x00b", "2")])
@given(rows=st.lists(st.tuples(TEXT, NUMBER), min_size=1, max_size=30))
def test_F29_whatever_goes_in_counts_add_up_and_every_loaded_value_equals_its_source(
    bench: BigQueryBench, rows: list[tuple[str, str]]
) -> None:
    for table in bench.tables():
        bench.client.delete_table(f"uploads.{table}")
    bench.query("UPDATE upload_history SET superseded_at = now()")
    good = [
        (index, None if text == "nothing" else text, Decimal(number.strip()) if number else None)
        for index, (text, number) in enumerate(rows)
        if "\x00" not in text and (number == "" or PLAIN.fullmatch(number.strip()))
    ]
    assume(good)  # a file of bad rows alone is refused
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerows([("i", "t", "n"), *((index, *row) for index, row in enumerate(rows))])
    record = bench.load(TEMPLATE, written.getvalue())
    assert record.records_processed == len(rows) == record.records_success + record.records_failed
    assert record.records_success == len(good)
    assert bench.asked("SELECT i, t, n FROM `uploads`.`target` ORDER BY i") == good
