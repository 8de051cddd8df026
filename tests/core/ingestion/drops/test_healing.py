"""Batches whose run is over though they are not."""

from pathlib import Path

import pytest

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.ingestion.drops import claims, store
from dataviz_pipelines.core.ingestion.drops.service import (
    MAX_ATTEMPTS,
    heal_batches,
    load_batch,
    make_batches,
)
from dataviz_pipelines.core.ingestion.drops.store import Batch
from dataviz_pipelines.core.models.uploads import BatchStatus, UploadStatus
from tests.dropbox import DropBox
from tests.dropbox_store import batch_facts


def started_batch(box: DropBox, run_id: str = "run 0") -> Batch:
    """A batch of one file whose run began and said no more."""
    box.drop("a.csv")
    box.take()
    (batch,) = make_batches(box.drops)
    with box.engine.begin() as connection:
        store.start_batch(connection, batch.id, run_id)
    return batch


def live(box: DropBox) -> list[Batch]:
    with box.engine.begin() as connection:
        return store.batches(connection, BatchStatus.QUEUED, BatchStatus.RUNNING)


def test_a_lost_run_is_asked_for_anew_under_another_key(box: DropBox) -> None:
    batch = started_batch(box)
    heal_batches(box.drops, lambda _: Fate.LOST)
    (again,) = make_batches(box.drops)
    assert (again.id, again.attempt, again.dagster_run_id) == (batch.id, 1, None)
    (record,) = load_batch(box.drops, again.id, "run 1")
    assert record.status is UploadStatus.SUCCEEDED
    assert batch_facts(box.engine, batch.id) == ("finished", 1, 1)


def test_R23_a_run_that_was_lost_before_it_began_is_asked_for_anew_too(box: DropBox) -> None:
    box.drop("a.csv")
    box.take()
    (batch,) = make_batches(box.drops)
    heal_batches(box.drops, lambda _: Fate.LOST)
    assert [(b.id, b.attempt) for b in make_batches(box.drops)] == [(batch.id, 1)]


def test_a_run_that_is_alive_is_left_alone(box: DropBox) -> None:
    batch = started_batch(box)
    seen: list[str | None] = []

    def fate_of(asked: Batch) -> Fate:
        seen.append(asked.dagster_run_id)
        return Fate.ALIVE

    heal_batches(box.drops, fate_of)
    assert seen == ["run 0"]
    assert batch_facts(box.engine, batch.id) == ("running", 0, 1)


def test_a_batch_that_is_done_is_never_asked_about(box: DropBox) -> None:
    box.drop("a.csv")
    box.load()
    heal_batches(box.drops, lambda batch: pytest.fail(f"asked about {batch}"))
    assert make_batches(box.drops) == []


def test_two_sensors_that_heal_at_once_count_one_attempt(box: DropBox) -> None:
    started_batch(box)
    with box.engine.begin() as connection:
        (seen,) = store.batches(connection, BatchStatus.RUNNING)
    for _ in range(2):
        with box.engine.begin() as connection:
            store.requeue_batch(connection, seen)
    assert batch_facts(box.engine, seen.id) == ("queued", 1, 1)


def test_a_run_that_is_lost_again_and_again_is_given_up_with_the_reason(box: DropBox) -> None:
    batch = started_batch(box)
    for attempt in range(MAX_ATTEMPTS):
        assert [b.attempt for b in live(box)] == [attempt]
        heal_batches(box.drops, lambda _: Fate.LOST)
        for again in make_batches(box.drops):
            with box.engine.begin() as connection:
                store.start_batch(connection, again.id, f"run {again.attempt}")
    (record,) = box.records()
    assert (record.status, record.error_type) == (UploadStatus.FAILED, "RunLostError")
    assert record.error_message == (
        "The run that loaded it was lost 3 times; nothing of it was loaded. "
        "Look at the runs in Dagster, then drop it again."
    )
    assert batch_facts(box.engine, batch.id)[0] == "failed"
    kept = Path(record.stored_path or "")
    assert kept.is_relative_to(box.settings.quarantine)
    assert "was lost 3 times" in claims.reason_file(kept).read_text()
    assert live(box) == []


def test_files_that_were_loaded_before_the_run_was_lost_keep_their_success(box: DropBox) -> None:
    box.drop("1.csv")
    box.drop("2.csv", b"name,amount\nbolt,9\n")
    box.take()
    (batch,) = make_batches(box.drops)
    next(load_batch(box.drops, batch.id, "run 0"))
    for attempt in range(MAX_ATTEMPTS):
        heal_batches(box.drops, lambda _: Fate.LOST)
        assert len(make_batches(box.drops)) == (attempt + 1 < MAX_ATTEMPTS)
    first, second = box.records()
    assert (first.status, second.status) == (UploadStatus.SUCCEEDED, UploadStatus.FAILED)
    assert box.rows() == [("bolt", 2), ("nut", 3)]


def test_a_run_that_somebody_cancelled_is_not_asked_for_again(box: DropBox) -> None:
    batch = started_batch(box)
    heal_batches(box.drops, lambda _: Fate.CANCELLED)
    (record,) = box.records()
    assert (record.status, record.error_type) == (UploadStatus.CANCELLED, "RunCancelledError")
    assert batch_facts(box.engine, batch.id)[0] == "failed"
    assert make_batches(box.drops) == []
    box.drop("a.csv")
    (again,) = box.load()
    assert again.status is UploadStatus.SUCCEEDED
