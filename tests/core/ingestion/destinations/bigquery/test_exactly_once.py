"""Processes that are killed and connections that break between any two steps: the next attempt loads the file exactly once."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from dataviz_pipelines.core.ingestion.destinations.base import Load
from dataviz_pipelines.core.ingestion.destinations.registry import open_destination
from dataviz_pipelines.core.ingestion.errors import UploadInProgressError
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.settings import Settings
from tests.core.ingestion.destinations.bigquery.benches import BigQueryBench
from tests.core.ingestion.test_kills import until
from tests.factories import csv_text, document
from tests.servers.bigquery_mended import Asked, CutOffError, Mended

TEMPLATE = document({"name": "id", "type": "integer", "unique": True}, "name")
CONTENT = csv_text(["id", "name"], (1, "a"), (2, "b"), (2, "again"), ("x", "bad"))
STEPS: dict[str, Callable[[Asked], bool]] = {
    "the staging table is made": lambda asked: (
        b"dataviz_staging" in asked.body and asked.path.split("?")[0].endswith("/tables")
    ),
    "the rows are sent": lambda asked: asked.method == "PUT",
    "a duplicate is taken out": lambda asked: asked.query.startswith("UPDATE"),
    "the mark is noted": lambda asked: asked.query.startswith("INSERT INTO `uploads`.`dataviz_up"),
    "the table is made": lambda asked: b'"tableId": "target"' in asked.body,
    "rows and mark are committed": lambda asked: asked.query.startswith("BEGIN TRANSACTION"),
}


def is_loaded_exactly_once(bench: BigQueryBench, record: UploadRecord) -> bool:
    lines = [(line, rule) for line, _, rule in bench.reasons(record)]
    (marks,) = bench.asked(
        "SELECT COUNT(*), COUNTIF(is_committed) FROM `uploads`.`dataviz_uploads`"
    )
    return (
        record.status == "succeeded"
        and (record.records_success, record.records_failed) == (2, 2)
        and sorted(lines) == [(4, "unique"), (5, "type")]
        and bench.rows() == [(1, "a"), (2, "b")]
        and marks == (1, 1)
    )


def loaded_again(bench: BigQueryBench, upload_id: UUID) -> UploadRecord:
    """PostgreSQL notices within moments that its client is gone; until then the upload counts as being loaded."""

    def attempt() -> UploadRecord | None:
        try:
            return load_upload(bench.ingestion, upload_id)
        except UploadInProgressError:
            return None

    record: UploadRecord = until(attempt)
    return record


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_R1_R2_R3_killed_before_or_after_a_step(
    bench: BigQueryBench, server: Mended, database_settings: Settings, step: str, when: str
) -> None:
    upload_id = bench.register(TEMPLATE, bench.file(CONTENT))
    killed = threading.Event()

    def kill(asked: Asked) -> None:
        if STEPS[step](asked) and not killed.is_set():
            killed.set()
            process.send_signal(signal.SIGKILL)
            process.wait()
            if when == "before":
                raise CutOffError

    setattr(server, when, kill)
    url = bench.ingestion.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(bench.ingestion.rejects), str(upload_id), str(database_settings.home)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.core.ingestion.destinations.bigquery.killable", *arguments]
    ) as process:
        pass
    assert killed.is_set()
    assert bench.record(upload_id).status == "running"
    assert is_loaded_exactly_once(bench, loaded_again(bench, upload_id))


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_R5_a_connection_that_breaks_at_a_step(
    bench: BigQueryBench, server: Mended, step: str, when: str
) -> None:
    """Once, so that the request is repeated, by Google's library or by the next attempt."""
    broken: list[Asked] = []

    def cut_off(asked: Asked) -> None:
        if STEPS[step](asked) and not broken:
            broken.append(asked)
            raise CutOffError

    setattr(server, when, cut_off)
    record = bench.load(TEMPLATE, CONTENT)
    assert broken
    assert is_loaded_exactly_once(bench, record)


@pytest.mark.usefixtures("no_pauses")
def test_R5_a_server_that_is_away_leaves_nothing_behind_and_may_be_tried_again(
    bench: BigQueryBench, server: Mended
) -> None:
    def away(asked: Asked) -> None:
        if asked.query.startswith("BEGIN TRANSACTION"):
            raise CutOffError

    server.before = away
    record, error = bench.refused(TEMPLATE, CONTENT)
    assert "BigQuery did not answer while uploads.target was loaded" in str(error)
    assert (record.status, bench.rows()) == ("failed", [])
    server.before = lambda asked: None  # noqa: ARG005
    assert is_loaded_exactly_once(bench, load_upload(bench.ingestion, record.id))
    assert not [name for name in bench.tables() if "staging" in name]


def test_F34_the_same_content_twice_is_a_duplicate(bench: BigQueryBench) -> None:
    template = bench.template(TEMPLATE)
    first = bench.load(template, CONTENT)
    second = bench.load(template, CONTENT, name="again.csv")
    assert (second.status, second.duplicate_of_id) == ("duplicate", first.id)
    assert is_loaded_exactly_once(bench, first)


