"""What Dagster shows of a look into a data source, of real servers and in a real instance."""

import json
import threading
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import dagster as dg
import psycopg
import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.assets.source_tables import SOURCE_TABLES
from dataviz_pipelines.core.discovery.engines.base import Listing
from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL
from dataviz_pipelines.core.discovery.snapshot import Described, Listed
from dataviz_pipelines.core.sources.by_hand import add_source, parse_connection, switch
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from tests.core.discovery.stalling import stalling
from tests.core.sources.conftest import mysql, place, postgresql
from tests.core.sources.places import Place
from tests.servers.mariadb import mariadb, mariadb_port

__all__ = ["mariadb", "mariadb_port", "mysql", "place", "postgresql"]


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")


def add(platform: Platform, place: Place, name: str = "Shop", **changes: Any) -> None:
    asked = parse_connection(json.dumps(place.document(**changes)))
    with platform.engine.begin() as connection:
        vault = platform.discovering.vault
        add_source(connection, name, asked, vault=vault, query=None)


def discover(
    instance: dg.DagsterInstance, platform: Platform, name: str = "Shop", **config: Any
) -> dg.ExecuteInProcessResult:
    instance.add_dynamic_partitions("data_sources", [name])
    return defs.resolve_job_def("discover_sources").execute_in_process(
        instance=instance,
        partition_key=name,
        run_config={"ops": {"source_tables": {"config": config}}},
        resources={"platform": platform},
        raise_on_error=False,
    )


