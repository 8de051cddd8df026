"""What servers of buckets mean when they refuse something, in words that a person can act on."""

import re
from typing import Final

import httpx

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.job_types.upload_ingestion.bucket_pages import parsed
from dataviz_pipelines.core.job_types.upload_ingestion.config import BucketConfig
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    BucketRefusedError,
    FileUnreadableError,
)

_CODE: Final = re.compile(r"^[A-Za-z0-9.]{1,60}$")
_REGION: Final = re.compile(r"^[a-z0-9-]{1,50}$")
_ENTER_AGAIN: Final = "Enter the job's credentials again."
_REGION_FIELD: Final = (
    "Put its region into the configuration, and its endpoint if that has another one too."
)

_REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "NoSuchBucket": (
        "{server} has no bucket {bucket}.",
        "Check its name, the endpoint and the region.",
    ),
    "InvalidAccessKeyId": (
        "{server} does not know the access key {key}.",
        "Check access_key_id, and whether the key was withdrawn.",
    ),
    "SignatureDoesNotMatch": (
        "The secret is not that of the access key {key}.",
        _ENTER_AGAIN,
    ),
    "AccessDenied": (
        "The access key {key} may not read {shown}.",
        "It needs s3:ListBucket on the bucket and s3:GetObject on its objects.",
    ),
    "PermanentRedirect": ("The bucket {bucket} is in another region{region}.", _REGION_FIELD),
    "AuthorizationHeaderMalformed": (
        "The bucket {bucket} is in another region{region}.",
        _REGION_FIELD,
    ),
    "RequestTimeTooSkewed": (
        "The clocks of {server} and of the platform's machine differ by many minutes.",
        "Set the clock that is wrong.",
    ),
    "ExpiredToken": ("The machine's credentials have expired.", "Renew them."),
    "InvalidToken": ("The machine's credentials are not valid at {server}.", "Renew them."),
}
_OF_A_FILE: Final[dict[str, tuple[str, str]]] = {
    "NoSuchKey": ("{shown} is gone.", ""),
    "InvalidObjectState": ("{shown} is archived.", "Restore it first."),
}


def refusal(
    config: BucketConfig, answer: httpx.Response, body: bytes, *, shown: str
) -> DatavizError:
    """`shown` is what was asked for. What the server wrote is not repeated, beyond words that are known."""
    page = parsed(body)
    code = "" if page is None else page.findtext("{*}Code", "")
    region = "" if page is None else page.findtext("{*}Region", "")
    region = region or answer.headers.get("x-amz-bucket-region", "")
    facts = {
        "server": config.server,
        "bucket": config.bucket,
        "key": config.access_key_id or "of the machine",
        "shown": shown,
        "region": f", {region}" if _REGION.fullmatch(region) else "",
    }
    if code in _OF_A_FILE:
        message, remedy = _OF_A_FILE[code]
        return FileUnreadableError(message.format(**facts), remedy=remedy or None)
    if code in _REFUSALS:
        message, remedy = _REFUSALS[code]
        return BucketRefusedError(message.format(**facts), remedy=remedy)
    named = f" ({code})" if _CODE.fullmatch(code) else ""
    said = (
        f"{config.server} answered with {answer.status_code}{named} when it was asked for {shown}."
    )
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UnavailableError(said, remedy="The next run asks again.")
    return BucketRefusedError(
        said, remedy="Check the endpoint: it must be the server's S3 interface."
    )
