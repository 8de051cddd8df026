"""Discoveries that wait become runs, once, and partitions follow the data sources."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import dagster as dg
import pytest
from sqlalchemy import text

from dataviz_pipelines.core.discovery.queueing import ask_for_due, waiting
from dataviz_pipelines.core.sources.by_hand import add_source, parse_connection, switch
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.discovery import discoveries
from tests.core.sources.given import SERVER

LONG_AGO = timedelta(days=400)


def add(platform: Platform, name: str = "Shop", schedule: str = "never") -> UUID:
    document = {**SERVER, "discovery": {"schedule": schedule}}
    with platform.engine.begin() as connection:
        asked = parse_connection(json.dumps(document))
        vault = platform.discovering.vault
        return add_source(connection, name, asked, vault=vault, query=None).id


def ask(platform: Platform, source_id: UUID, status: str = "queued") -> UUID:
    with platform.engine.begin() as connection:
        found: UUID = connection.execute(
            text(
                "INSERT INTO discovery_runs (data_source_id, status) VALUES (:id, :status) RETURNING id"
            ),
            {"id": source_id, "status": status},
        ).scalar_one()
    return found


def tick(instance: dg.DagsterInstance, platform: Platform) -> dg.SensorResult:
    """With what Dagster does about partitions afterwards."""
    with dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}
    ) as context:
        result = discoveries(context)
    assert isinstance(result, dg.SensorResult)
    for request in result.dynamic_partitions_requests or []:
        for key in request.partition_keys:
            if isinstance(request, dg.AddDynamicPartitionsRequest):
                instance.add_dynamic_partitions(request.partitions_def_name, [key])
            else:
                instance.delete_dynamic_partition(request.partitions_def_name, key)
    return result


def partitions(instance: dg.DagsterInstance) -> list[str]:
    return sorted(instance.get_dynamic_partitions("data_sources"))


def runs(platform: Platform) -> list[tuple[str, str | None]]:
    with platform.engine.connect() as connection:
        query = text("SELECT status, error_message FROM discovery_runs ORDER BY created_at, id")
        return [(status, message) for status, message in connection.execute(query)]


def due(platform: Platform, now: datetime) -> int:
    """How many wait afterwards."""
    with platform.engine.begin() as connection:
        ask_for_due(connection, platform.discovering.vault, now)
        return len(waiting(connection))


def test_F117_there_is_a_partition_for_each_active_source(
    instance: dg.DagsterInstance, platform: Platform
) -> None:
    add(platform)
    add(platform, "Größe 😀, old")
    tick(instance, platform)
    assert partitions(instance) == ["Größe 😀, old", "Shop"]
    with platform.engine.begin() as connection:
        switch(connection, "Shop", on=False)
    tick(instance, platform)
    assert partitions(instance) == ["Größe 😀, old"]


def test_a_discovery_that_waits_is_asked_for_by_its_id(
    instance: dg.DagsterInstance, platform: Platform
) -> None:
    run_id = ask(platform, add(platform))
    (request,) = tick(instance, platform).run_requests or []
    (again,) = tick(instance, platform).run_requests or []
    assert request.run_key == again.run_key == str(run_id)
    assert request.partition_key == "Shop"
    assert request.run_config["ops"]["source_tables"]["config"] == {"discovery_id": str(run_id)}
    assert request.tags["dataviz/data_source"] == "Shop"


def test_where_nothing_waits_nothing_is_asked_for(
    instance: dg.DagsterInstance, platform: Platform
) -> None:
    add(platform)
    result = tick(instance, platform)
    assert (result.run_requests, result.skip_reason) == (
        [],
        dg.SkipReason("No discovery waits or is due."),
    )


def test_a_source_is_due_when_its_time_has_come_since_it_was_looked_at(platform: Platform) -> None:
    source_id = add(platform, schedule="0 3 * * *")
    now = datetime.now(UTC)
    three = now.replace(hour=3, minute=0, second=0, microsecond=0)
    three += timedelta(days=three <= now)
    assert due(platform, three - timedelta(minutes=1)) == 0
    assert due(platform, three) == 1
    with platform.engine.begin() as connection:
        connection.execute(
            text("UPDATE discovery_runs SET status = 'failed', created_at = :now"), {"now": three}
        )
    assert due(platform, three + timedelta(hours=23)) == 0
    assert due(platform, three + timedelta(hours=24)) == 1
    with platform.engine.connect() as connection:
        query = text("SELECT DISTINCT data_source_id FROM discovery_runs")
        assert connection.execute(query).scalar_one() == source_id


def test_times_that_were_missed_are_one_discovery(platform: Platform) -> None:
    add(platform, schedule="*/5 * * * *")
    assert due(platform, datetime.now(UTC) + LONG_AGO) == 1
    assert due(platform, datetime.now(UTC) + LONG_AGO) == 1


def test_a_source_that_wants_none_is_never_due(platform: Platform) -> None:
    add(platform, schedule="never")
    assert due(platform, datetime.now(UTC) + LONG_AGO) == 0


def test_R21_a_source_whose_secret_cannot_be_opened_stops_no_other(platform: Platform) -> None:
    add(platform, "Broken", schedule="*/5 * * * *")
    add(platform, schedule="*/5 * * * *")
    with platform.engine.begin() as connection:
        connection.execute(
            text("UPDATE data_sources SET connection_config = '{}' WHERE name = 'Broken'")
        )
        ask_for_due(connection, platform.discovering.vault, datetime.now(UTC) + LONG_AGO)
        assert [each.source_name for each in waiting(connection)] == ["Shop"]


@pytest.mark.parametrize("name", ["a...b", "a\nb"])
def test_a_name_that_dagster_does_not_take_is_said_and_stops_no_other(
    instance: dg.DagsterInstance, platform: Platform, name: str
) -> None:
    ask(platform, add(platform, name))
    ask(platform, add(platform))
    (request,) = tick(instance, platform).run_requests or []
    assert (request.partition_key, partitions(instance)) == ("Shop", ["Shop"])
    ((status, message), _) = runs(platform)
    assert (status, "Rename the data source" in str(message)) == ("failed", True)


def test_one_whose_source_was_disabled_ends(
    instance: dg.DagsterInstance, platform: Platform
) -> None:
    ask(platform, add(platform))
    with platform.engine.begin() as connection:
        switch(connection, "Shop", on=False)
    assert tick(instance, platform).run_requests == []
    assert runs(platform) == [
        ("failed", "The data source was disabled before the discovery began.")
    ]


def test_one_whose_run_never_began_ends(instance: dg.DagsterInstance, platform: Platform) -> None:
    run_id = ask(platform, add(platform))
    job = defs.resolve_job_def("discover_sources")
    lost = instance.create_run_for_job(job, tags={"dagster/run_key": str(run_id)})
    assert len(tick(instance, platform).run_requests or []) == 1
    instance.report_run_failed(lost)
    assert tick(instance, platform).run_requests == []
    ((status, message),) = runs(platform)
    assert (status, lost.run_id in str(message)) == ("failed", True)


def test_one_whose_process_died_ends_and_one_that_runs_does_not(
    instance: dg.DagsterInstance, platform: Platform
) -> None:
    ask(platform, add(platform, "Dead"), "running")
    alive = add(platform)
    ask(platform, alive, "running")
    with platform.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"),
            {"name": f"dataviz discovery {alive}"},
        )
        tick(instance, platform)
    assert runs(platform) == [
        ("failed", "The process ended before the discovery did."),
        ("running", None),
    ]


def test_only_one_discovery_of_a_source_waits(platform: Platform) -> None:
    source_id = add(platform, schedule="*/5 * * * *")
    ask(platform, source_id)
    assert due(platform, datetime.now(UTC) + LONG_AGO) == 1
