"""The job that loads dropped files. Files of a batch share one process; a run for each would cost seconds a file."""

import dagster as dg

from dataviz_pipelines.assets.uploads import UPLOADS

load_uploads = dg.define_asset_job(
    "load_uploads",
    selection=dg.AssetSelection.assets(UPLOADS),
    executor_def=dg.in_process_executor,
    description="Loads a batch of dropped files, or files named by `upload_ids`, or whatever waits for a template.",
)