@pytest.mark.usefixtures("no_pauses")
def test_F34_the_same_content_of_a_killed_upload_is_a_duplicate_of_that(
    bench: BigQueryBench,
) -> None:
    """Its rows and mark were committed, and its record was not: here the platform's database forgot it."""
    template = bench.template(document({"name": "id", "type": "integer"}))
    content = csv_text(["id"], (1,), ("x",))
    first = bench.load(template, content)
    bench.query(
        "UPDATE upload_history SET status = 'running', file_hash = NULL, completed_at = NULL"
    )
    second = bench.load(template, content, name="again.csv")
    assert (second.status, second.duplicate_of_id) == ("duplicate", first.id)
    settled = bench.record(first.id)
    assert (settled.status, settled.records_success, settled.records_failed) == ("succeeded", 1, 1)
    assert bench.rows() == [(1,)]


def test_F34_two_uploads_of_one_content_at_once_load_it_once(bench: BigQueryBench) -> None:
    template = bench.template(TEMPLATE)
    ids = [bench.register(template, bench.file(CONTENT, name=name)) for name in ("a.csv", "b.csv")]
    with ThreadPoolExecutor(2) as threads:
        records = list(threads.map(lambda each: load_upload(bench.ingestion, each), ids))
    assert sorted(record.status for record in records) == ["duplicate", "succeeded"]
    assert bench.rows() == [(1, "a"), (2, "b")]


@pytest.mark.usefixtures("no_pauses")
def test_F33_a_row_that_came_meanwhile_sends_the_load_back_to_look_again(
    bench: BigQueryBench, server: Mended
) -> None:
    """Between the look at the table and the commit somebody else inserts a row that must be unique."""
    bench.load(TEMPLATE, csv_text(["id", "name"], (7, "g")))
    inserted: list[Any] = []

    def insert(asked: Asked) -> None:
        if asked.query.startswith("BEGIN TRANSACTION") and not inserted:
            inserted.append(bench.asked("INSERT INTO `uploads`.`target` VALUES (2, 'theirs')"))

    server.before = insert
    record = bench.load(TEMPLATE, csv_text(["id", "name"], (1, "a"), (2, "b")))
    assert bench.rows() == [(1, "a"), (2, "theirs"), (7, "g")]
    assert bench.reasons(record) == [(3, "id", "unique")]
    assert record.attempt == 1 + len(inserted)


@pytest.mark.usefixtures("no_pauses")
def test_R2_a_job_of_a_killed_process_that_still_runs_is_waited_for(
    bench: BigQueryBench, server: Mended
) -> None:
    """Recorded: the emulator's jobs end before it answers, so this one is said to run for two questions."""
    upload_id = bench.register(TEMPLATE, bench.file(CONTENT))
    told: list[str] = []

    def running(asked: Asked) -> Any:
        is_commit = asked.method == "GET" and f"jobs/dataviz_{upload_id.hex}_commit_1" in asked.path
        if not is_commit or len(told) > 2:
            return None
        told.append(asked.path)
        status = {"state": "DONE" if len(told) > 2 else "RUNNING"}
        return 200, {"Content-Type": "application/json"}, job(upload_id, status)

    server.before = running
    record = load_upload(bench.ingestion, upload_id)
    assert len(told) > 2
    assert record.status == "succeeded"


def job(upload_id: UUID, status: dict[str, Any]) -> bytes:
    """As jobs.get answers for a query that has written nothing."""
    reference = {
        "projectId": "dataviz-test",
        "jobId": f"dataviz_{upload_id.hex}_commit_1",
        "location": "US",
    }
    return json.dumps(
        {
            "kind": "bigquery#job",
            "id": f"dataviz-test:US.{reference['jobId']}",
            "jobReference": reference,
            "configuration": {"jobType": "QUERY", "query": {"query": "", "useLegacySql": False}},
            "status": status,
            "statistics": {},
        }
    ).encode()


def test_marks_take_rows_out_again_with_the_mark(bench: BigQueryBench) -> None:
    stored = bench.template(document("a", upload_id_column="upload"))
    first = bench.load(stored, "a\n1\n2\n")
    bench.load(stored, "a\n3\n")
    with bench.ingestion.engine.connect() as platform:
        load = Load(platform, stored.document, stored.id, first.id)
        with open_destination(load, bench.ingestion.sources) as destination:
            assert destination.marks is not None
            assert destination.marks.own() is not None
            assert destination.marks.undo("uploads", "target", column="upload") == 2
            assert destination.marks.own() is None
            assert destination.marks.find(first.id) is None
    assert bench.rows(["a"]) == [("3",)]


def test_F34_content_that_was_replaced_may_come_again(bench: BigQueryBench) -> None:
    template = document("a", mode="replace")
    first, _, again = (bench.load(template, f"a\n{value}\n") for value in "121")
    assert (first.status, again.status) == ("succeeded", "succeeded")
    assert bench.rows() == [("1",)]
    assert bench.asked("SELECT upload_id FROM `uploads`.`dataviz_uploads`") == [(str(again.id),)]
