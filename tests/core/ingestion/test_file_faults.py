"""A file that changes or goes while it is loaded."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import (
    FileMissingError,
    FileRefusedError,
)
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import (
    load_upload,
)
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


GOOD = csv_text(["id"], (1,), (2,))


def test_R12_a_file_deleted_before_its_run_fails_with_the_reason(bench: Bench) -> None:
    path = bench.file(GOOD)
    upload_id = bench.register(document(ID), path)
    path.unlink()
    with pytest.raises(FileMissingError):
        load_upload(bench.ingestion, upload_id)
    record = bench.record(upload_id)
    assert (record.status, record.error_type) == ("failed", "FileMissingError")
    assert "File file.csv is gone." in (record.error_message or "")
    assert not bench.exists()
    assert bench.is_idle()


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("id\n3\n"),
        lambda path: path.open("a").write("3\n"),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: path.with_name("new").write_text(GOOD) and path.with_name("new").replace(path),
    ],
    ids=["rewritten", "grown", "touched", "exchanged"],
)
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # the writer of `grown` never closes its file
def test_a_file_that_changes_while_it_is_read_is_refused(
    bench: Bench, change: Callable[[Path], object]
) -> None:
    path = bench.file(GOOD)
    upload_id = bench.register(document(ID), path)
    with pytest.raises(FileRefusedError, match=r"file\.csv changed while it was read"):
        load_upload(
            bench.ingestion, upload_id, watching=Watching(on_progress=lambda _: void(change(path)))
        )
    assert bench.record(upload_id).status == "failed"
    assert not bench.exists()


def void(_: object) -> None:
    """The callback's result is thrown away."""


def test_a_file_deleted_while_it_is_read_is_told(bench: Bench) -> None:
    path = bench.file(GOOD)
    upload_id = bench.register(document(ID), path)
    with pytest.raises(FileMissingError):
        load_upload(
            bench.ingestion,
            upload_id,
            watching=Watching(on_progress=lambda _: path.unlink(missing_ok=True)),
        )
    assert bench.record(upload_id).error_type == "FileMissingError"
    assert not bench.exists()
