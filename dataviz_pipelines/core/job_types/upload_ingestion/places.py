"""Which module finds the files of which kind of place. Two need libraries that nobody else should have to load."""

from contextlib import ExitStack
from typing import assert_never

from dataviz_pipelines.core.job_types.upload_ingestion import folders, urls
from dataviz_pipelines.core.job_types.upload_ingestion.config import (
    BucketConfig,
    FolderConfig,
    SftpConfig,
    UploadIngestionConfig,
    WebConfig,
)
from dataviz_pipelines.core.job_types.upload_ingestion.found import Found
from dataviz_pipelines.core.scheduling.job_types import JobContext


def find(context: JobContext[UploadIngestionConfig], stack: ExitStack) -> list[Found]:
    """They can be opened until `stack` is closed."""
    source = context.config.source
    match source:
        case FolderConfig():
            return folders.find(source, context.settings)
        case WebConfig():
            return urls.find(source, context.settings, context.log)
        case BucketConfig():
            return _in_bucket(context, source)
        case SftpConfig():
            return _on_sftp_server(context, source, stack)
        case _:
            assert_never(source)


def _in_bucket(context: JobContext[UploadIngestionConfig], source: BucketConfig) -> list[Found]:
    from dataviz_pipelines.core.job_types.upload_ingestion import buckets, signing

    return buckets.find(source, context.settings, signing.signer_of(context, source))


def _on_sftp_server(
    context: JobContext[UploadIngestionConfig], source: SftpConfig, stack: ExitStack
) -> list[Found]:
    from dataviz_pipelines.core.job_types.upload_ingestion import sftp, sftp_sessions

    session = stack.enter_context(sftp_sessions.logged_in(context, source))
    return sftp.find(source, session, settle_s=context.settings.inbox_settle_s)
