"""Who asks a bucket for its objects, and the signature by which the server knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.job_types.upload_ingestion.config import (
    BucketConfig,
    UploadIngestionConfig,
)
from dataviz_pipelines.core.job_types.upload_ingestion.errors import BucketNotAllowedError
from dataviz_pipelines.core.scheduling.credentials import opened
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.settings import Settings


@dataclass(frozen=True)
class Signer:
    """`credentials` are botocore's; a role's renew themselves."""

    region: str
    credentials: Any = field(repr=False)

    def headers(self, url: str) -> Mapping[str, str]:
        """For a GET of exactly this URL, within minutes."""
        request = AWSRequest("GET", url)
        try:
            current = self.credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise _not_there() from error
        S3SigV4Auth(current, "s3", self.region).add_auth(request)
        return dict(request.headers.items())


def signer_of(context: JobContext[UploadIngestionConfig], source: BucketConfig) -> Signer:
    """Raises what opening the job's credentials raises, BucketNotAllowedError and ConfigurationError."""
    log_in = source.log_in
    if log_in is None:
        return Signer(source.region, _machines(source, context.settings))
    secret = opened(context, log_in).secret_access_key.get_secret_value()
    context.log.hide(secret)
    return Signer(source.region, Credentials(source.access_key_id, secret))


def _machines(source: BucketConfig, settings: Settings) -> Any:
    if source.url not in settings.import_bucket_list:
        raise BucketNotAllowedError(
            f"{source.url} is no bucket that may be read with the machine's own credentials.",
            remedy="Name an access_key_id, or have whoever runs the platform allow it with DATAVIZ_IMPORT_BUCKETS.",
        )
    from botocore.session import Session  # brings much that keys alone do not need

    try:
        found = Session().get_credentials()
    except BotoCoreError as error:
        raise _not_there() from error
    if found is None:
        raise _not_there()
    return found


def _not_there() -> ConfigurationError:
    return ConfigurationError(
        "The platform's machine has no credentials for buckets, or cannot renew them.",
        remedy="Give it a role or a profile, or name an access_key_id.",
    )
