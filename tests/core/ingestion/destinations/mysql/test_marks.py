"""Exactly once across two databases: rows there, their record here, and a mark between the two (decision 16)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pymysql
import pytest

from dataviz_pipelines.core.ingestion.errors import LoadRaceError
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import dry_run, first_rejects, load_upload
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from tests.core.ingestion.mariadb_loads import MariaBench
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}
CONTENT = csv_text(("id", "name"), (1, "a"), (2, "b"), ("x", "c"))
TEMPLATE = document(ID, "name")

NOT_RECORDED = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the platform loses its record'; END $$;
CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON upload_history DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION refuse()
"""
RECORDED = "DROP TRIGGER refused ON upload_history; DROP FUNCTION refuse()"


def committed_without_record(bench: MariaBench, content: str = CONTENT, **parts: Any) -> Any:
    """An upload whose rows are committed there and whose record was lost at the platform's commit."""
    bench.platform(NOT_RECORDED)
    upload_id = bench.register(document(ID, "name", **parts), bench.file(content))
    with pytest.raises(Exception, match=r"refused|went away|SQLSTATE"):
        load_upload(bench.ingestion, upload_id)
    bench.platform(RECORDED)
    return upload_id


def test_R3_rows_that_are_committed_without_a_record_are_recorded_by_the_next_attempt(
    bench: MariaBench,
) -> None:
    upload_id = committed_without_record(bench)
    assert bench.rows() == [(1, "a"), (2, "b")]
    assert bench.record(upload_id).status == "failed"
    record = load_upload(bench.ingestion, upload_id)
    assert bench.rows() == [(1, "a"), (2, "b")]
    assert (record.status, record.records_success, record.records_failed) == ("succeeded", 2, 1)
    assert (record.details.inserted, record.details.destination) == (2, "uploads.target")


def test_R3_the_same_content_in_another_upload_is_a_duplicate_of_one_without_a_record(
    bench: MariaBench,
) -> None:
    first = committed_without_record(bench)
    second = bench.load(TEMPLATE, CONTENT, name="again.csv")
    assert (second.status, second.duplicate_of_id) == ("duplicate", first)
    assert bench.record(first).status == "succeeded"
    assert bench.rows() == [(1, "a"), (2, "b")]


def test_R3_a_replacement_without_a_record_supersedes_the_earlier_ones_when_it_is_recorded(
    bench: MariaBench,
) -> None:
    template = document(ID, "name", mode="replace")
    earlier = csv_text(("id", "name"), (7, "z"))
    bench.load(template, earlier)
    upload_id = committed_without_record(bench, mode="replace")
    load_upload(bench.ingestion, upload_id)
    again = bench.load(template, earlier)
    assert (again.status, bench.rows()) == ("succeeded", [(7, "z")])


def test_a_mark_of_an_upload_that_the_platform_does_not_know_is_in_nobodys_way(
    bench: MariaBench,
) -> None:
    """Its record was deleted, so the content may come again, as it may in the platform's own database."""
    record = bench.load(TEMPLATE, CONTENT)
    bench.query(f"UPDATE uploads.dataviz_uploads SET upload_id = '{uuid4()}'")
    bench.platform("UPDATE upload_history SET superseded_at = now()")
    again = bench.load(TEMPLATE, CONTENT)
    assert (record.status, again.status) == ("succeeded", "succeeded")
    assert bench.marks() == [(str(again.id),)]


def test_the_same_content_by_many_uploads_at_once_is_loaded_once(bench: MariaBench) -> None:
    template = bench.template(TEMPLATE)
    ids = [
        bench.register(template, bench.file(CONTENT, name=f"{number}.csv")) for number in range(4)
    ]
    with ThreadPoolExecutor(len(ids)) as threads:
        records = list(threads.map(lambda each: load_upload(bench.ingestion, each), ids))
    assert sorted(record.status for record in records) == ["duplicate"] * 3 + ["succeeded"]
    assert bench.rows() == [(1, "a"), (2, "b")]


def test_a_dry_run_leaves_neither_rows_nor_a_table_nor_a_mark(bench: MariaBench) -> None:
    loaded = dry_run(bench.ingestion, bench.template(TEMPLATE), bench.file(CONTENT))
    assert (loaded.accepted, loaded.rejected) == (2, 1)
    assert not bench.exists()
    assert not bench.exists("dataviz_uploads") or bench.marks() == []


