"""Corrected rejects come in through the same template, reasons and apostrophes left aside."""

from pathlib import Path

from tests.core.ingestion.loads import Bench
from tests.factories import document


def test_F28_a_corrected_reject_file_loads_what_was_refused(bench: Bench) -> None:
    template = bench.template(
        document(
            {"name": "id", "type": "integer"},
            {"name": "note"},
            {"name": "amount", "type": "decimal"},
        )
    )
    first = bench.load(template, "id,note,amount\n1,fine,1.5\nx,=1+1,-2.5\ny,'-a,3\n")
    assert (first.records_success, first.records_failed) == (1, 2)
    rejects = Path(first.reject_path or "").read_text(encoding="utf-8-sig")
    assert "'=1+1" in rejects
    corrected = rejects.replace(",x,'=1+1", ",2,'=1+1").replace(",y,", ",3,")
    second = bench.load(template, corrected.encode(), name="corrected.csv")
    assert (second.records_success, second.records_failed) == (2, 0)
    assert bench.rows("id, note, amount")[1:] == [
        (2, "=1+1", -2.5),
        (3, "'-a", 3),
    ]
