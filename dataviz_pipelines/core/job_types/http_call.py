"""Calls a URL: a webhook of another program, a health check, a task that something else does."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import SplitResult, urlsplit

import httpx
from pydantic import AfterValidator, Field, StringConstraints

from dataviz_pipelines.core.errors import ConfigurationError, UnavailableError
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner

SHOWN_BYTES: Final = 4_000
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
OUR_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it must begin with http:// or https:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("it must hold no password; name one in secret_headers")
    parts.port  # noqa: B018  # raises ValueError for what is no port
    return text


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name in headers:
        if name.lower() in OUR_HEADERS:
            raise ValueError(f"{name} is not yours to set")
    return headers


def _plain_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name in headers:
        if name.lower() in SECRET_HEADERS:
            raise ValueError(f"{name} is a secret; name one in secret_headers")
    return headers


HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\t\x20-\x7e]{0,2000}$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


class HttpCallConfig(Document):
    """`secret_headers` name secrets, whose values are in the setting `job_secrets` and never in the database. `expected_status` None: any from 200 to 299. Redirects are not followed."""

    url: Annotated[str, StringConstraints(max_length=2_000), AfterValidator(_url)]
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: Annotated[
        dict[HeaderName, HeaderValue], AfterValidator(_headers), AfterValidator(_plain_headers)
    ] = Field(default_factory=dict, max_length=50)
    secret_headers: Annotated[dict[HeaderName, SecretName], AfterValidator(_headers)] = Field(
        default_factory=dict, max_length=10
    )
    body: str | None = Field(None, max_length=100_000)
    expected_status: list[Annotated[int, Field(ge=100, le=599)]] | None = Field(
        None, min_length=1, max_length=50
    )
    timeout_s: float = Field(30, ge=0.1, le=300)


def call(context: JobContext[HttpCallConfig]) -> None:
    """The address that was checked is the one that is connected to. `Idempotency-Key` stays the same when a run is tried
    again, so that whoever is called can tell."""
    config = context.config
    headers = {
        "User-Agent": "DataViz-Pipelines",
        "Idempotency-Key": context.run_key,
        **config.headers,
        **_secrets(context),
    }
    status = _called(context, headers)
    expected = config.expected_status or range(200, 300)
    if status not in expected:
        raise JobFailedError(f"{config.method} {_shown(config.url)} was answered with {status}.")


def _secrets(context: JobContext[HttpCallConfig]) -> dict[str, str]:
    known, found = context.settings.job_secrets, {}
    for header, name in context.config.secret_headers.items():
        if name not in known:
            raise ConfigurationError(
                f"The secret {name} is not there.", remedy="Add it to DATAVIZ_JOB_SECRETS."
            )
        found[header] = value = known[name].get_secret_value()
        context.log.hide(value)
        context.log.hide(value.rpartition(" ")[2])  # without a word such as Bearer
    return found


def _called(context: JobContext[HttpCallConfig], headers: Mapping[str, str]) -> int:
    config, log = context.config, context.log
    parts = urlsplit(config.url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    reached = network_guard(context.settings).check(host, port)
    pinned: dict[str, Any] = {
        "headers": {**headers, "Host": parts.netloc},
        "extensions": {"sni_hostname": host},
        "content": config.body,
    }
    url = _at(parts, reached.addresses[0], port)
    try:
        with (
            httpx.Client(timeout=config.timeout_s, trust_env=False) as client,
            client.stream(config.method, url, **pinned) as answer,
        ):
            log.say(f"{config.method} {_shown(config.url)} at {reached.addresses[0]}")
            log.say(f"{answer.status_code} {answer.reason_phrase}\n{_beginning(answer)}".strip())
            return answer.status_code
    except httpx.HTTPError as error:
        raise UnavailableError(
            f"{_shown(config.url)} did not answer: {type(error).__name__}.",
            remedy="Look whether it runs, and whether the platform reaches it.",
        ) from error


def _at(parts: SplitResult, address: str, port: int) -> str:
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{host}:{port}", fragment="").geturl()


def _beginning(answer: httpx.Response) -> str:
    """What is shown of it; the rest is not read."""
    read = b""
    for chunk in answer.iter_bytes(SHOWN_BYTES):
        read += chunk
        if len(read) >= SHOWN_BYTES:
            break
    return read[:SHOWN_BYTES].decode(answer.encoding or "utf-8", errors="replace")


def _shown(url: str) -> str:
    """Without its query, which often holds a key."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


HTTP_CALL: Final = Runner(
    job_type=JobType.HTTP_CALL, config=HttpCallConfig, run=call, timeout_s=360
)