def test_a_dry_run_keeps_the_table_that_another_load_fills_at_the_same_time(
    bench: MariaBench,
) -> None:
    template = bench.template(TEMPLATE)
    path, other = bench.file(CONTENT), bench.register(template, bench.file(CONTENT, name="b.csv"))
    threads: list[threading.Thread] = []

    def start_other(_: UploadProgress) -> None:
        if not threads:
            threads.append(threading.Thread(target=load_upload, args=(bench.ingestion, other)))
            threads[0].start()

    dry_run(bench.ingestion, template, path, watching=Watching(start_other))
    threads[0].join()
    assert bench.record(other).status == "succeeded"
    assert bench.rows() == [(1, "a"), (2, "b")]


def test_readers_of_a_table_that_is_replaced_never_see_it_empty(bench: MariaBench) -> None:
    template = document(ID, "name", mode="replace")
    bench.load(template, csv_text(("id", "name"), (1, "a")))
    seen: set[int] = set()

    def look(_: UploadProgress) -> None:
        seen.add(len(bench.rows()))

    content = csv_text(("id", "name"), *[(n, "b") for n in range(1_000)])
    bench.load(template, content, name="next.csv", watching=Watching(look))
    assert seen == {1}
    assert len(bench.rows()) == 1_000


def test_rows_of_others_are_not_dropped_with_a_table_that_a_failed_load_made(
    bench: MariaBench,
) -> None:
    """They were being written when the load failed."""
    connection = pymysql.connect(
        host="127.0.0.1", port=bench.server.port, user="root", database="uploads", autocommit=False
    )
    threads: list[threading.Thread] = []

    def write(_: UploadProgress) -> None:
        if not threads:
            connection.cursor().execute("INSERT INTO target VALUES (9, 'theirs')")
            threads.append(threading.Timer(0.5, connection.commit))
            threads[0].start()

    template = document(ID, "name", file={"max_rejects": 0})
    upload_id = bench.register(template, bench.file(CONTENT))
    with pytest.raises(Exception, match="rejected rows"):
        load_upload(bench.ingestion, upload_id, watching=Watching(write))
    threads[0].join()
    connection.close()
    assert bench.rows() == [(9, "theirs")]


@pytest.mark.usefixtures("no_pauses")
def test_a_connection_that_is_cut_in_mid_load_loads_it_at_the_next_attempt(
    bench: MariaBench,
) -> None:
    cut: list[int] = []

    def cut_once(_: UploadProgress) -> None:
        if not cut:
            ((number,),) = bench.query(
                f"SELECT id FROM information_schema.processlist WHERE user = '{bench.user}'"
            )
            cut.append(number)
            bench.query(f"KILL {number}")

    upload_id = bench.register(TEMPLATE, bench.file(CONTENT))
    record = load_upload(bench.ingestion, upload_id, watching=Watching(cut_once))
    assert (record.status, record.attempt) == ("succeeded", 2)
    assert bench.rows() == [(1, "a"), (2, "b")]
    assert bench.marks() == [(str(upload_id),)]


@pytest.mark.usefixtures("no_pauses")
def test_a_table_that_somebody_locks_is_told_as_a_race(
    bench: MariaBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataviz_pipelines.core.ingestion.destinations.mysql import session

    monkeypatch.setattr(session, "LOCK_PATIENCE_S", 1)
    bench.load(document(ID, "name", mode="replace"), CONTENT)
    with bench.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM uploads.target FOR UPDATE")
        _, error = bench.refused(
            document(ID, "name", mode="replace"), csv_text(("id", "name"), (3, "c"))
        )
    assert isinstance(error, LoadRaceError)
    assert bench.rows() == [(1, "a"), (2, "b")]


def test_F28_rejects_of_both_kinds_are_on_record(bench: MariaBench) -> None:
    template = document(ID | {"unique": True}, "name")
    record = bench.load(template, csv_text(("id", "name"), (1, "a"), (1, "b"), ("x", "c")))
    found = first_rejects(bench.ingestion, record.id, limit=9)
    assert [line for line, *_ in found] == [3, 4]
