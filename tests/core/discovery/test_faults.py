"""R21 and R22: a source that hangs, and one that is lost half way."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text

from dataviz_pipelines.core.discovery.engines.base import Limits
from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL
from dataviz_pipelines.core.discovery.errors import (
    DiscoveryRunningError,
    SourceReadError,
    SourceTimeoutError,
)
from dataviz_pipelines.core.discovery.service import discover
from dataviz_pipelines.core.discovery.snapshot import Described, Listed
from tests.core.discovery.sources import PostgreSQLSource
from tests.core.discovery.stalling import stalling
from tests.core.discovery.test_service import SHOP, known


class Lost(PostgreSQL):
    """The server ends the connection after the listing."""

    def __init__(self, source: PostgreSQLSource) -> None:
        super().__init__(source.connection)
        self._source = source

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        process = self._source.connection.info.backend_pid
        self._source.execute(f"SELECT pg_terminate_backend({process}, 10000)")
        return super().describe(tables)


def runs(engine: Engine) -> list[tuple[str, str | None]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT status, error_message FROM discovery_runs ORDER BY id")
        ).all()
    return [(status, message) for status, message in rows]


def test_R22_a_discovery_that_fails_half_way_leaves_what_was_known(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP)
    discover(app_engine, source_id, postgresql.engine())
    before = known(app_engine, "id, table_name, fingerprint")
    postgresql.execute("DROP VIEW shop.totals")

    with pytest.raises(SourceReadError):
        discover(app_engine, source_id, Lost(postgresql))

    assert known(app_engine, "id, table_name, fingerprint") == before
    assert [status for status, _ in runs(app_engine)] == ["succeeded", "failed"]


@contextmanager
def through_a_line(
    source: PostgreSQLSource, stalled: threading.Event
) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    url = make_url(source.url)
    with stalling(str(url.host), int(url.port or 0), stalled) as port:
        there = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        with psycopg.connect(there) as connection:
            yield connection


class Stalled(PostgreSQL):
    """The line goes dead after the listing."""

    def __init__(
        self, connection: "psycopg.Connection[tuple[object, ...]]", stalled: threading.Event
    ) -> None:
        super().__init__(connection, Limits(deadline_s=2))
        self._stalled = stalled

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        self._stalled.set()
        return super().describe(tables)


def test_R21_a_source_that_hangs_is_given_up_at_the_deadline(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP)
    discover(app_engine, source_id, postgresql.engine())
    before, stalled = known(app_engine, "id, table_name, fingerprint"), threading.Event()
    with through_a_line(postgresql, stalled) as connection:
        with pytest.raises(SourceTimeoutError, match="within 2 seconds"):
            discover(app_engine, source_id, Stalled(connection, stalled))
        assert connection.broken

    assert known(app_engine, "id, table_name, fingerprint") == before
    (_, (status, message)) = runs(app_engine)
    assert (status, "did not answer" in str(message)) == ("failed", True)


def give_up(engine: Engine, source_id: UUID, hanging: PostgreSQL) -> None:
    with pytest.raises(SourceTimeoutError):
        discover(engine, source_id, hanging)


def test_R21_while_one_source_hangs_others_are_discovered(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    """The lock of a run is its source's own."""
    postgresql.execute(*SHOP)
    with app_engine.begin() as connection:
        other: UUID = connection.execute(
            text(
                "INSERT INTO data_sources (name, connection_type, connection_config) "
                "VALUES ('other', 'postgresql', '{}') RETURNING id"
            )
        ).scalar_one()
    stalled = threading.Event()
    with through_a_line(postgresql, stalled) as connection:
        hanging = Stalled(connection, stalled)
        thread = threading.Thread(target=give_up, args=(app_engine, source_id, hanging))
        thread.start()
        assert stalled.wait(60)
        with pytest.raises(DiscoveryRunningError):
            discover(app_engine, source_id, postgresql.engine())

        result = discover(app_engine, other, postgresql.engine())

        thread.join(60)
    assert result.counts.stored == 3


def test_a_run_whose_process_died_is_told_apart_from_one_that_runs(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    with app_engine.begin() as connection:
        connection.execute(
            text("INSERT INTO discovery_runs (data_source_id) VALUES (:id)"), {"id": source_id}
        )

    discover(app_engine, source_id, postgresql.engine())

    assert runs(app_engine) == [
        ("failed", "The process ended before the discovery did."),
        ("succeeded", None),
    ]
