"""What moto does not answer, but servers do: recorded answers."""

import httpx
import pytest

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.job_types.upload_ingestion.bucket_answers import refusal
from dataviz_pipelines.core.job_types.upload_ingestion.bucket_pages import parsed
from dataviz_pipelines.core.job_types.upload_ingestion.config import BucketConfig
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    BucketRefusedError,
    FileUnreadableError,
)

BUCKET = BucketConfig(kind="s3", bucket="exports", access_key_id="AKIA")
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "open-sesame">]><Error><Code>&a;</Code></Error>"""


def told(status: int, body: bytes) -> DatavizError:
    return refusal(BUCKET, httpx.Response(status), body, shown="a.csv")


def error(code: str, more: str = "") -> bytes:
    return f"<Error><Code>{code}</Code><Message>open-sesame</Message>{more}</Error>".encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (
            301,
            error("PermanentRedirect", "<Region>eu-central-1</Region>"),
            BucketRefusedError,
            "The bucket exports is in another region, eu-central-1.",
        ),
        (
            400,
            error("AuthorizationHeaderMalformed", "<Region>no region!</Region>"),
            BucketRefusedError,
            "The bucket exports is in another region. Put its region",
        ),
        (403, error("RequestTimeTooSkewed"), BucketRefusedError, "Set the clock that is wrong."),
        (403, error("InvalidObjectState"), FileUnreadableError, "a.csv is archived."),
        (404, error("NoSuchKey"), FileUnreadableError, "a.csv is gone."),
        (503, error("SlowDown"), UnavailableError, "answered with 503 (SlowDown)"),
        (400, error("open sesame"), BucketRefusedError, "answered with 400 when it was asked for"),
        (404, b"<html>open-sesame", BucketRefusedError, "answered with 404 when it was asked for"),
        (403, BOMB, BucketRefusedError, "answered with 403 when it was asked for"),
    ],
)
def test_an_answer_is_told_in_words_of_our_own(
    status: int, body: bytes, kind: type[DatavizError], said: str
) -> None:
    found = told(status, body)
    assert type(found) is kind
    assert said in str(found)
    assert "sesame" not in str(found)


def test_S57_an_entity_in_an_answer_is_not_expanded() -> None:
    assert parsed(BOMB) is None
    assert parsed(error("SlowDown")) is not None
