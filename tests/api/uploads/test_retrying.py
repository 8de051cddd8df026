"""What was no fault of the file's is tried again before anybody is told of a failure."""

import pytest

from dataviz_pipelines.core.ingestion import service
from tests.api.people import Person
from tests.api.uploads.sending import GOOD, MIXED, act, ended, read, send
from tests.dropbox import DropBox
from tests.servers.workers import until

pytestmark = pytest.mark.usefixtures("no_pauses", "worker")


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSES_S", ())


def test_a_lasting_hindrance_is_told_after_three_attempts(uploader: Person, box: DropBox) -> None:
    """Where rejects should go there is a file, so that they cannot be written, as on a full disk."""
    box.settings.rejects.write_text("in the way")
    row = ended(uploader, send(uploader, MIXED).json()["id"])
    assert (row["status"], row["error_type"], row["attempt"]) == ("failed", "NoRoomError", 3)
    assert "load the file again" in row["error_message"]
    until(lambda: list(box.settings.quarantine.rglob(f"{row['id']}/orders.csv")))
    box.settings.rejects.unlink()
    assert act(uploader, row["id"], "load").status_code == 202
    assert ended(uploader, row["id"])["status"] == "succeeded"
    assert box.rows() == [("bolt", 2), ("nail", 3)]


def test_a_passing_hindrance_is_never_seen(
    uploader: Person, box: DropBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.settings.rejects.write_text("in the way")
    attempts = []
    earnest = service._attempt

    def attempt(job: service.LoadJob) -> None:
        attempts.append(job)
        if len(attempts) == 3:
            box.settings.rejects.unlink()
        earnest(job)

    monkeypatch.setattr(service, "_attempt", attempt)
    upload_id = send(uploader, MIXED).json()["id"]
    row = ended(uploader, upload_id)
    assert (row["status"], len(attempts)) == ("succeeded", 3)
    assert read(uploader, upload_id)["error_message"] is None


def test_files_that_cannot_be_put_away_keep_nobody_from_loading_others(
    uploader: Person, box: DropBox
) -> None:
    box.settings.archive.write_text("in the way")
    rows = [ended(uploader, send(uploader, content).json()["id"]) for content in (MIXED, GOOD)]
    assert [row["status"] for row in rows] == ["succeeded", "succeeded"]
    assert len(list(box.settings.received.glob("*/orders.csv"))) == 2
    box.settings.archive.unlink()
    until(lambda: len(list(box.settings.archive.rglob("orders.csv"))) == 2)
