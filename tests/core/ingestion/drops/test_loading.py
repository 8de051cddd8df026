"""What a run does with a batch, and where the files go."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import psycopg
import pytest

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion import service as ingestion_service
from dataviz_pipelines.core.ingestion import store as ingestion_store
from dataviz_pipelines.core.ingestion.drops import claims, store
from dataviz_pipelines.core.ingestion.drops.service import (
    load_batch,
    load_uploads,
    make_batches,
    put_away,
)
from dataviz_pipelines.core.ingestion.errors import UploadNotFoundError
from dataviz_pipelines.core.ingestion.loading import load_file
from dataviz_pipelines.core.ingestion.templates import list_templates
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus
from tests.dropbox import DropBox
from tests.dropbox_store import batch_facts

LOAD_FILE = "dataviz_pipelines.core.ingestion.service.load_file"
EMPTY = b""
MOSTLY_WRONG = b"name,amount\nbolt,x\nnut,y\nnail,1\n"


class KilledError(BaseException):
    """Stands for the end of the process: nothing that follows is run."""


def test_a_loaded_file_lies_in_the_archive(box: DropBox) -> None:
    box.drop("a.csv")
    (record,) = box.load()
    assert record.stored_path is not None
    kept = Path(record.stored_path)
    assert kept.read_bytes().startswith(b"name,amount")
    assert record.completed_at is not None
    month = f"{record.completed_at:%Y-%m}"
    assert kept == box.settings.archive / "orders" / month / str(record.id) / "a.csv"
    assert box.left_in(box.settings.inbox) == box.left_in(box.settings.claimed) == []
    assert list((box.settings.claimed / "orders").iterdir()) == []


def test_a_file_that_cannot_be_read_lies_in_quarantine_with_the_reason_beside_it(
    box: DropBox,
) -> None:
    box.drop("a.csv", EMPTY)
    (record,) = box.load()
    assert record.stored_path is not None
    kept = Path(record.stored_path)
    assert kept.is_relative_to(box.settings.quarantine / "orders")
    assert record.error_message
    assert claims.reason_file(kept).read_text() == f"{record.error_message}\n"


def test_one_files_failure_is_not_anothers(box: DropBox) -> None:
    box.drop("1.csv", b"name,amount\nbolt,1\n")
    box.drop("2.csv", MOSTLY_WRONG)
    box.drop("3.csv", EMPTY)
    box.drop("4.csv", b"name,amount\nbolt,4\n")
    by_name = {record.file_name: record.status for record in box.load()}
    assert by_name == {
        "1.csv": UploadStatus.SUCCEEDED,
        "2.csv": UploadStatus.FAILED,
        "3.csv": UploadStatus.QUARANTINED,
        "4.csv": UploadStatus.SUCCEEDED,
    }
    assert box.rows() == [("bolt", 1), ("bolt", 4)]


def test_an_unexpected_error_of_one_file_is_recorded_and_the_others_load(
    box: DropBox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As a failing disk would give."""
    real = load_file

    def fail_for_a(*arguments: Any, **options: Any) -> Any:
        if "a.csv" in str(arguments[1].path):
            raise OSError(5, "Input/output error")
        return real(*arguments, **options)

    monkeypatch.setattr(LOAD_FILE, fail_for_a)
    box.drop("a.csv")
    box.drop("b.csv")
    first, second = box.load()
    assert (first.status, first.error_type) == (UploadStatus.FAILED, "OSError")
    assert second.status is UploadStatus.SUCCEEDED
    assert "Input/output error" in caplog.text


def test_R6_the_same_file_under_two_names_is_loaded_once(box: DropBox) -> None:
    box.drop("a.csv")
    box.drop("b.csv")
    first, second = box.load()
    assert (first.status, second.status) == (UploadStatus.SUCCEEDED, UploadStatus.DUPLICATE)
    assert second.duplicate_of_id == first.id
    assert box.rows() == [("bolt", 2), ("nut", 3)]
    assert box.left_in(box.settings.archive) == ["a.csv", "b.csv"]


