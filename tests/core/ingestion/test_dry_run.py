"""A load that is taken back."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.refusals import TooManyRejectsError
from dataviz_pipelines.core.ingestion.service import (
    dry_run,
)
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


GOOD = csv_text(["id"], (1,), (2,))


MIXED = csv_text(["id"], (1,), ("x",), (3,))


@pytest.mark.parametrize("content", [MIXED, GOOD])
def test_F34_a_dry_run_says_what_would_happen_and_changes_nothing(
    bench: Bench, content: str
) -> None:
    stored = bench.template(document(ID, mode="upsert", keys=["id"]))
    bench.load(stored, "id\n1\n")
    loaded = dry_run(bench.ingestion, stored, bench.file(content))
    rejected = content.count("x")
    assert (loaded.accepted, loaded.rejected, loaded.reject_path) == (2, rejected, None)
    assert (loaded.result.inserted, loaded.result.unchanged) == (1, 1)
    assert len(loaded.kept_rejects) == rejected
    assert bench.rows() == [(1,)]
    assert bench.status_counts() == {"succeeded": 1}
    assert not list(bench.ingestion.rejects.rglob("*.csv*"))


def test_F34_a_dry_run_that_is_refused_leaves_nothing_behind(bench: Bench) -> None:
    stored = bench.template(document(ID, file={"max_rejects": 0}))
    with pytest.raises(TooManyRejectsError):
        dry_run(bench.ingestion, stored, bench.file(MIXED))
    assert not list(bench.ingestion.rejects.rglob("*.csv*"))
    assert not bench.exists()
    assert bench.is_idle()
