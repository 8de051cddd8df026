"""One upload from its registration to its record: what is written down of a success, a refusal and a failure."""

from typing import Any
from uuid import uuid4

import pandas as pd
import pytest

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.errors import (
    UploadNotFoundError,
)
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.refusals import TooManyRejectsError
from dataviz_pipelines.core.ingestion.service import (
    first_rejects,
    load_upload,
    register_upload,
)
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from dataviz_pipelines.core.models.uploads import UploadSource
from tests.core.ingestion.loads import Bench, reject_file
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


GOOD = csv_text(["id"], (1,), (2,))


MIXED = csv_text(["id"], (1,), ("x",), (3,))


def test_F29_a_success_is_recorded_with_counts_that_add_up(bench: Bench) -> None:
    record = bench.load(document(ID), MIXED, name="first.csv")
    assert (record.status, record.file_name, record.attempt) == ("succeeded", "first.csv", 1)
    assert (record.records_processed, record.records_success, record.records_failed) == (3, 2, 1)
    assert record.file_hash is not None
    assert record.error_message is None
    assert record.started_at is not None
    assert record.completed_at is not None
    assert record.processing_time_ms is not None
    details = record.details
    assert details.source_columns == ["id"]
    assert details.columns == [("id", "bigint")]
    assert details.preview == [["1"], ["3"]]
    assert details.destination == "uploads.target"
    assert [(r.column, r.rule, r.count) for r in details.top_reasons] == [("id", "type", 1)]
    assert first_rejects(bench.ingestion, record.id, limit=5)[0][0] == 3
    assert reject_file(record)[0][0] == "3"
    assert bench.is_idle()


def test_an_unknown_upload_is_told(bench: Bench) -> None:
    with pytest.raises(UploadNotFoundError):
        load_upload(bench.ingestion, uuid4())


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ({"max_rejects": 0}, MIXED, "has 1 rejected rows, and the template allows 0"),
        ({"max_reject_rate": 0.3}, MIXED, "has 1 rejected rows of 3, and the template allows 30.00%"),
        ({}, "id\nx\ny\n", "has no row that passes the template; all 2 were rejected"),
        ({"min_rows": 3}, GOOD, "has 2 rows, and the template wants at least 3"),
        ({"max_rows": 2}, MIXED, "has 3 rows, and the template takes at most 2"),
        ({}, "id\n", "has a header but no rows"),
    ],
)  # fmt: skip
def test_F30_a_file_beyond_its_limits_loads_nothing_and_shows_its_rejects(
    bench: Bench, file: dict[str, Any], content: str, problem: str
) -> None:
    record, error = bench.refused(document(ID, file=file), content)
    assert isinstance(error, TooManyRejectsError)
    assert f"File file.csv {problem}; nothing was loaded." in str(error)
    rows, bad = content.count("\n") - 1, content.count("x") + content.count("y")
    assert (record.status, record.error_message) == ("failed", str(error))
    assert (record.records_processed, record.records_success, record.records_failed) == (
        rows,
        0,
        rows,
    )
    assert len(first_rejects(bench.ingestion, record.id, limit=9)) == bad
    assert (record.reject_path is not None) == (bad > 0)
    assert bad == 0 or len(reject_file(record)) == bad
    assert not bench.exists()


@pytest.mark.parametrize(
    "file", [{"max_rejects": 1}, {"max_reject_rate": 0.34}, {"min_rows": 3}, {"max_rows": 3}]
)
def test_F30_a_file_at_its_limits_is_loaded(bench: Bench, file: dict[str, Any]) -> None:
    assert bench.load(document(ID, file=file), MIXED).status == "succeeded"
    assert bench.rows() == [(1,), (3,)]


def test_F30_an_empty_file_passes_where_the_template_allows_it(bench: Bench) -> None:
    record = bench.load(document(ID, file={"min_rows": 0}), "id\n")
    assert (record.status, record.records_processed, bench.rows()) == ("succeeded", 0, [])


def test_an_unexpected_error_is_recorded_without_its_details(bench: Bench) -> None:
    def broken(_: UploadProgress) -> None:
        raise RuntimeError("secret")

    upload_id = bench.register(document(ID), bench.file(GOOD))
    with pytest.raises(RuntimeError):
        load_upload(bench.ingestion, upload_id, watching=Watching(on_progress=broken))
    record = bench.record(upload_id)
    assert (record.status, record.error_type) == ("failed", "RuntimeError")
    assert record.error_message == "An unexpected error; the log has it."
    assert not bench.exists()
    assert bench.is_idle()


def test_a_registered_function_sees_the_rows_and_a_broken_one_refuses_the_file(
    bench: Bench,
) -> None:
    def double(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(id=frame["id"] + frame["id"])

    def fail(frame: pd.DataFrame) -> pd.DataFrame:
        raise KeyError(frame)

    template = document(ID, steps=[{"op": "python", "function": "f"}], functions=["f"])
    stored, path = bench.template(template), bench.file("id\n1\n")
    results: list[Any] = []
    for function in (fail, double):
        ingestion = Ingestion(bench.ingestion.engine, bench.ingestion.rejects, {"f": function})
        upload_id = register_upload(ingestion, stored, path, source=UploadSource.API)
        try:
            results.append(load_upload(ingestion, upload_id).status)
        except DatavizError as error:
            results.append(type(error))
    assert results[1] == "succeeded"
    assert issubclass(results[0], DatavizError)
    assert bench.rows() == [(11,)]


@pytest.mark.parametrize(
    ("name", "content"),
    [("file.json", '[{"v": "a\\u0000b"}, {"v": "c"}]'), ("file.csv", "v\na\x00b\nc\n")],
)
def test_rejects_with_a_nul_are_kept_in_the_database_too(
    bench: Bench, name: str, content: str
) -> None:
    template = document("v", file_format=name.partition(".")[2])
    record = bench.load(template, content, name=name)
    assert (record.records_success, record.records_failed) == (1, 1)
    ((_, errors, raw),) = first_rejects(bench.ingestion, record.id, limit=5)
    assert "NUL" in errors[0]["message"]
    assert len(raw[0]) >= len("a?b")
    assert bench.rows() == [("c",)]
