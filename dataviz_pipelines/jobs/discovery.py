"""The job that looks into one data source. What bounds its runs are their tags: dagster.yaml says how many of them run."""

import dagster as dg

from dataviz_pipelines.assets.source_tables import SOURCE_TABLES

BOUNDED = {"dataviz/pool": "discovery"}
SOURCE_TAG = "dataviz/data_source"

discover_sources = dg.define_asset_job(
    "discover_sources",
    selection=dg.AssetSelection.assets(SOURCE_TABLES),
    executor_def=dg.in_process_executor,
    tags=BOUNDED,
    description="Looks what is in a data source, and what changed in it.",
)
