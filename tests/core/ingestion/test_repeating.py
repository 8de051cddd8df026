"""What repeats is recognised: the same content, the same upload, two loads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dataviz_pipelines.core.ingestion.errors import (
    UploadInProgressError,
)
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import (
    load_upload,
)
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


GOOD = csv_text(["id"], (1,), (2,))


MIXED = csv_text(["id"], (1,), ("x",), (3,))


def test_F33_R6_the_same_content_under_another_name_is_a_recorded_no_op(bench: Bench) -> None:
    first = bench.load(document(ID), GOOD, name="one.csv")
    second = bench.load(document(ID), GOOD, name="two.csv")
    assert (second.status, second.duplicate_of_id) == ("duplicate", first.id)
    assert second.file_hash == first.file_hash
    assert second.records_processed == 0
    assert bench.rows() == [(1,), (2,)]
    assert load_upload(bench.ingestion, second.id) == second


def test_F33_the_same_content_for_another_template_is_loaded(bench: Bench) -> None:
    bench.load(document(ID), GOOD)
    record = bench.load(document(ID, name="others", table="other"), GOOD)
    assert record.status == "succeeded"
    assert bench.rows(table="other") == [(1,), (2,)]


def test_R7_the_same_name_and_size_with_other_content_is_loaded(bench: Bench) -> None:
    bench.load(document(ID), "id\n1\n2\n")
    record = bench.load(document(ID), "id\n3\n4\n")
    assert record.status == "succeeded"
    assert bench.rows() == [(1,), (2,), (3,), (4,)]


def test_F33_what_a_replacement_took_out_may_come_again(bench: Bench) -> None:
    template = document(ID, mode="replace")
    a, b = "id\n1\n", "id\n2\n"
    statuses = [bench.load(template, content).status for content in (a, b, b, a)]
    assert statuses == ["succeeded", "succeeded", "duplicate", "succeeded"]
    assert bench.rows() == [(1,)]


def test_R8_the_same_file_after_a_failure_runs_again(bench: Bench) -> None:
    strict = document(ID | {"min": 10})
    failed, _ = bench.refused(strict, GOOD)
    assert failed.status == "failed"
    assert bench.load(document(ID), GOOD).status == "succeeded"
    again = load_upload(bench.ingestion, failed.id)
    assert again.status == "duplicate"
    assert (again.error_type, again.error_message, again.attempt) == (None, None, 2)
    assert bench.rows() == [(1,), (2,)]


def test_loading_a_loaded_upload_again_changes_nothing(bench: Bench) -> None:
    record = bench.load(document(ID), GOOD)
    assert load_upload(bench.ingestion, record.id) == record
    assert bench.rows() == [(1,), (2,)]


def test_R10_two_uploads_of_the_same_content_at_once_load_it_once(bench: Bench) -> None:
    template = bench.template(document(ID))
    ids = [bench.register(template, bench.file(MIXED, name=f"{n}.csv")) for n in range(4)]
    start = threading.Barrier(len(ids))

    def load(upload_id: UUID) -> str:
        start.wait()
        return load_upload(bench.ingestion, upload_id).status

    with ThreadPoolExecutor(len(ids)) as threads:
        statuses = sorted(threads.map(load, ids))
    assert statuses == ["duplicate"] * 3 + ["succeeded"]
    assert bench.rows() == [(1,), (3,)]
    assert len(list(bench.ingestion.rejects.rglob("*.csv"))) == 1
    assert bench.is_idle()


def paused(bench: Bench, template: Any, path: Path) -> tuple[Any, threading.Event, UUID]:
    """A load that waits in its first chunk until the event is set: the future of its record, and its id."""
    reached, go_on = threading.Event(), threading.Event()

    def wait(progress: UploadProgress) -> None:  # noqa: ARG001  # the callback's signature
        reached.set()
        assert go_on.wait(30)

    upload_id = bench.register(template, path)
    executor = ThreadPoolExecutor(1)
    future = executor.submit(
        load_upload, bench.ingestion, upload_id, watching=Watching(on_progress=wait)
    )
    executor.shutdown(wait=False)
    assert reached.wait(30), future.result(1)
    return future, go_on, upload_id


@pytest.mark.parametrize("unique", [False, True])
def test_F32_a_reader_never_sees_a_half_or_an_empty_table_while_it_is_replaced(
    bench: Bench, unique: bool
) -> None:
    template = document(ID | {"unique": unique}, mode="replace")
    bench.load(template, GOOD)
    future, go_on, _ = paused(bench, template, bench.file("id\n7\n8\n9\n"))
    assert bench.rows() == [(1,), (2,)]
    go_on.set()
    assert future.result(30).status == "succeeded"
    assert bench.rows() == [(7,), (8,), (9,)]


def test_an_upload_that_is_being_loaded_is_not_loaded_a_second_time(bench: Bench) -> None:
    future, go_on, upload_id = paused(bench, document(ID), bench.file(GOOD))
    with pytest.raises(UploadInProgressError):
        load_upload(bench.ingestion, upload_id)
    assert bench.record(upload_id).status == "running"
    go_on.set()
    assert future.result(30).status == "succeeded"
    assert bench.rows() == [(1,), (2,)]
