"""Several at once: people, workers, the API and the inbox."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dataviz_pipelines.core.settings import Settings
from tests.api.people import Person
from tests.api.uploads.sending import GOOD, ended, send
from tests.dropbox import DropBox
from tests.servers.workers import upload_worker

ROWS = b"name,amount\n" + b"bolt,2\n" * 5_000


def test_r9_r10_the_same_content_by_two_clients_and_by_drop_is_loaded_once(
    uploader: Person, box: DropBox, database_settings: Settings
) -> None:
    box.folder().mkdir(parents=True)
    box.drop("dropped.csv", ROWS)
    with (
        upload_worker(database_settings),
        upload_worker(database_settings),
        ThreadPoolExecutor(3) as pool,
    ):
        dropped = pool.submit(box.load)
        answers = list(pool.map(lambda name: send(uploader, ROWS, name=name), ["a.csv", "b.csv"]))
        rows = [ended(uploader, answer.json()["id"]) for answer in answers]
        (record,) = dropped.result()
    statuses = sorted([*(row["status"] for row in rows), record.status.value])
    assert statuses == ["duplicate", "duplicate", "succeeded"]
    assert len(box.rows()) == 5_000


def test_two_workers_load_many_uploads_once_each(
    uploader: Person, box: DropBox, database_settings: Settings
) -> None:
    contents = [GOOD + f"part {number},{number}\n".encode() for number in range(12)]
    with upload_worker(database_settings), upload_worker(database_settings):
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda content: send(uploader, content), contents))
        rows = [ended(uploader, answer.json()["id"]) for answer in answers]
    assert {row["status"] for row in rows} == {"succeeded"}
    assert {row["attempt"] for row in rows} == {1}
    assert len(box.rows()) == 36


@pytest.mark.usefixtures("worker")
def test_a_small_file_does_not_wait_for_large_ones(uploader: Person, box: DropBox) -> None:
    large = b"name,amount\n" + b"bolt,2\n" * 1_000_000
    ids = [send(uploader, large + b"x,%d\n" % number).json()["id"] for number in range(3)]
    small = send(uploader, GOOD)
    row = ended(uploader, small.json()["id"])
    before = [record.id for record in box.records() if record.completed_at is None]
    assert row["status"] == "succeeded"
    assert before, "the large files were done before the small one"
    for upload_id in ids:
        ended(uploader, upload_id)
