"""Everything Dagster sees, assembled."""

import dagster as dg

from dataviz_pipelines.assets.rollups import DAILY, HOURLY, LOGS
from dataviz_pipelines.assets.source_tables import DATA_SOURCES, source_tables
from dataviz_pipelines.assets.uploads import INBOX, uploads
from dataviz_pipelines.jobs.discovery import discover_sources
from dataviz_pipelines.jobs.rollups import SCHEDULES, roll_days, roll_hours
from dataviz_pipelines.jobs.scheduled import scheduled_jobs
from dataviz_pipelines.jobs.uploads import load_uploads
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.alerts import alerts
from dataviz_pipelines.sensors.audit import audit_seals
from dataviz_pipelines.sensors.discovery import discoveries
from dataviz_pipelines.sensors.inbox import inbox_files
from dataviz_pipelines.sensors.notifications import notification_deliveries
from dataviz_pipelines.sensors.rollups import changed_hours
from dataviz_pipelines.sensors.runs import run_recorders
from dataviz_pipelines.sensors.scheduler import scheduler
from dataviz_pipelines.sensors.sent_uploads import sent_uploads

defs = dg.Definitions(
    assets=[DATA_SOURCES, INBOX, source_tables, uploads, *LOGS, *HOURLY, *DAILY],
    jobs=[discover_sources, load_uploads, roll_days, roll_hours, *scheduled_jobs],
    schedules=SCHEDULES,
    sensors=[
        *alerts,
        audit_seals,
        changed_hours,
        discoveries,
        inbox_files,
        notification_deliveries,
        *run_recorders,
        scheduler,
        sent_uploads,
    ],
    resources={"platform": Platform()},
)
