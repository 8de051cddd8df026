"""The asset that dropped files become: one partition a template, one materialization a file."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import dagster as dg

from dataviz_pipelines.assets.upload_checks import CHECKS, check_results
from dataviz_pipelines.assets.upload_events import file_event
from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion.drops.service import load_batch, load_uploads, load_waiting
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.failures import as_failure
from dataviz_pipelines.resources import Platform

UPLOADS = dg.AssetKey("uploads")
INBOX = dg.AssetSpec(
    "inbox",
    group_name="ingestion",
    kinds={"file"},
    owners=["team:analysts"],
    description="Files that people drop into `inbox/TEMPLATE/`; watched by the sensor `inbox_files`.",
)
templates = dg.DynamicPartitionsDefinition(name="upload_templates")


class UploadsConfig(dg.Config):
    """What to load. Nothing given: whatever waits for the template of the partition."""

    batch_id: str | None = None
    upload_ids: list[str] = []  # noqa: RUF012  # a dagster config field; load these files again, by their upload ids


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            UPLOADS,
            deps=[INBOX],
            skippable=True,
            partitions_def=templates,
            group_name="ingestion",
            kinds={"python", "polars", "postgres"},
            owners=["team:data-platform"],
            description="Rows of dropped files that passed their template, in PostgreSQL. Each materialization is one "
            "file; rejected rows lie in its reject file. Launch with `upload_ids` to load files again.",
            freshness_policy=dg.FreshnessPolicy.time_window(
                warn_window=timedelta(days=8), fail_window=timedelta(days=35)
            ),
        )
    ],
    check_specs=CHECKS,
    pool="uploads",
)
def uploads(
    context: dg.AssetExecutionContext, config: UploadsConfig, platform: dg.ResourceParam[Platform]
) -> Iterator[dg.AssetCheckResult]:
    """Key: the upload's id; what has been loaded is not loaded again."""
    records: list[UploadRecord] = []
    with as_failure():
        for record in _load(context, config, platform):
            context.log_event(file_event(UPLOADS, record))
            records.append(record)
    yield from check_results(platform.engine, UPLOADS, records)


def _load(
    context: dg.AssetExecutionContext, config: UploadsConfig, platform: Platform
) -> Iterator[UploadRecord]:
    if config.batch_id is not None:
        return load_batch(platform.drops, _id(config.batch_id), context.run.run_id)
    if config.upload_ids:
        return load_uploads(
            platform.drops, [_id(each) for each in config.upload_ids], context.run.run_id
        )
    return load_waiting(platform.drops, context.partition_key, context.run.run_id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is not an id.",
            remedy="Copy the upload_id from a materialization or an observation of `uploads`.",
        ) from error
