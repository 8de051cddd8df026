"""Looks into the inbox, takes what is complete, and asks for the runs that load it."""

import dagster as dg

from dataviz_pipelines.assets.uploads import templates
from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.health.service import INBOX_SENSOR, record_beat
from dataviz_pipelines.core.ingestion.drops.healing import heal_uploads
from dataviz_pipelines.core.ingestion.drops.service import (
    heal_batches,
    make_batches,
    make_inbox_folders,
    overlooked_files,
    take_settled_files,
)
from dataviz_pipelines.core.ingestion.drops.store import Batch
from dataviz_pipelines.jobs.uploads import load_uploads
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.fates import fate_of_request, fate_of_run

INTERVAL_S = 5  # Dagster's sensor loop is no faster
PATIENCE_S = 3.0  # spent looking, so that a file seldom waits for the next tick
BATCH_TAG = ".dagster/dataviz_batch"  # Dagster's pages show no tag of this prefix; the run's config has the id
NO_RETRIES = {"dagster/max_retries": "0"}  # a lost batch is asked for again here, with a bound


@dg.sensor(
    job=load_uploads,
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes complete files from inbox/TEMPLATE/ and requests a run for each batch of them.",
)
def inbox_files(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Key: a run key is a batch's id and attempt, so a tick that is repeated asks for nothing twice. The cursor holds what
    was said last about files that nobody will take, so that it is logged once."""
    drops = platform.drops
    names = make_inbox_folders(drops)
    heal_batches(drops, lambda batch: _fate(context.instance, batch))
    heal_uploads(drops, lambda run_id: fate_of_run(context.instance, run_id))
    take_settled_files(drops, patience_s=PATIENCE_S)
    record_beat(platform.engine, INBOX_SENSOR)
    requests = [_request(batch) for batch in make_batches(drops)]
    overlooked = "\n".join(overlooked_files(drops))
    if overlooked and overlooked != context.cursor:
        context.log.warning(overlooked)
    unknown = sorted(
        set(names) - set(context.instance.get_dynamic_partitions(templates.name or ""))
    )
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[templates.build_add_request(unknown)] if unknown else [],
        skip_reason=None if requests else _idle(overlooked),
        cursor=overlooked,
    )


def _idle(overlooked: str) -> dg.SkipReason:
    return dg.SkipReason(f"No complete file is waiting.\n{overlooked}".strip())


def _run_key(batch: Batch) -> str:
    return f"{batch.id}-{batch.attempt}"


def _request(batch: Batch) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=_run_key(batch),
        partition_key=batch.template,
        run_config={"ops": {"uploads": {"config": {"batch_id": str(batch.id)}}}},
        tags={BATCH_TAG: str(batch.id), **NO_RETRIES},
    )


def _fate(instance: dg.DagsterInstance, batch: Batch) -> Fate:
    return fate_of_request(instance, _run_key(batch), run_id=batch.dagster_run_id)
