"""Tells Dagster of uploads that no run of its own has loaded, so that they are seen where dropped files are."""

import json
from uuid import UUID

import dagster as dg

from dataviz_pipelines.assets.upload_checks import check_evaluations
from dataviz_pipelines.assets.upload_events import file_event
from dataviz_pipelines.assets.uploads import UPLOADS, templates
from dataviz_pipelines.core.ingestion.uploading.reporting import mark_reported, unreported_uploads
from dataviz_pipelines.resources import Platform

INTERVAL_S = 5
PARTITIONS = templates.name or ""


@dg.sensor(
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reports files that were sent over HTTP, and uploads that were undone, as events of `uploads`.",
)
def sent_uploads(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Key: the cursor names the uploads of the tick before. Dagster saves it after their events, so that they were reported
    is certain only now."""
    mark_reported(platform.engine, [UUID(each) for each in json.loads(context.cursor or "[]")])
    records = unreported_uploads(platform.engine)
    names = sorted({record.template for record in records})
    unknown = [
        name for name in names if not context.instance.has_dynamic_partition(PARTITIONS, name)
    ]
    return dg.SensorResult(
        asset_events=[
            *(file_event(UPLOADS, record) for record in records),
            *check_evaluations(platform.engine, UPLOADS, records),
        ],
        dynamic_partitions_requests=[templates.build_add_request(unknown)] if unknown else [],
        skip_reason=None if records else dg.SkipReason("Nothing has been sent."),
        cursor=json.dumps([str(record.id) for record in records]),
    )
