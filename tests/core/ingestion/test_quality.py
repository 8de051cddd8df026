"""How a file compares with its template's wishes and with the file before it."""

from typing import Any

from dataviz_pipelines.core.ingestion.quality import changed_headers, rates_above_warning
from dataviz_pipelines.core.ingestion.store import UploadRecord
from tests.core.ingestion.loads import Bench
from tests.factories import document

LENIENT: dict[str, Any] = {"contract": "discard_value", "file": {"warn_reject_rate": 0.5}}
NUMBER = {"name": "n", "type": "integer", "required": False}


def changes(bench: Bench, *records: UploadRecord) -> dict[str, str]:
    with bench.ingestion.engine.begin() as connection:
        return changed_headers(connection, records)


def test_a_rate_above_the_templates_warning_is_found_and_one_at_it_is_not(bench: Bench) -> None:
    template = document(NUMBER, **LENIENT)
    at = bench.load(template, "n\n1\nx\n", name="at.csv")
    above = bench.load(template, "n\n1\nx\ny\n", name="above.csv")
    with bench.ingestion.engine.begin() as connection:
        assert rates_above_warning(connection, [at, above]) == [above]


def test_new_gone_and_moved_headers_are_told_against_the_file_before(bench: Bench) -> None:
    template = document(NUMBER, **LENIENT)
    first = bench.load(template, "n,a\n1,1\n", name="first.csv")
    same = bench.load(template, "n,a\n2,1\n", name="same.csv")
    moved = bench.load(template, "a,n\n1,3\n", name="moved.csv")
    other = bench.load(template, "n,b\n4,1\n", name="other.csv")
    assert changes(bench, first, same, moved, other) == {
        "moved.csv": "the same columns in another order",
        "other.csv": "new: b; gone: a",
    }


def test_a_file_that_failed_is_not_compared_with(bench: Bench) -> None:
    template = document(NUMBER, **LENIENT)
    bench.load(template, "n\n1\n", name="first.csv")
    bench.refused(template, "n,z\nx,1\n", name="failed.csv")
    third = bench.load(template, "n\n2\n", name="third.csv")
    assert changes(bench, third) == {}
