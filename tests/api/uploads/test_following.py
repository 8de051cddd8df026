"""Who has sent a file sees how far it is, without asking again and again."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine

from api.uploading.state import MOST_STREAMS_OF_ONE_PERSON
from dataviz_pipelines.core.ingestion import following as noting
from dataviz_pipelines.core.ingestion import store
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress
from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.api.uploads.sending import UPLOADS, ended, events, read, send
from tests.servers.workers import PATIENCE_S, until, working

ROWS = 2_000_000  # seconds of loading, wherever that is
LARGE = b"name,amount\n" + b"bolt,2\n" * (ROWS - 1) + b"nut,x\n"


@contextmanager
def held(owner: Engine, table: str) -> Iterator[None]:
    """Loads into the table wait until it is let go."""
    with owner.begin() as connection:
        connection.exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def follow(person: Person, upload_id: str, **headers: str) -> httpx.Response:
    return person.http.get(f"{UPLOADS}/{upload_id}/events", headers=headers, timeout=60)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A load notes each step, and goes on after its first when this is set: who follows it hears of that one."""
    heard = threading.Event()
    noted: list[UploadProgress] = []
    note = store.note_progress

    def note_and_wait(connection: Connection, upload_id: UUID, progress: UploadProgress) -> bool:
        assert not noted or heard.wait(PATIENCE_S), "nobody was told"
        noted.append(progress)
        return note(connection, upload_id, progress)

    monkeypatch.setattr(store, "note_progress", note_and_wait)
    monkeypatch.setattr(noting, "EVERY_S", 0.0)
    return heard


def test_F37_a_large_upload_is_followed_to_its_end(
    uploader: Person, database_settings: Settings, told: threading.Event
) -> None:
    answer = send(uploader, LARGE)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    upload_id = answer.headers["location"].rpartition("/")[2]
    path = f"{UPLOADS}/{upload_id}/events"
    with (
        uploader.http.stream("GET", path, timeout=PATIENCE_S) as stream,
        working(database_settings),
    ):
        text = ""
        for part in stream.iter_text():
            text += part
            if "bytes_done" in text:
                told.set()
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == (
        "no-store",
        "no",
    )
    heard = events(text)
    names = [name for _, name, _ in heard]
    assert names == [*["progress"] * (len(heard) - 1), "finished"]
    assert heard[0][2]["status"] == "queued"
    last = heard[-1][2]
    assert (last["status"], last["is_final"], last["progress"]) == ("succeeded", True, None)
    assert (last["records_success"], last["records_failed"]) == (ROWS - 1, 1)
    running = [data["progress"] for _, _, data in heard if data["progress"]]
    assert running, "no progress was told of"
    done = [progress["bytes_done"] for progress in running]
    assert done == sorted(done)
    assert {progress["bytes_total"] for progress in running} == {len(LARGE)}
    assert all(0 < each["rows_accepted"] + each["rows_rejected"] <= ROWS for each in running)


@pytest.mark.usefixtures("worker")
def test_a_stream_is_taken_up_where_it_was_left(uploader: Person) -> None:
    row = ended(uploader, send(uploader).json()["id"])
    ((last_id, name, _),) = events(follow(uploader, row["id"]).text)
    assert name == "finished"
    assert follow(uploader, row["id"], **{"Last-Event-ID": last_id}).status_code == 204
    assert len(events(follow(uploader, row["id"], **{"Last-Event-ID": "older"}).text)) == 1


@pytest.mark.usefixtures("worker")
def test_a_stream_needs_no_more_than_the_cookie(uploader: Person, client: httpx.Client) -> None:
    upload_id = ended(uploader, send(uploader).json()["id"])["id"]
    path = f"{UPLOADS}/{upload_id}/events"
    cookie = {"Cookie": f"__Host-dataviz={uploader.token}", "Origin": str(client.base_url)}
    assert len(events(client.get(path, headers=cookie).text)) == 1
    assert client.get(path).status_code == 401


def test_S33_an_upload_of_somebody_else_is_not_there(people: People, uploader: Person) -> None:
    upload_id = send(uploader).json()["id"]
    stranger = people("uploader")
    assert follow(stranger, upload_id).status_code == 404
    for deed in ("cancel", "load", "undo"):
        found = stranger.http.post(f"{UPLOADS}/{upload_id}/{deed}")
        assert found.status_code in (403, 404), deed
    assert stranger.http.get(f"{UPLOADS}/{upload_id}/reject-file").status_code == 404


def test_who_waits_holds_no_connection_and_not_too_many_wait(
    app: FastAPI, uploader: Person
) -> None:
    upload_id = send(uploader).json()["id"]
    heard = []
    with ExitStack() as streams:
        for _ in range(MOST_STREAMS_OF_ONE_PERSON):
            stream = streams.enter_context(
                uploader.http.stream("GET", f"{UPLOADS}/{upload_id}/events")
            )
            heard.append(stream.iter_bytes())
            assert next(heard[-1])
        assert until(lambda: app.state.engine.pool.checkedout() <= 1)
        refused = follow(uploader, upload_id)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert until(lambda: _is_followed(uploader, upload_id))
    uploader.http.post(f"{UPLOADS}/{upload_id}/cancel")


def _is_followed(person: Person, upload_id: str) -> bool:
    with person.http.stream("GET", f"{UPLOADS}/{upload_id}/events") as stream:
        return stream.status_code == 200


def test_progress_is_part_of_the_upload_while_it_runs(
    uploader: Person, database_settings: Settings
) -> None:
    upload_id = send(uploader, LARGE).json()["id"]
    with working(database_settings):
        seen: dict[str, Any] = until(lambda: (row := read(uploader, upload_id))["progress"] and row)
        assert (seen["status"], seen["progress"]["stage"]) == ("running", "reading")
        assert ended(uploader, upload_id)["progress"] is None
