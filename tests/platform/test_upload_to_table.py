"""The main job over HTTP on the real platform: whoever is killed, each file is loaded once, and Dagster shows it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.people import People, Person
from tests.api.uploads.sending import ended, send
from tests.platform.running import RunningPlatform, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platform")]

MIXED = b"name,amount\nbolt,2\nnut,x\nnail,3\n"


@pytest.fixture(scope="module")
def uploader(running: RunningPlatform) -> Iterator[Person]:
    people = People(running.engine, httpx.URL(running.record.api_url))
    yield people("uploader", email="uploader.of.platform@example.com")
    people.close()


def test_what_is_sent_is_loaded_at_once_and_shown_in_dagster(
    running: RunningPlatform, uploader: Person
) -> None:
    running.add_template("sent")
    answer = send(uploader, MIXED, template="sent", name="march.csv")
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
    assert running.box.rows("sent") == [("bolt", 2), ("nail", 3)]
    (shown,) = wait_for(lambda: running.materializations("sent"))
    assert (shown["file"], shown["dagster/row_count"], shown["rows_rejected"]) == ("march.csv", 2, 1)  # fmt: skip
    assert shown["upload_id"] == answer.json()["id"]
    assert running.archived("sent") == ["march.csv"]


def test_r1_r4_whatever_is_killed_each_upload_is_loaded_once(
    running: RunningPlatform, uploader: Person
) -> None:
    running.add_template("survived")
    accepted: list[str] = []
    for service in ("upload-worker", "api", "upload-worker"):
        for _ in range(5):
            content = f"name,amount\nbolt,{len(accepted)}\n".encode()
            answer = send(uploader, content, template="survived", name=f"{len(accepted)}.csv")
            accepted.append(answer.json()["id"])
        running.kill(service)
    assert {ended(uploader, each)["status"] for each in accepted} == {"succeeded"}
    assert running.box.rows("survived") == [("bolt", number) for number in range(len(accepted))]
    wait_for(lambda: len(running.materializations("survived")) == len(accepted))