def test_R7_the_same_name_with_new_content_is_loaded_again(box: DropBox) -> None:
    for amount in (1, 2):
        box.drop("a.csv", f"name,amount\nbolt,{amount}\n".encode())
        (record,) = box.load()
        assert record.status is UploadStatus.SUCCEEDED
    assert box.rows() == [("bolt", 1), ("bolt", 2)]
    assert box.left_in(box.settings.archive) == ["a.csv", "a.csv"]


def test_R8_the_same_file_dropped_again_after_a_failure_runs_again(box: DropBox) -> None:
    asked: list[tuple[UUID, int]] = []
    for _ in range(2):
        box.drop("a.csv", MOSTLY_WRONG)
        box.take()
        (batch,) = make_batches(box.drops)
        asked.append((batch.id, batch.attempt))
        (record,) = load_batch(box.drops, batch.id, "run")
        assert (record.status, record.error_type) == (UploadStatus.FAILED, "TooManyRejectsError")
    assert asked[0] != asked[1], "Dagster remembers run keys for ever"


def test_R12_a_file_that_is_deleted_before_its_run_fails_with_the_reason(box: DropBox) -> None:
    box.drop("a.csv")
    (upload_id,) = box.take()
    Path(box.record(upload_id).stored_path or "").unlink()
    (record,) = box.load()
    assert (record.status, record.error_type) == (UploadStatus.FAILED, "FileMissingError")
    assert record.error_message == "File a.csv is gone. Drop it again."
    assert list((box.settings.claimed / "orders").iterdir()) == []
    assert box.take() == []


def test_R3_a_batch_that_is_loaded_twice_loads_its_files_once(box: DropBox) -> None:
    box.drop("a.csv")
    box.take()
    (batch,) = make_batches(box.drops)
    first = list(load_batch(box.drops, batch.id, "run 1"))
    again = list(load_batch(box.drops, batch.id, "run 2"))
    assert first == again
    assert box.rows() == [("bolt", 2), ("nut", 3)]


