"""A load that somebody follows, and stops."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import (
    UploadCancelledError,
)
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import (
    load_upload,
)
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


MIXED = csv_text(["id"], (1,), ("x",), (3,))


def test_F37_a_cancelled_upload_loads_nothing_and_may_run_again(bench: Bench) -> None:
    upload_id = bench.register(document(ID), bench.file(MIXED))
    with pytest.raises(UploadCancelledError):
        load_upload(bench.ingestion, upload_id, watching=Watching(is_cancelled=lambda: True))
    record = bench.record(upload_id)
    assert (record.status, record.records_processed) == ("cancelled", 0)
    assert not bench.exists()
    assert not list(bench.ingestion.rejects.rglob("*.*"))
    assert bench.is_idle()
    assert load_upload(bench.ingestion, upload_id).status == "succeeded"


def test_F37_progress_is_told_up_to_the_whole_file(bench: Bench) -> None:
    seen: list[UploadProgress] = []
    content = csv_text(["id"], *[(n,) for n in range(1000)], ("x",))
    bench.load(document(ID), content, watching=Watching(on_progress=seen.append))
    assert (seen[-1].rows_accepted, seen[-1].rows_rejected) == (1000, 1)
    assert seen[-1].bytes_done == seen[-1].bytes_total == len(content)
