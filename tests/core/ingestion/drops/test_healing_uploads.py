"""Uploads that no batch answers for, and whose run is over though they say they run."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.ingestion.drops.healing import heal_uploads
from dataviz_pipelines.core.ingestion.drops.service import (
    MAX_ATTEMPTS,
    load_batch,
    load_waiting,
    make_batches,
)
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.ingestion.store import lock_upload, start_attempt, unlock_upload
from tests.dropbox import DropBox

LOST: Callable[[str], Fate] = lambda _: Fate.LOST  # noqa: E731


def begun(box: DropBox, upload_id: UUID, run_id: str | None = "run 0") -> UUID:
    """As the first statement of a load leaves it when its process is killed next."""
    with box.engine.begin() as connection:
        start_attempt(
            connection, upload_id, template_version=1, dagster_run_id=run_id, now=utc_now()
        )
    return upload_id


def taken(box: DropBox, name: str = "a.csv") -> UUID:
    box.drop(name)
    (upload_id,) = box.take()
    return upload_id


def test_R1_a_file_whose_run_was_lost_waits_for_the_next_batch(box: DropBox) -> None:
    upload_id = begun(box, taken(box))
    assert make_batches(box.drops) == []
    heal_uploads(box.drops, LOST)
    (batch,) = make_batches(box.drops)
    (record,) = load_batch(box.drops, batch.id, "run 1")
    assert (record.id, record.status) == (upload_id, "succeeded")
    assert box.rows() == [("bolt", 2), ("nut", 3)]


def test_a_run_that_is_alive_keeps_its_upload(box: DropBox) -> None:
    upload_id = begun(box, taken(box))
    asked: list[str] = []

    def fate_of(run_id: str) -> Fate:
        asked.append(run_id)
        return Fate.ALIVE

    heal_uploads(box.drops, fate_of)
    assert asked == ["run 0"]
    assert box.record(upload_id).status == "running"


def test_an_upload_that_is_still_being_loaded_is_left_alone_whatever_its_run_says(
    box: DropBox,
) -> None:
    upload_id = begun(box, taken(box))
    with box.engine.connect() as connection:
        assert lock_upload(connection, upload_id)
        heal_uploads(box.drops, LOST)
        assert box.record(upload_id).status == "running"
        unlock_upload(connection, upload_id)
    heal_uploads(box.drops, LOST)
    assert box.record(upload_id).status == "queued"


def test_an_upload_of_a_live_batch_is_healed_with_its_batch(box: DropBox) -> None:
    upload_id = taken(box)
    make_batches(box.drops)
    begun(box, upload_id)
    heal_uploads(box.drops, lambda run_id: pytest.fail(f"asked about {run_id}"))
    assert box.record(upload_id).status == "running"


def test_a_file_that_takes_its_run_down_again_and_again_is_given_up(box: DropBox) -> None:
    upload_id = taken(box)
    for number in range(MAX_ATTEMPTS):
        begun(box, upload_id, f"run {number}")
        heal_uploads(box.drops, LOST)
    record = box.record(upload_id)
    assert (record.status, record.error_type) == ("failed", "RunLostError")
    assert "was lost 3 times; nothing of it was loaded" in (record.error_message or "")
    assert Path(record.stored_path or "").is_relative_to(box.settings.quarantine)
    assert make_batches(box.drops) == []


def test_a_run_that_somebody_cancelled_is_not_repeated(box: DropBox) -> None:
    upload_id = begun(box, taken(box))
    heal_uploads(box.drops, lambda _: Fate.CANCELLED)
    record = box.record(upload_id)
    assert (record.status, record.error_type) == ("cancelled", "RunCancelledError")
    assert make_batches(box.drops) == []
    assert load_upload(box.drops.ingestion, upload_id).status == "succeeded"


def test_what_waits_for_a_template_is_loaded_once_after_its_run_was_killed(box: DropBox) -> None:
    begun(box, taken(box))
    assert list(load_waiting(box.drops, "orders", "run 1")) == []
    heal_uploads(box.drops, LOST)
    (record,) = load_waiting(box.drops, "orders", "run 2")
    assert record.status == "succeeded"
    heal_uploads(box.drops, lambda run_id: pytest.fail(f"asked about {run_id}"))
