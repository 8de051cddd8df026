"""Takes files from where others put them, a folder, web servers, a bucket or an SFTP server, and loads them through a template."""

from typing import Final

from dataviz_pipelines.core.job_types.upload_ingestion.config import UploadIngestionConfig
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner


def take_and_load(context: JobContext[UploadIngestionConfig]) -> None:
    from dataviz_pipelines.core.job_types.upload_ingestion.taking import run  # brings the readers

    run(context)


UPLOAD_INGESTION: Final = Runner(
    job_type=JobType.UPLOAD_INGESTION,
    config=UploadIngestionConfig,
    run=take_and_load,
    timeout_s=3_600,
    heavy=True,
    target=ResourceType.UPLOAD_TEMPLATE,
    permissions=("uploads:create",),
    log_in=lambda config: config.log_in,
    is_repeatable=True,
)