@pytest.mark.parametrize("content", [b"name,amount\nbolt,1\n", EMPTY])
@pytest.mark.parametrize("moment", ["before the move", "after the move", "after the note"])
def test_R4_a_kill_while_a_file_is_put_away_is_mended_by_the_next_look(
    box: DropBox, monkeypatch: pytest.MonkeyPatch, content: bytes, moment: str
) -> None:
    box.drop("a.csv", content)
    place, name = {
        "before the move": (claims, "move"),
        "after the move": (store, "move_upload"),
        "after the note": (claims, "remove_if_empty"),
    }[moment]

    def killed(*_arguments: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(place, name, killed)
        with pytest.raises(KilledError):
            box.load()
    loaded = box.records()[0]
    box.take()
    (record,) = box.records()
    assert (record.status, record.error_message) == (loaded.status, loaded.error_message)
    kept = Path(record.stored_path or "")
    assert kept.read_bytes() == content
    assert not kept.is_relative_to(box.settings.claimed)
    assert list((box.settings.claimed / "orders").iterdir()) == []


def test_R4_a_run_after_such_a_kill_does_not_take_a_moved_file_for_a_missing_one(
    box: DropBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.drop("a.csv", MOSTLY_WRONG)
    box.take()
    (batch,) = make_batches(box.drops)

    def killed(*_arguments: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(store, "move_upload", killed)
        with pytest.raises(KilledError):
            list(load_batch(box.drops, batch.id, "run 1"))
    (record,) = load_batch(box.drops, batch.id, "run 2")
    assert record.error_type == "TooManyRejectsError"


def test_a_file_in_quarantine_can_be_run_again_and_then_lies_in_the_archive(box: DropBox) -> None:
    box.drop("a.csv", MOSTLY_WRONG)
    (refused,) = box.load()
    quarantined = Path(refused.stored_path or "")
    columns = [{"name": name, "type": "text"} for name in ("name", "amount")]
    box.add_template(validation_rules={"columns": columns})
    (record,) = load_uploads(box.drops, [refused.id], "run 2")
    assert (record.status, record.attempt) == (UploadStatus.SUCCEEDED, 2)
    assert Path(record.stored_path or "").is_relative_to(box.settings.archive)
    assert box.left_in(box.settings.quarantine) == []
    assert not quarantined.parent.exists()


def test_a_file_that_was_not_dropped_stays_where_it_is(box: DropBox, tmp_path: Path) -> None:
    own = tmp_path / "mine.csv"
    own.write_bytes(b"name,amount\nbolt,1\n")
    with box.engine.begin() as connection:
        template = list_templates(connection)[0]
    upload_id = ingestion_service.register_upload(
        box.drops.ingestion, template, own, source=UploadSource.API
    )
    (record,) = load_uploads(box.drops, [upload_id], "run")
    put_away(box.drops, upload_id)
    assert (record.status, own.exists()) == (UploadStatus.SUCCEEDED, True)


def test_R10_an_upload_by_the_api_and_a_drop_of_the_same_content_at_once_load_once(
    box: DropBox, tmp_path: Path
) -> None:
    rows = b"".join(b"part,%d\n" % number for number in range(5000))
    own = tmp_path / "own.csv"
    own.write_bytes(b"name,amount\n" + rows)
    box.drop("dropped.csv", own.read_bytes())
    with box.engine.begin() as connection:
        template = list_templates(connection)[0]
    uploaded = ingestion_service.register_upload(
        box.drops.ingestion, template, own, source=UploadSource.API
    )
    both_start = Barrier(2)

    def load(upload_id: UUID) -> UploadStatus:
        both_start.wait()
        return ingestion_service.load_upload(box.drops.ingestion, upload_id).status

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(load, [uploaded, *box.take()]))
    assert ended == [UploadStatus.DUPLICATE, UploadStatus.SUCCEEDED]
    assert len(box.rows()) == 5000


def test_a_file_that_another_process_is_loading_is_left_to_it(box: DropBox) -> None:
    box.drop("a.csv")
    box.drop("b.csv", b"name,amount\nbolt,9\n")
    held, free = box.take()
    (batch,) = make_batches(box.drops)
    with box.engine.connect() as connection:
        assert ingestion_store.lock_upload(connection, held)
        assert [r.id for r in load_batch(box.drops, batch.id, "run 2")] == [free]
        assert batch_facts(box.engine, batch.id)[0] == "running", "its end is not this run's to say"
        ingestion_store.unlock_upload(connection, held)
    list(load_batch(box.drops, batch.id, "run 3"))
    assert batch_facts(box.engine, batch.id)[0] == "finished"


def test_what_is_no_files_fault_ends_the_run_so_that_it_is_repeated(
    box: DropBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion_service, "PAUSES_S", ())

    def lose_the_database(*_arguments: object, **_options: object) -> None:
        raise psycopg.OperationalError("server closed the connection")

    monkeypatch.setattr(LOAD_FILE, lose_the_database)
    box.drop("a.csv")
    with pytest.raises(UnavailableError):
        box.load()
    monkeypatch.setattr(LOAD_FILE, load_file)
    box.take()  # the look in between puts the file aside, as for every failure
    (failed,) = box.records()
    (record,) = load_uploads(box.drops, [failed.id], "run 2")
    assert record.status is UploadStatus.SUCCEEDED
    assert Path(record.stored_path or "").is_relative_to(box.settings.archive)


def test_an_upload_that_does_not_exist_is_said_to_be_unknown(box: DropBox) -> None:
    with pytest.raises(UploadNotFoundError, match="no upload"):
        list(load_uploads(box.drops, [new_id()], "run"))
