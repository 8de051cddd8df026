"""Calls a URL: a webhook of another program, a health check, a task that something else does."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import httpx
from pydantic import AfterValidator, Field, StringConstraints

from dataviz_pipelines.core.job_types.web import (
    HeaderName,
    Question,
    SecretHeaders,
    Url,
    asked,
    checked_headers,
    secrets_of,
    shown,
)
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner

SHOWN_BYTES: Final = 4_000
SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


def _plain_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name in headers:
        if name.lower() in SECRET_HEADERS:
            raise ValueError(f"{name} is a secret; name one in secret_headers")
    return headers


HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\t\x20-\x7e]{0,2000}$")]


class HttpCallConfig(Document):
    """`secret_headers` name secrets, whose values are in the setting `job_secrets` and never in the database. `expected_status` None: any from 200 to 299. Redirects are not followed."""

    url: Url
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: Annotated[
        dict[HeaderName, HeaderValue],
        AfterValidator(checked_headers),
        AfterValidator(_plain_headers),
    ] = Field(default_factory=dict, max_length=50)
    secret_headers: SecretHeaders = Field(default_factory=dict, max_length=10)
    body: str | None = Field(None, max_length=100_000)
    expected_status: list[Annotated[int, Field(ge=100, le=599)]] | None = Field(
        None, min_length=1, max_length=50
    )
    timeout_s: float = Field(30, ge=0.1, le=300)


def call(context: JobContext[HttpCallConfig]) -> None:
    """`Idempotency-Key` stays the same when a run is tried again, so that whoever is called can tell."""
    config = context.config
    headers = {
        "User-Agent": "DataViz-Pipelines",
        "Idempotency-Key": context.run_key,
        **config.headers,
        **secrets_of(context.settings, config.secret_headers, context.log),
    }
    status = _called(context, headers)
    expected = config.expected_status or range(200, 300)
    if status not in expected:
        raise JobFailedError(f"{config.method} {shown(config.url)} was answered with {status}.")


def _called(context: JobContext[HttpCallConfig], headers: Mapping[str, str]) -> int:
    config, log = context.config, context.log
    question = Question(config.url, headers, config.timeout_s, config.method, config.body)
    with asked(context.settings, question) as answer:
        response = answer.response
        log.say(f"{config.method} {shown(config.url)} at {answer.address}")
        log.say(f"{response.status_code} {response.reason_phrase}\n{_beginning(response)}".strip())
        return response.status_code


def _beginning(answer: httpx.Response) -> str:
    """What is shown of it; the rest is not read."""
    read = b""
    for chunk in answer.iter_bytes(SHOWN_BYTES):
        read += chunk
        if len(read) >= SHOWN_BYTES:
            break
    return read[:SHOWN_BYTES].decode(answer.encoding or "utf-8", errors="replace")


HTTP_CALL: Final = Runner(
    job_type=JobType.HTTP_CALL, config=HttpCallConfig, run=call, timeout_s=360
)
