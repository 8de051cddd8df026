"""The types of jobs that this installation runs. A new one is a module that makes a `Runner`, and its name here."""

from typing import Final

from dataviz_pipelines.core.job_types.http_call import HTTP_CALL
from dataviz_pipelines.core.job_types.metadata_discovery import METADATA_DISCOVERY
from dataviz_pipelines.core.job_types.upload_ingestion import UPLOAD_INGESTION
from dataviz_pipelines.core.scheduling.job_types import Runners

RUNNERS: Final[Runners] = {
    each.job_type.value: each for each in (HTTP_CALL, METADATA_DISCOVERY, UPLOAD_INGESTION)
}

__all__ = ["RUNNERS"]
