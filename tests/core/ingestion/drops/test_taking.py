"""A look at the inbox, up to the batch that a run is asked for."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops import inbox
from dataviz_pipelines.core.ingestion.drops.service import (
    FILES_PER_BATCH,
    Drops,
    load_batch,
    load_waiting,
    make_batches,
    make_inbox_folders,
    overlooked_files,
    take_settled_files,
)
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus
from dataviz_pipelines.core.settings import Settings
from tests.dropbox import DropBox
from tests.dropbox_store import batch_facts, deactivate_template


def test_F41_a_complete_file_is_taken_and_put_on_record(box: DropBox) -> None:
    dropped = box.drop("a.csv")
    (upload_id,) = box.take()
    record = box.record(upload_id)
    assert (record.file_name, record.file_size_bytes) == ("a.csv", 25)
    assert (record.status, record.source) == (UploadStatus.QUEUED, UploadSource.DROP)
    assert record.stored_path == str(box.settings.claimed / "orders" / str(upload_id) / "a.csv")
    assert (dropped.exists(), Path(record.stored_path).exists()) == (False, True)


def test_an_empty_inbox_gives_nothing(box: DropBox) -> None:
    assert (box.take(), make_batches(box.drops)) == ([], [])


@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        (b"two\nlines.csv", r"two\nlines.csv"),
        (b"caf\xe9.csv", r"caf\xe9.csv"),
        ("📦 -rf.csv".encode(), "📦 -rf.csv"),
        (b"a" * 251 + b".csv", "a" * 251 + ".csv"),
    ],
)
def test_odd_names_are_recorded_and_loaded(box: DropBox, name: bytes, recorded: str) -> None:
    box.drop(os.fsdecode(name))
    (record,) = box.load()
    assert (record.file_name, record.status) == (recorded, UploadStatus.SUCCEEDED)
    assert box.rows() == [("bolt", 2), ("nut", 3)]


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self, *, on_sleep: Callable[[], object] = lambda: None) -> None:
        self.now = utc_now()
        self.slept_s: list[float] = []
        self._on_sleep = on_sleep

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now += timedelta(seconds=seconds)
        self._on_sleep()

    def drops(self, box: DropBox, *, settle_s: float) -> Drops:
        settings = box.settings.model_copy(update={"inbox_settle_s": settle_s})
        ingestion = Ingestion(box.engine, settings.rejects, clock=self.clock)
        return Drops(ingestion, settings, self.sleep)

    def touch(self, path: Path, *, age_s: float) -> None:
        touched = self.now.timestamp() - age_s
        os.utime(path, (touched, touched))


def test_a_file_that_is_about_to_be_complete_is_waited_for_within_the_look(box: DropBox) -> None:
    time = Time()
    time.touch(box.drop("a.csv"), age_s=0.75)
    assert len(take_settled_files(time.drops(box, settle_s=2))) == 1
    assert time.slept_s == [pytest.approx(1.25, abs=0.01)]


def test_an_empty_inbox_is_watched_for_as_long_as_patience_lasts(box: DropBox) -> None:
    time = Time()
    assert take_settled_files(time.drops(box, settle_s=2), patience_s=3) == []
    assert sum(time.slept_s) == 3


def test_a_file_that_comes_while_the_inbox_is_watched_is_taken_at_once(box: DropBox) -> None:
    def come() -> None:
        if len(time.slept_s) == 2:
            time.touch(box.drop("a.csv"), age_s=60)

    time = Time(on_sleep=come)
    assert len(take_settled_files(time.drops(box, settle_s=2), patience_s=3)) == 1
    assert sum(time.slept_s) == 1


def test_R11_a_file_that_grows_while_it_is_waited_for_waits_for_the_next_look(
    box: DropBox,
) -> None:
    path = box.drop("a.csv")
    time = Time(on_sleep=lambda: time.touch(path, age_s=0))
    time.touch(path, age_s=0.5)
    assert take_settled_files(time.drops(box, settle_s=2)) == []
    assert len(time.slept_s) == 1, "a file that never settles must not hold up the others"
    assert path.exists()


def test_nobody_waits_for_complete_files_or_for_one_that_is_open(box: DropBox) -> None:
    time = Time()
    time.touch(box.drop("done.csv"), age_s=60)
    written = box.drop("written.csv")
    time.touch(written, age_s=60)
    with written.open("ab"):
        assert len(take_settled_files(time.drops(box, settle_s=2))) == 1
    assert (time.slept_s, written.exists()) == ([], True)


def test_R4_a_file_that_was_claimed_by_a_process_that_died_is_recorded_once(box: DropBox) -> None:
    box.drop("a.csv")
    (file,) = inbox.look(box.settings.inbox, "orders", settle_s=0, now=utc_now()).settled
    upload_id = new_id()
    inbox.claim(file, box.settings.claimed, upload_id)
    assert box.take() == [upload_id]
    assert box.take() == []


def test_R4_a_process_that_died_before_it_had_the_file_leaves_nothing_behind(box: DropBox) -> None:
    box.drop("a.csv")
    (box.settings.claimed / "orders" / str(new_id())).mkdir(parents=True)
    (upload_id,) = box.take()
    assert [path.name for path in (box.settings.claimed / "orders").iterdir()] == [str(upload_id)]


def test_R4_a_file_recorded_by_a_process_that_died_gets_its_batch_from_the_next(
    box: DropBox,
) -> None:
    box.drop("a.csv")
    box.take()
    (first,) = make_batches(box.drops)
    assert (first.template, first.attempt) == ("orders", 0)


def test_R5_a_tick_that_is_repeated_asks_for_the_same_batch(box: DropBox) -> None:
    box.drop("a.csv")
    box.take()
    first = make_batches(box.drops)
    box.take()
    assert make_batches(box.drops) == first


def test_what_is_in_claimed_but_not_ours_disturbs_nobody(box: DropBox) -> None:
    notes = box.settings.claimed / "orders/notes"
    notes.mkdir(parents=True)
    (notes / "todo.txt").write_text("?")
    gone = box.settings.claimed / "no template" / str(new_id()) / "a.csv"
    gone.parent.mkdir(parents=True)
    gone.write_text("a")
    box.drop("a.csv")
    assert len(box.take()) == 1
    assert gone.exists()


def test_R9_two_sensors_at_once_load_every_file_once(
    box: DropBox, app_engine: Engine, database_settings: Settings
) -> None:
    for number in range(40):
        box.drop(f"{number}.csv", f"name,amount\nbolt,{number}\n".encode())
    both_start, batches, failures = Barrier(2), [], list[BaseException]()
    other = DropBox(database_settings.model_copy(update={"inbox_settle_s": 0.0}), app_engine)

    def tick(one: DropBox) -> None:
        both_start.wait()
        try:
            for _ in range(3):
                one.take()
                batches.extend(make_batches(one.drops))
        except BaseException as error:
            failures.append(error)
            raise

    sensors = [Thread(target=tick, args=[each]) for each in (box, other)]
    for sensor in sensors:
        sensor.start()
    for sensor in sensors:
        sensor.join()
    assert failures == []
    assert len(box.records()) == 40
    for batch_id in {batch.id for batch in batches}:
        list(load_batch(box.drops, batch_id, "run"))
    assert box.rows() == [("bolt", number) for number in range(40)]
    assert {record.attempt for record in box.records()} == {1}


def test_files_are_gathered_into_batches_of_one_template(box: DropBox) -> None:
    box.add_template("people")
    for number in range(FILES_PER_BATCH + 1):
        box.drop(f"{number}.csv", b"x")
    box.drop("p.csv", b"x", template="people")
    box.take()
    made = make_batches(box.drops)
    assert sorted((batch.template, batch_facts(box.engine, batch.id)[2]) for batch in made) == [
        ("orders", 1),
        ("orders", FILES_PER_BATCH),
        ("people", 1),
    ]


def test_every_active_template_gets_a_folder(box: DropBox) -> None:
    box.add_template("people")
    box.folder("people").rmdir()
    assert make_inbox_folders(box.drops) == ["orders", "people"]
    assert box.folder("people").is_dir()


def test_a_file_in_the_place_of_a_folder_stops_nobody_and_is_named(box: DropBox) -> None:
    box.folder().rmdir()
    box.folder().write_text("dropped one level too high")
    make_inbox_folders(box.drops)
    assert box.take() == []
    assert overlooked_files(box.drops) == [
        "inbox/orders lies outside the templates' folders; move it into one of them."
    ]


def test_files_of_a_template_that_is_not_active_stay_and_are_named(
    box: DropBox, owner_engine: Engine
) -> None:
    box.drop("a.csv")
    deactivate_template(owner_engine, "orders")
    assert box.take() == []
    assert (box.folder() / "a.csv").exists()
    assert overlooked_files(box.drops) == [
        "inbox/orders holds 1 file, and no active template has this name."
    ]


def test_a_file_that_was_taken_before_its_template_was_deactivated_is_still_loaded(
    box: DropBox, owner_engine: Engine
) -> None:
    box.drop("a.csv")
    (file,) = inbox.look(box.settings.inbox, "orders", settle_s=0, now=utc_now()).settled
    inbox.claim(file, box.settings.claimed, new_id())
    deactivate_template(owner_engine, "orders")
    (record,) = box.load()
    assert record.status is UploadStatus.SUCCEEDED


def test_what_waits_can_be_loaded_without_a_batch(box: DropBox) -> None:
    box.drop("a.csv")
    (record,) = load_waiting(box.drops, "orders", "run")
    assert record.status is UploadStatus.SUCCEEDED
    assert list(load_waiting(box.drops, "orders", "run")) == []
    assert make_batches(box.drops) == []
