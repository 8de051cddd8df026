"""Everything Dagster sees, assembled."""

import dagster as dg

from dataviz_pipelines.assets.uploads import INBOX, uploads
from dataviz_pipelines.jobs.uploads import load_uploads
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.alerts import alerts
from dataviz_pipelines.sensors.audit import audit_seals
from dataviz_pipelines.sensors.inbox import inbox_files
from dataviz_pipelines.sensors.notifications import notification_deliveries
from dataviz_pipelines.sensors.runs import run_recorders
from dataviz_pipelines.sensors.sent_uploads import sent_uploads

defs = dg.Definitions(
    assets=[INBOX, uploads],
    jobs=[load_uploads],
    sensors=[
        *alerts,
        audit_seals,
        inbox_files,
        notification_deliveries,
        *run_recorders,
        sent_uploads,
    ],
    resources={"platform": Platform()},
)
