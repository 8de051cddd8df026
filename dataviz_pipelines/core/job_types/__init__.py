"""The types of jobs that this installation runs. A new one is a module that makes a `Runner`, and its name here."""

from typing import Final

from dataviz_pipelines.core.job_types.analytics_rollup import ANALYTICS_ROLLUP
from dataviz_pipelines.core.job_types.data_quality_check import DATA_QUALITY_CHECK
from dataviz_pipelines.core.job_types.http_call import HTTP_CALL
from dataviz_pipelines.core.job_types.metadata_discovery import METADATA_DISCOVERY
from dataviz_pipelines.core.job_types.query_refresh import QUERY_REFRESH
from dataviz_pipelines.core.job_types.report_delivery import REPORT_DELIVERY
from dataviz_pipelines.core.job_types.upload_ingestion import UPLOAD_INGESTION
from dataviz_pipelines.core.scheduling.job_types import Runners

_ALL: Final = (
    ANALYTICS_ROLLUP,
    DATA_QUALITY_CHECK,
    HTTP_CALL,
    METADATA_DISCOVERY,
    QUERY_REFRESH,
    REPORT_DELIVERY,
    UPLOAD_INGESTION,
)
RUNNERS: Final[Runners] = {each.job_type.value: each for each in _ALL}

__all__ = ["RUNNERS"]
