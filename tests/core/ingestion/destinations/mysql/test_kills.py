"""kill -9 of the process that loads into MySQL, at any moment: the next attempt loads the file exactly once."""

import random
import signal
import time
from pathlib import Path
from uuid import UUID

import pytest

from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.settings import Settings
from tests.core.ingestion import test_kills
from tests.core.ingestion.mariadb_loads import MariaBench
from tests.core.ingestion.test_kills import go_on, loaded_again, loading, says, until
from tests.factories import csv_text, document

pytestmark = pytest.mark.slow

ROWS = 60_000
WAITING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'killable'"
    " AND datname = current_database() AND wait_event_type = 'Lock'"
)
HELD_COMMIT = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER held AFTER UPDATE ON upload_history DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION hold()
"""
TEMPLATES = {
    **test_kills.TEMPLATES,
    "once": document({"name": "id", "type": "integer"}, "name", mode="fail_if_exists"),
}


@pytest.fixture
def keys(database_settings: Settings) -> Path:
    return database_settings.keys


def large_file(bench: MariaBench, mode: str) -> UUID:
    rows = [(number, f"row {number}") for number in range(ROWS)]
    path = bench.file(csv_text(("id", "name"), *rows, ("x", "bad")))
    return bench.register(TEMPLATES[mode], path)


def is_loaded_exactly_once(bench: MariaBench, record: UploadRecord) -> bool:
    (counted,) = bench.query("SELECT count(*), count(DISTINCT id) FROM uploads.target")
    return (record.status, record.records_success, record.records_failed, *counted) == (
        "succeeded",
        ROWS,
        1,
        ROWS,
        ROWS,
    )


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R1_killed_while_the_file_is_parsed(bench: MariaBench, mode: str, keys: Path) -> None:
    upload_id = large_file(bench, mode)
    with loading(bench, upload_id, waits=True, keys=keys) as process:
        assert says(process) == "parsing"
    assert bench.record(upload_id).status == "running"
    record = loaded_again(bench, upload_id)
    assert record.attempt == 2
    assert is_loaded_exactly_once(bench, record)


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R2_killed_after_the_rows_were_sent_and_before_they_are_committed(
    bench: MariaBench, mode: str, keys: Path
) -> None:
    """Somebody holds the upload's row, so the record of success, which comes before the rows' commit, has to wait."""
    upload_id = large_file(bench, mode)
    with loading(bench, upload_id, waits=True, keys=keys) as process:
        assert says(process) == "parsing"
        with bench.owner.begin() as holder:
            holder.exec_driver_sql(
                f"SELECT 1 FROM upload_history WHERE id = '{upload_id}' FOR UPDATE"
            )
            go_on(process)
            until(lambda: bench.platform(WAITING))
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert bench.marks() == []
    assert is_loaded_exactly_once(bench, loaded_again(bench, upload_id))


@pytest.mark.parametrize("mode", TEMPLATES)
def test_R3_killed_between_the_two_commits(bench: MariaBench, mode: str, keys: Path) -> None:
    """The platform's commit waits for a lock of the test's; by then the rows are committed there, with their mark."""
    upload_id = large_file(bench, mode)
    bench.platform(HELD_COMMIT)
    with bench.owner.connect() as holder:
        holder.exec_driver_sql("SELECT pg_advisory_lock(4711)")
        with loading(bench, upload_id, waits=False, keys=keys) as process:
            until(lambda: bench.platform(WAITING))
            process.send_signal(signal.SIGKILL)
            process.wait()
        ((pid,),) = bench.platform(WAITING)
        bench.platform(f"SELECT pg_terminate_backend({pid})")
        holder.exec_driver_sql("SELECT pg_advisory_unlock(4711)")
    bench.platform("DROP TRIGGER held ON upload_history")
    assert bench.record(upload_id).status == "running"
    assert bench.marks() == [(str(upload_id),)]
    record = loaded_again(bench, upload_id)
    assert is_loaded_exactly_once(bench, record)
    assert record.reject_path is not None
    assert bench.reasons(record) == [(ROWS + 2, "id", "type")]


def test_R3_killed_after_both_commits_the_next_attempt_is_a_no_op(
    bench: MariaBench, keys: Path
) -> None:
    upload_id = large_file(bench, "straight")
    with loading(bench, upload_id, waits=False, keys=keys) as process:
        assert [says(process), says(process)] == ["parsing", "done"]
    record = loaded_again(bench, upload_id)
    assert record.attempt == 1
    assert is_loaded_exactly_once(bench, record)


@pytest.mark.parametrize("seed", range(3))
def test_R1_R2_R3_killed_at_a_random_moment(bench: MariaBench, seed: int, keys: Path) -> None:
    upload_id = large_file(bench, "straight")
    with loading(bench, upload_id, waits=False, keys=keys) as process:
        assert says(process) == "parsing"
        time.sleep(random.Random(seed).uniform(0, 0.8))  # noqa: S311  # no secret
    assert is_loaded_exactly_once(bench, loaded_again(bench, upload_id))