def execute(place: Place, *statements: str) -> None:
    with psycopg.connect(place.admin_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def materialization(result: dg.ExecuteInProcessResult) -> dg.AssetMaterialization:
    (event,) = result.asset_materializations_for_node("source_tables")
    return event


def shown(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    return {name: value.value for name, value in materialization(result).metadata.items()}


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def runs(engine: Engine) -> list[tuple[str, str | None]]:
    with engine.connect() as connection:
        query = text("SELECT status, error_message FROM discovery_runs ORDER BY id")
        return [(status, message) for status, message in connection.execute(query)]


def failures(result: dg.ExecuteInProcessResult) -> str:
    """All that Dagster keeps of what went wrong."""
    return "\n".join(str(event.event_specific_data) for event in result.all_node_events)


def test_F116_F117_a_look_is_a_materialization_of_its_sources_partition(
    instance: dg.DagsterInstance, platform: Platform, place: Place
) -> None:
    add(platform, place)
    result = discover(instance, platform)
    event, facts = materialization(result), shown(result)
    assert (event.asset_key, event.partition) == (SOURCE_TABLES, "Shop")
    with platform.engine.connect() as connection:
        (run_id,) = connection.execute(text("SELECT id FROM discovery_runs")).one()
        tables, columns = connection.execute(
            text("SELECT (SELECT count(*) FROM database_metadata), count(*) FROM column_metadata")
        ).one()
    assert (facts["discovery_run_id"], facts["status"]) == (str(run_id), "succeeded")
    assert (facts["tables"], facts["columns"]) == (tables, columns) == (facts["added"], columns)
    assert (facts["listed"], facts["stored"], facts["failed"]) == (tables, tables, 0)
    assert (facts["changed"], facts["removed"], facts["breaking_changes"]) == (0, 0, 0)
    assert facts["dagster/row_count"] == tables
    assert "cities | table | 1 |" in facts["largest_tables"]
    assert place.password not in failures(result)


def test_F20_the_tables_add_up(
    instance: dg.DagsterInstance, platform: Platform, postgresql: Place
) -> None:
    add(platform, postgresql, discovery={"exclude": ["public.hidden"]})
    found = checks(discover(instance, platform))
    assert found["tables_add_up"].passed
    facts = {name: value.value for name, value in found["tables_add_up"].metadata.items()}
    assert facts == {"partition": "Shop", "listed": 2, "sum_of_parts": 2, "known": 1}
    assert found["breaking_changes"].passed
    assert found["problems"].passed


def test_F13_breaking_changes_are_a_warning_that_names_them(
    instance: dg.DagsterInstance, platform: Platform, postgresql: Place
) -> None:
    add(platform, postgresql)
    discover(instance, platform)
    execute(
        postgresql, "ALTER TABLE cities DROP COLUMN city", "ALTER TABLE hidden ADD COLUMN b int"
    )
    result = discover(instance, platform)
    check = checks(result)["breaking_changes"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == "public.cities.city"
    facts = shown(result)
    assert (facts["changed"], facts["breaking_changes"]) == (2, 1)
    assert facts["changes"].count("column&#95;") == 2
    assert result.success


def test_F10_what_could_not_be_read_is_a_warning_and_no_failure(
    instance: dg.DagsterInstance, platform: Platform, postgresql: Place
) -> None:
    add(platform, postgresql)
    result = discover(instance, platform)
    check = checks(result)["problems"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description == "public.hidden"
    assert "GRANT SELECT ON TABLE public.hidden TO" in str(check.metadata["details"].value)
    assert result.success


def test_a_wrong_password_fails_at_once_with_the_remedy(
    instance: dg.DagsterInstance, platform: Platform, postgresql: Place
) -> None:
    add(platform, postgresql, password="wrong-Passw0rd")
    result = discover(instance, platform)
    (event,) = [event for event in result.all_node_events if event.is_step_failure]
    assert "does not take this user" in str(event.step_failure_data.user_failure_data)
    assert [status for status, _ in runs(platform.engine)] == ["failed"]
    assert "wrong-Passw0rd" not in failures(result)


def test_a_source_that_is_disabled_is_refused(
    instance: dg.DagsterInstance, platform: Platform, postgresql: Place
) -> None:
    add(platform, postgresql)
    with platform.engine.begin() as connection:
        switch(connection, "Shop", on=False)
    assert not discover(instance, platform).success
    ((status, message),) = runs(platform.engine)
    assert (status, "is disabled" in str(message)) == ("failed", True)


def test_a_server_that_is_away_is_tried_again(
    instance: dg.DagsterInstance,
    platform: Platform,
    postgresql: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The record of a discovery that was asked for is one, however often it is tried."""
    monkeypatch.setattr("dataviz_pipelines.failures.RETRY_AFTER_S", 0.0)
    add(platform, postgresql, port=1)
    run_id = uuid4()
    result = discover(instance, platform, discovery_id=str(run_id))
    assert not result.success
    retried = [event for event in result.all_events if event.is_step_up_for_retry]
    assert len(retried) == 3
    with platform.engine.connect() as connection:
        found = connection.execute(text("SELECT id, status FROM discovery_runs")).all()
    assert [tuple(row) for row in found] == [(run_id, "failed")]


def stall_at_the_listing(
    monkeypatch: pytest.MonkeyPatch, port: int, stalled: threading.Event
) -> None:
    """The line through this port goes dead as soon as somebody wants to know what is there."""
    listed = PostgreSQL.tables

    def tables(engine: PostgreSQL) -> Listing:
        if engine._connection.info.port == port:
            stalled.set()
        return listed(engine)

    monkeypatch.setattr(PostgreSQL, "tables", tables)


def test_R21_a_source_that_hangs_is_given_up_and_stops_no_other(
    instance: dg.DagsterInstance,
    platform: Platform,
    postgresql: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(platform, postgresql, "Other")
    stalled = threading.Event()
    with stalling("127.0.0.1", postgresql.port, stalled) as port:
        add(platform, postgresql, port=port, discovery={"deadline_s": 2})
        stall_at_the_listing(monkeypatch, port, stalled)
        hanging = threading.Thread(target=discover, args=(instance, platform))
        hanging.start()
        assert stalled.wait(60)
        assert discover(instance, platform, "Other").success
        hanging.join(60)
    with platform.engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT source.name, run.status, run.error_message FROM discovery_runs AS run "
                "JOIN data_sources AS source ON source.id = run.data_source_id ORDER BY source.name"
            )
        ).all()
    assert [(name, status) for name, status, _ in found] == [
        ("Other", "succeeded"),
        ("Shop", "failed"),
    ]
    assert "did not answer within 2 seconds" in found[1].error_message


def test_R22_a_look_that_fails_half_way_removes_nothing(
    instance: dg.DagsterInstance,
    platform: Platform,
    postgresql: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server ends the connection after the listing, however often it is tried."""
    add(platform, postgresql)
    discover(instance, platform)
    execute(postgresql, "DROP TABLE hidden")
    described = PostgreSQL.describe

    def describe(engine: PostgreSQL, tables: Sequence[Listed]) -> list[Described]:
        process = engine._connection.info.backend_pid
        execute(postgresql, f"SELECT pg_terminate_backend({process}, 10000)")
        return described(engine, tables)

    monkeypatch.setattr("dataviz_pipelines.failures.RETRY_AFTER_S", 0.0)
    monkeypatch.setattr(PostgreSQL, "describe", describe)
    assert not discover(instance, platform).success
    with platform.engine.connect() as connection:
        query = text("SELECT count(*) FROM database_metadata WHERE removed_at IS NULL")
        assert connection.execute(query).scalar_one() == 2
    assert [status for status, _ in runs(platform.engine)] == ["succeeded", *["failed"] * 4]

    monkeypatch.undo()
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")
    assert shown(discover(instance, platform))["removed"] == 1
