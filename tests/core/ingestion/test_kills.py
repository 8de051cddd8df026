"""kill -9 of the process that loads, at any moment: the next attempt loads the file exactly once."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dataviz_pipelines.core.ingestion.drops.healing import heal_uploads
from dataviz_pipelines.core.ingestion.drops.service import Drops
from dataviz_pipelines.core.ingestion.errors import UploadInProgressError
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.settings import Settings
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

pytestmark = pytest.mark.slow

DEADLINE_S = 60
ROWS = 300_000
TEMPLATES = {
    "straight": document({"name": "id", "type": "integer"}, "name"),
    "staged": document(
        {"name": "id", "type": "integer", "nullable": False, "unique": True}, "name"
    ),
}
Process = subprocess.Popen[str]


def large_file(bench: Bench, mode: str) -> UUID:
    rows = [(number, f"row {number}") for number in range(ROWS)]
    path = bench.file(csv_text(("id", "name"), *rows, ("x", "bad")))
    return bench.register(TEMPLATES[mode], path)


@contextmanager
def loading(
    bench: Bench, upload_id: UUID, *, waits: bool, keys: Path | None = None
) -> Iterator[Process]:
    """`keys` is the folder of those that open data sources."""
    url = bench.ingestion.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(bench.ingestion.rejects), str(upload_id), "waits" if waits else "runs"]
    arguments += [] if keys is None else [str(keys)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.core.ingestion.killable", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def says(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def until(condition: Any) -> Any:
    deadline = time.monotonic() + DEADLINE_S
    while not (met := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return met


def loaded_again(bench: Bench, upload_id: UUID) -> UploadRecord:
    """The server notices within moments that its client is gone; until then the upload counts as being loaded."""

    def attempt() -> UploadRecord | None:
        try:
            return load_upload(bench.ingestion, upload_id)
        except UploadInProgressError:
            return None

    record: UploadRecord = until(attempt)
    return record


def is_loaded_exactly_once(bench: Bench, record: UploadRecord) -> bool:
    (counted,) = bench.query("SELECT count(*), count(DISTINCT id), sum(id) FROM uploads.target")
    return (record.status, record.records_success, record.records_failed, *counted) == (
        "succeeded",
        ROWS,
        1,
        ROWS,
        ROWS,
        ROWS * (ROWS - 1) // 2,
    )


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R1_killed_while_the_file_is_parsed(bench: Bench, mode: str) -> None:
    upload_id = large_file(bench, mode)
    with loading(bench, upload_id, waits=True) as process:
        assert says(process) == "parsing"
    assert bench.record(upload_id).status == "running"
    assert not bench.exists()
    record = loaded_again(bench, upload_id)
    assert record.attempt == 2
    assert is_loaded_exactly_once(bench, record)


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R2_killed_after_copy_and_before_commit(bench: Bench, mode: str) -> None:
    """Somebody holds the upload's row, so the record of success, the last statement before the commit, has to wait."""
    upload_id = large_file(bench, mode)
    with loading(bench, upload_id, waits=True) as process:
        assert says(process) == "parsing"
        with bench.owner.begin() as holder:
            driver: Any = holder.connection.driver_connection
            driver.execute("SELECT 1 FROM upload_history WHERE id = %s FOR UPDATE", [upload_id])
            go_on(process)
            until(lambda: bench.query(_WAITING))
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert bench.record(upload_id).status == "running"
    assert is_loaded_exactly_once(bench, loaded_again(bench, upload_id))


_WAITING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'killable'"
    " AND datname = current_database() AND wait_event_type = 'Lock'"
)


def test_R3_killed_after_commit_the_next_attempt_is_a_no_op(bench: Bench) -> None:
    upload_id = large_file(bench, "straight")
    with loading(bench, upload_id, waits=False) as process:
        assert [says(process), says(process)] == ["parsing", "done"]
    record = loaded_again(bench, upload_id)
    assert record.attempt == 1
    assert is_loaded_exactly_once(bench, record)


@pytest.mark.parametrize("seed", range(3))
def test_R1_R2_killed_at_a_random_moment(bench: Bench, seed: int) -> None:
    upload_id = large_file(bench, "straight")
    with loading(bench, upload_id, waits=False) as process:
        assert says(process) == "parsing"
        time.sleep(random.Random(seed).uniform(0, 0.5))  # noqa: S311  # no secret
    assert is_loaded_exactly_once(bench, loaded_again(bench, upload_id))


def test_R4_an_upload_whose_command_was_killed_is_told_to_have_failed(bench: Bench) -> None:
    upload_id = large_file(bench, "straight")
    drops = Drops(bench.ingestion, Settings(home=bench.folder))

    def healed() -> bool:
        heal_uploads(drops, lambda _: pytest.fail("no run of Dagster's was concerned"))
        return bench.record(upload_id).status == "failed"

    with loading(bench, upload_id, waits=True) as process:
        assert says(process) == "parsing"
        assert not healed()
    assert until(healed)
    assert "`dataviz ingest --upload`" in (bench.record(upload_id).error_message or "")
    assert is_loaded_exactly_once(bench, loaded_again(bench, upload_id))
    assert not healed()
