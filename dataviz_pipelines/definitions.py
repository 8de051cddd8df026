"""Everything Dagster sees, assembled."""

import dagster as dg

from dataviz_pipelines.assets.source_tables import DATA_SOURCES, source_tables
from dataviz_pipelines.assets.uploads import INBOX, uploads
from dataviz_pipelines.jobs.discovery import discover_sources
from dataviz_pipelines.jobs.scheduled import scheduled_jobs
from dataviz_pipelines.jobs.uploads import load_uploads
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.audit import audit_seals
from dataviz_pipelines.sensors.discovery import discoveries
from dataviz_pipelines.sensors.inbox import inbox_files
from dataviz_pipelines.sensors.runs import run_recorders
from dataviz_pipelines.sensors.scheduler import scheduler
from dataviz_pipelines.sensors.sent_uploads import sent_uploads

defs = dg.Definitions(
    assets=[DATA_SOURCES, INBOX, source_tables, uploads],
    jobs=[discover_sources, load_uploads, *scheduled_jobs],
    sensors=[audit_seals, discoveries, inbox_files, *run_recorders, scheduler, sent_uploads],
    resources={"platform": Platform()},
)
