"""kill -9 of whatever has a part in an upload: what was accepted is loaded once, what was not leaves nothing."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.api.uploads.sending import GOOD, add_template, ended, read, send, sent
from tests.api.uploads.test_following import LARGE, ROWS, held
from tests.api.uploads.test_limits import unfinished
from tests.dropbox import DropBox
from tests.servers.workers import Process, api_server, until, upload_worker

pytestmark = pytest.mark.slow


def kill(process: Process) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def count(engine: Engine) -> int:
    with engine.begin() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM uploads.orders")
        return int(found.scalar_one())


def killed_while_loading(person: Person, settings: Settings, owner: Engine) -> str:
    """The id of an upload whose worker is gone, into a table that has two rows already."""
    with upload_worker(settings) as worker:
        sent(person)
        with held(owner, "uploads.orders"):
            upload_id: str = send(person, LARGE).json()["id"]
            until(lambda: read(person, upload_id)["status"] == "running")
            kill(worker)
    return upload_id


def test_r1_a_worker_killed_while_it_loads_loses_nothing_and_loads_nothing_twice(
    uploader: Person, database_settings: Settings, owner_engine: Engine
) -> None:
    upload_id = killed_while_loading(uploader, database_settings, owner_engine)
    assert read(uploader, upload_id)["status"] == "running"
    with upload_worker(database_settings):
        row = ended(uploader, upload_id)
    assert (row["status"], row["records_success"], row["attempt"]) == ("succeeded", ROWS - 1, 2)
    assert count(owner_engine) == ROWS - 1 + 2


def test_r3_a_worker_killed_after_the_commit_leaves_the_rest_to_the_next(
    uploader: Person, database_settings: Settings, box: DropBox
) -> None:
    """As it is between the commit and the file's way to the archive."""
    with upload_worker(database_settings):
        row = sent(uploader)
        (kept,) = until(lambda: list(box.settings.archive.rglob(f"{row['id']}/*")))
    received = database_settings.received / row["id"] / kept.name
    received.parent.mkdir()
    kept.rename(received)
    with box.engine.begin() as connection:
        connection.execute(
            text("UPDATE upload_history SET stored_path = :path"), {"path": str(received)}
        )
    with upload_worker(database_settings):
        until(kept.exists)
        until(lambda: not received.parent.exists())
    assert box.rows() == [("bolt", 2), ("nut", 3)]


def test_r13_r16_a_worker_whose_backends_are_terminated_goes_on(
    uploader: Person, database_settings: Settings, owner_engine: Engine
) -> None:
    with upload_worker(database_settings):
        sent(uploader)
        with held(owner_engine, "uploads.orders"):
            upload_id = send(uploader, LARGE).json()["id"]
            until(lambda: read(uploader, upload_id)["status"] == "running")
            with owner_engine.begin() as connection:
                ended_backends = connection.exec_driver_sql(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE application_name = 'upload worker' AND datname = current_database()"
                ).scalar_one()
        assert ended_backends > 1
        assert ended(uploader, upload_id)["status"] == "succeeded"
        assert count(owner_engine) == ROWS - 1 + 2
        assert sent(uploader, GOOD + b"screw,1\n")["status"] == "succeeded"


def test_an_upload_that_takes_its_worker_down_does_so_three_times_at_most(
    uploader: Person, database_settings: Settings, owner_engine: Engine
) -> None:
    upload_id = killed_while_loading(uploader, database_settings, owner_engine)
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE upload_history SET lost_count = 2 WHERE status = 'running'")
        )
    with upload_worker(database_settings):
        row = ended(uploader, upload_id)
    assert (row["status"], row["error_type"]) == ("failed", "WorkerLostError")
    assert "was lost 3 times; nothing of it was loaded" in row["error_message"]
    assert count(owner_engine) == 2


def test_a_worker_that_is_stopped_gives_back_what_it_was_loading(
    uploader: Person, database_settings: Settings, owner_engine: Engine
) -> None:
    many = b"name,amount\n" + b"bolt,2\n" * 6_000_000
    with upload_worker(database_settings) as first:
        upload_id = send(uploader, many).json()["id"]
        until(lambda: read(uploader, upload_id)["progress"])
        first.terminate()
        assert first.wait(30) == 0
    row = read(uploader, upload_id)
    assert row["status"] in ("queued", "succeeded")
    with owner_engine.begin() as connection:
        lost = connection.exec_driver_sql("SELECT lost_count FROM upload_history").scalar_one()
    assert lost == 0


@pytest.fixture
def served(database_settings: Settings) -> Iterator[tuple[Process, httpx.URL]]:
    with api_server(database_settings) as started:
        yield started


@pytest.fixture
def sender(served: tuple[Process, httpx.URL], app_engine: Engine) -> Iterator[Person]:
    add_template(app_engine)
    people = People(app_engine, served[1])
    yield people("uploader")
    people.close()


def test_an_accepted_upload_outlives_the_api(
    served: tuple[Process, httpx.URL],
    sender: Person,
    database_settings: Settings,
    box: DropBox,
) -> None:
    assert send(sender).status_code == 202
    kill(served[0])
    with upload_worker(database_settings):
        until(lambda: [record.status for record in box.records()] == ["succeeded"])
    assert box.rows() == [("bolt", 2), ("nut", 3)]


def test_what_a_killed_api_was_receiving_is_no_upload_and_is_cleared_away(
    served: tuple[Process, httpx.URL],
    sender: Person,
    database_settings: Settings,
    box: DropBox,
) -> None:
    received = database_settings.received
    with unfinished(sender):
        (partial,) = until(lambda: list(received.glob("*/a.csv")))
        kill(served[0])
    with upload_worker(database_settings):
        time.sleep(3)  # two looks: what is fresh may still be arriving at another API
        assert partial.exists()
        for path in (partial, partial.parent):
            os.utime(path, (time.time() - 3_600,) * 2)
        until(lambda: not partial.parent.exists())
    assert box.records() == []
