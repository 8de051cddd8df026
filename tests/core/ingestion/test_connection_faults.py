"""A database that is there but does not do what it is asked: it ends sessions, gets in the way, has none left."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion import service
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.errors import (
    LoadRaceError,
)
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import (
    load_upload,
)
from dataviz_pipelines.core.models.documents.outcomes import Stage, UploadProgress
from tests.core.ingestion.loads import Bench, reject_file
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


GOOD = csv_text(["id"], (1,), (2,))


MIXED = csv_text(["id"], (1,), ("x",), (3,))


def terminate_loaders(bench: Bench) -> None:
    bench.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'test app' AND datname = current_database() AND state <> 'idle'"
    )


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("unique", [False, True])
def test_R13_R16_a_backend_that_is_terminated_in_mid_load_costs_one_attempt(
    bench: Bench, unique: bool
) -> None:
    attempts: list[int] = []

    def terminate_once(progress: UploadProgress) -> None:
        if progress.stage is Stage.READING:
            attempts.append(progress.rows_accepted)
        if len(attempts) == 1:
            terminate_loaders(bench)

    template = document(ID | {"unique": unique})
    record = bench.load(template, MIXED, watching=Watching(on_progress=terminate_once))
    assert (record.status, record.attempt, len(attempts)) == ("succeeded", 2, 2)
    assert (record.records_success, record.records_failed) == (2, 1)
    assert bench.rows() == [(1,), (3,)]
    assert len(reject_file(record)) == 1
    assert bench.is_idle()


@pytest.mark.usefixtures("no_pauses")
def test_R13_a_database_that_stays_away_is_told_and_recorded(bench: Bench) -> None:
    upload_id = bench.register(document(ID), bench.file(GOOD))
    watching = Watching(on_progress=lambda _: terminate_loaders(bench))
    with pytest.raises(UnavailableError, match="The database went away while"):
        load_upload(bench.ingestion, upload_id, watching=watching)
    record = bench.record(upload_id)
    assert (record.status, record.attempt) == ("failed", len(service.PAUSES_S) + 1)
    assert not bench.exists()
    assert load_upload(bench.ingestion, upload_id).status == "succeeded"


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    "fault", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure]
)
def test_R18_a_deadlock_or_serialization_failure_is_tried_again(
    bench: Bench, fault: type[psycopg.Error]
) -> None:
    """The server raises the very error, by a trigger that knows how often it was called."""
    bench.make("id bigint")
    bench.query("CREATE SEQUENCE uploads.calls; GRANT ALL ON SEQUENCE uploads.calls TO PUBLIC")
    bench.query(
        "CREATE FUNCTION uploads.get_in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('uploads.calls') < 3 THEN RAISE SQLSTATE '{fault.sqlstate}'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER way BEFORE INSERT ON uploads.target FOR EACH STATEMENT EXECUTE FUNCTION uploads.get_in_the_way()"
    )
    record = bench.load(document(ID), GOOD)
    assert (record.status, record.attempt) == ("succeeded", 3)
    assert bench.rows() == [(1,), (2,)]


@pytest.mark.usefixtures("no_pauses")
def test_R18_what_stays_in_the_way_is_given_up_after_bounded_attempts(bench: Bench) -> None:
    bench.make("id bigint")
    bench.query("CREATE UNIQUE INDEX one_small ON uploads.target ((id < 10)) WHERE id < 10")
    record, error = bench.refused(document(ID), GOOD)
    assert isinstance(error, LoadRaceError)
    assert "uploads.target" in str(error)
    assert "one_small" in str(error)
    assert record.attempt == len(service.PAUSES_S) + 1
    assert bench.rows() == []


def test_R17_an_exhausted_pool_is_unavailable_and_not_a_crash(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAUSES_S", ())
    upload_id = bench.register(document(ID), bench.file(GOOD))
    small = create_engine(
        bench.ingestion.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    with small.connect(), pytest.raises(UnavailableError, match="All connections"):
        load_upload(Ingestion(small, bench.ingestion.rejects), upload_id)
    assert load_upload(Ingestion(small, bench.ingestion.rejects), upload_id).status == "succeeded"
    small.dispose()
