"""One upload from its registration to its record: what repeats is recognised, what fails is recorded and undone."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
import psycopg
import pytest
from sqlalchemy import create_engine

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.ingestion import service
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.errors import (
    FileMissingError,
    FileRefusedError,
    LoadRaceError,
    UploadCancelledError,
    UploadInProgressError,
    UploadNotFoundError,
)
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.refusals import TooManyRejectsError
from dataviz_pipelines.core.ingestion.service import (
    dry_run,
    first_rejects,
    load_upload,
    register_upload,
)
from dataviz_pipelines.core.models.documents.outcomes import Stage, UploadProgress
from dataviz_pipelines.core.models.uploads import UploadSource
from tests.core.ingestion.loads import Bench, reject_file
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}
GOOD = csv_text(["id"], (1,), (2,))
MIXED = csv_text(["id"], (1,), ("x",), (3,))


def nothing_is_left_behind(bench: Bench) -> bool:
    """No lock is held and no transaction is open by any connection of the pool."""
    (held,) = bench.query(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        " WHERE locktype = 'advisory' AND datname = current_database()"
    )[0]
    (open_,) = bench.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'test app' AND state <> 'idle'"
    )[0]
    return (held, open_) == (0, 0)


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
    assert nothing_is_left_behind(bench)


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
    assert nothing_is_left_behind(bench)


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


def test_an_unknown_upload_is_told(bench: Bench) -> None:
    with pytest.raises(UploadNotFoundError):
        load_upload(bench.ingestion, uuid4())


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
    assert nothing_is_left_behind(bench)


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
            bench.ingestion, upload_id, watching=Watching(on_progress=lambda _: path.unlink(missing_ok=True))
        )
    assert bench.record(upload_id).error_type == "FileMissingError"
    assert not bench.exists()


def terminate_loaders(bench: Bench) -> None:
    bench.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'test app' AND datname = current_database() AND state <> 'idle'"
    )


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("unique", [False, True])
def test_R13_R16_a_backend_that_is_terminated_in_mid_load_costs_one_attempt(
    bench: Bench, unique: bool
) -> None:
    attempts: list[int] = []

    def terminate_once(progress: UploadProgress) -> None:
        if progress.stage is Stage.READING:
            attempts.append(progress.rows_accepted)
        if len(attempts) == 1:
            terminate_loaders(bench)

    template = document(ID | {"unique": unique})
    record = bench.load(template, MIXED, watching=Watching(on_progress=terminate_once))
    assert (record.status, record.attempt, len(attempts)) == ("succeeded", 2, 2)
    assert (record.records_success, record.records_failed) == (2, 1)
    assert bench.rows() == [(1,), (3,)]
    assert len(reject_file(record)) == 1
    assert nothing_is_left_behind(bench)


@pytest.mark.usefixtures("no_pauses")
def test_R13_a_database_that_stays_away_is_told_and_recorded(bench: Bench) -> None:
    upload_id = bench.register(document(ID), bench.file(GOOD))
    watching = Watching(on_progress=lambda _: terminate_loaders(bench))
    with pytest.raises(UnavailableError, match="The database went away while"):
        load_upload(bench.ingestion, upload_id, watching=watching)
    record = bench.record(upload_id)
    assert (record.status, record.attempt) == ("failed", len(service.PAUSES_S) + 1)
    assert not bench.exists()
    assert load_upload(bench.ingestion, upload_id).status == "succeeded"


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    "fault", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure]
)
def test_R18_a_deadlock_or_serialization_failure_is_tried_again(
    bench: Bench, fault: type[psycopg.Error]
) -> None:
    """The server raises the very error, by a trigger that knows how often it was called."""
    bench.make("id bigint")
    bench.query("CREATE SEQUENCE uploads.calls; GRANT ALL ON SEQUENCE uploads.calls TO PUBLIC")
    bench.query(
        "CREATE FUNCTION uploads.get_in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('uploads.calls') < 3 THEN RAISE SQLSTATE '{fault.sqlstate}'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER way BEFORE INSERT ON uploads.target FOR EACH STATEMENT EXECUTE FUNCTION uploads.get_in_the_way()"
    )
    record = bench.load(document(ID), GOOD)
    assert (record.status, record.attempt) == ("succeeded", 3)
    assert bench.rows() == [(1,), (2,)]


@pytest.mark.usefixtures("no_pauses")
def test_R18_what_stays_in_the_way_is_given_up_after_bounded_attempts(bench: Bench) -> None:
    bench.make("id bigint")
    bench.query("CREATE UNIQUE INDEX one_small ON uploads.target ((id < 10)) WHERE id < 10")
    record, error = bench.refused(document(ID), GOOD)
    assert isinstance(error, LoadRaceError)
    assert "uploads.target" in str(error)
    assert "one_small" in str(error)
    assert record.attempt == len(service.PAUSES_S) + 1
    assert bench.rows() == []


def test_R17_an_exhausted_pool_is_unavailable_and_not_a_crash(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAUSES_S", ())
    upload_id = bench.register(document(ID), bench.file(GOOD))
    small = create_engine(
        bench.ingestion.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    with small.connect(), pytest.raises(UnavailableError, match="All connections"):
        load_upload(Ingestion(small, bench.ingestion.rejects), upload_id)
    assert load_upload(Ingestion(small, bench.ingestion.rejects), upload_id).status == "succeeded"
    small.dispose()


def test_F37_a_cancelled_upload_loads_nothing_and_may_run_again(bench: Bench) -> None:
    upload_id = bench.register(document(ID), bench.file(MIXED))
    with pytest.raises(UploadCancelledError):
        load_upload(bench.ingestion, upload_id, watching=Watching(is_cancelled=lambda: True))
    record = bench.record(upload_id)
    assert (record.status, record.records_processed) == ("cancelled", 0)
    assert not bench.exists()
    assert not list(bench.ingestion.rejects.rglob("*.*"))
    assert nothing_is_left_behind(bench)
    assert load_upload(bench.ingestion, upload_id).status == "succeeded"


def test_F37_progress_is_told_up_to_the_whole_file(bench: Bench) -> None:
    seen: list[UploadProgress] = []
    content = csv_text(["id"], *[(n,) for n in range(1000)], ("x",))
    bench.load(document(ID), content, watching=Watching(on_progress=seen.append))
    assert (seen[-1].rows_accepted, seen[-1].rows_rejected) == (1000, 1)
    assert seen[-1].bytes_done == seen[-1].bytes_total == len(content)


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
    assert nothing_is_left_behind(bench)


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
    assert nothing_is_left_behind(bench)


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
