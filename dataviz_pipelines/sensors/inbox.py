"""Looks into the inbox, takes what is complete, and asks for the runs that load it."""

import dagster as dg

from dataviz_pipelines.assets.uploads import templates
from dataviz_pipelines.core.health.service import INBOX_SENSOR, record_beat
from dataviz_pipelines.core.ingestion.drops.service import (
    heal_batches,
    make_batches,
    make_inbox_folders,
    take_settled_files,
)
from dataviz_pipelines.core.ingestion.drops.store import Batch
from dataviz_pipelines.jobs.uploads import load_uploads
from dataviz_pipelines.resources import Platform

INTERVAL_S = 5  # Dagster's sensor loop is no faster


@dg.sensor(
    job=load_uploads,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes complete files from inbox/TEMPLATE/ and requests a run for each batch of them.",
)
def inbox_files(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult:
    """Key: a run key is a batch's id and attempt, so a tick that is repeated asks for nothing twice."""
    drops = platform.drops
    names = make_inbox_folders(drops)
    heal_batches(drops, lambda run_id: _is_over(context.instance, run_id))
    take_settled_files(drops)
    record_beat(platform.engine, INBOX_SENSOR)
    requests = [_request(batch) for batch in make_batches(drops)]
    unknown = sorted(
        set(names) - set(context.instance.get_dynamic_partitions(templates.name or ""))
    )
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[templates.build_add_request(unknown)] if unknown else [],
        skip_reason=None if requests else dg.SkipReason("No complete file is waiting."),
    )


def _request(batch: Batch) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{batch.id}-{batch.attempt}",
        partition_key=batch.template,
        run_config={"ops": {"uploads": {"config": {"batch_id": str(batch.id)}}}},
        tags={"dataviz/batch": str(batch.id)},
    )


def _is_over(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished
