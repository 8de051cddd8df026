"""The main job on the real platform: a dropped file becomes rows, and everybody can see what became of it."""

from pathlib import Path

import pytest

from dataviz_pipelines.core.models.uploads import UploadStatus
from tests.dropbox_store import job_runs
from tests.platform.running import RunningPlatform, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("platform")]

GOOD_AND_BAD = b"name,amount\nbolt,2\nnut,x\nnail,3\n"


def test_F41_F43_a_dropped_file_is_loaded_archived_and_shown(running: RunningPlatform) -> None:
    running.add_template("parts")
    running.drop("march.csv", GOOD_AND_BAD, template="parts")
    running.drop("empty.csv", b"", template="parts")
    wait_for(lambda: running.archived("parts"))
    assert running.archived("parts") == ["march.csv"]
    assert running.box.rows("parts") == [("bolt", 2), ("nail", 3)]
    loaded = next(r for r in running.box.records() if r.file_name == "march.csv")
    assert (loaded.status, loaded.records_success, loaded.records_failed) == (
        UploadStatus.SUCCEEDED,
        2,
        1,
    )
    reject_lines = Path(loaded.reject_path or "").read_text().splitlines()
    assert any("nut" in line for line in reject_lines[1:])
    (shown,) = wait_for(lambda: running.materializations("parts"))
    assert (shown["file"], shown["dagster/row_count"], shown["rows_rejected"]) == ("march.csv", 2, 1)  # fmt: skip
    assert shown["upload_id"] == str(loaded.id)
    quarantine = running.settings.quarantine / "parts"
    wait_for(lambda: running.box.left_in(quarantine))
    assert running.box.left_in(quarantine) == ["empty.csv", "empty.csv.reason.txt"]


def test_runs_of_drops_are_recorded_as_runs_of_the_scheduler(running: RunningPlatform) -> None:
    running.add_template("recorded")
    running.drop("a.csv", b"name,amount\nbolt,2\n", template="recorded")
    wait_for(lambda: running.archived("recorded"))
    run_id = wait_for(lambda: running.run_of("recorded"))
    row = wait_for(
        lambda: next(
            (
                row
                for row in job_runs(running.engine)
                if row.run_id == run_id and row.completed_at is not None
            ),
            None,
        )
    )
    assert (row.status, row.duration_ms > 0) == ("succeeded", True)


def test_R4_whatever_is_killed_each_file_is_loaded_once(running: RunningPlatform) -> None:
    running.add_template("killed")
    dropped: list[str] = []
    for service in ("dagster-daemon", "code-server", "dagster-daemon"):
        for _ in range(10):
            name = f"{len(dropped)}.csv"
            running.drop(name, f"name,amount\nbolt,{len(dropped)}\n".encode(), template="killed")
            dropped.append(name)
        # From here on the file is somewhere between the inbox and the table.
        wait_for(lambda: not running.box.left_in(running.box.folder("killed")))
        running.kill(service)
    wait_for(lambda: len(running.archived("killed")) == len(dropped), patience_s=240)
    assert running.box.rows("killed") == [("bolt", number) for number in range(len(dropped))]
    records = [r for r in running.box.records() if r.template == "killed"]
    assert {record.status for record in records} == {UploadStatus.SUCCEEDED}
    assert len(records) == len(dropped)
