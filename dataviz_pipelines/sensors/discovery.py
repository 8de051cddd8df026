"""Asks for a look at data sources, when somebody wants one or its time has come, and keeps their partitions in step."""

from collections.abc import Collection, Iterator

import dagster as dg
from dagster._core.definitions.partitions.utils.base import (
    INVALID_PARTITION_SUBSTRINGS,  # it has no public name
)

from dataviz_pipelines.assets.source_tables import sources
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.discovery.queueing import (
    Waiting,
    ask_for_due,
    end_abandoned,
    end_waiting,
    waiting,
)
from dataviz_pipelines.jobs.discovery import SOURCE_TAG, discover_sources
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.fates import RUN_KEY_TAG

INTERVAL_S = 10
PARTITIONS = sources.name or ""


@dg.sensor(
    job=discover_sources,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests a run for each discovery that waits or is due, and has a partition for each active data source.",
)
def discoveries(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Key: a run key is the discovery's id, so a tick that is repeated asks for nothing twice."""
    with platform.engine.begin() as connection:
        end_abandoned(connection)
    with platform.engine.begin() as connection:
        active = ask_for_due(connection, platform.discovering.vault, utc_now())
        wanted = waiting(connection)
        lost = {each: why for each in wanted if (why := _lost(context.instance, each, active))}
        for each, why in lost.items():
            end_waiting(connection, each.run_id, why)
    requests = [_request(each) for each in wanted if each not in lost]
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=list(_partitions(context.instance, active)),
        skip_reason=None if requests else dg.SkipReason("No discovery waits or is due."),
    )


def _request(wanted: Waiting) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=str(wanted.run_id),
        partition_key=wanted.source_name,
        run_config={"ops": {"source_tables": {"config": {"discovery_id": str(wanted.run_id)}}}},
        tags={SOURCE_TAG: wanted.source_name},
    )


def _lost(instance: dg.DagsterInstance, wanted: Waiting, active: Collection[str]) -> str | None:
    """Why it will never begin."""
    if wanted.source_name not in active:
        return "The data source was disabled before the discovery began."
    if not _can_be_partition(wanted.source_name):
        return "Dagster takes no name with line breaks or `...` in it. Rename the data source."
    tags = {RUN_KEY_TAG: str(wanted.run_id)}
    asked = instance.get_runs(dg.RunsFilter(tags=tags), limit=1)
    if asked and asked[0].is_finished:
        return (
            f"Dagster's run {asked[0].run_id} ended before the discovery began; its log says why."
        )
    return None


def _partitions(
    instance: dg.DagsterInstance, active: Collection[str]
) -> Iterator[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    there = set(instance.get_dynamic_partitions(PARTITIONS))
    wanted = {name for name in active if _can_be_partition(name)}
    if wanted - there:
        yield sources.build_add_request(sorted(wanted - there))
    if there - wanted:
        yield sources.build_delete_request(sorted(there - wanted))


def _can_be_partition(name: str) -> bool:
    return not any(part in name for part in INVALID_PARTITION_SUBSTRINGS)
