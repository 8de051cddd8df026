"""Dagster's webserver on this machine, and what passes between it and a browser."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

import httpx
from anyio import CancelScope, CapacityLimiter
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.dagster_ui.errors import DagsterUnavailableError
from dataviz_pipelines.core.settings import DAGSTER_PATH, READ_ONLY_HEADER, Settings

_HOST: Final = "127.0.0.1"
_USUAL_PORT: Final = 3000
_MOST_LOOK_UPS: Final = 4
_LIMITS: Final = httpx.Limits(max_connections=50, max_keepalive_connections=10)
_TIMEOUT: Final = httpx.Timeout(120, connect=3, pool=10)
_REQUEST_HEADERS: Final = (
    *("accept", "accept-encoding", "accept-language", "user-agent"),
    *("if-modified-since", "if-none-match", "if-range", "range"),
)
_RESPONSE_HEADERS: Final = (
    *("content-type", "content-length", "content-encoding", "content-disposition", "vary"),
    *("accept-ranges", "content-range", "cache-control", "etag", "last-modified"),
)
_NAMED_BY_CONTENT: Final = f"{DAGSTER_PATH}/_next/static/"
_FOR_A_DAY: Final = "private, max-age=86400"
_AND_NOTHING_ELSE: Final = (
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "frame-src 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Upstream:
    port: int
    client: httpx.AsyncClient
    limiter: CapacityLimiter

    @property
    def authority(self) -> str:
        return f"{_HOST}:{self.port}"

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Headers,
        read_only: bool,
        query: str = "",
        body: bytes | None = None,
    ) -> "Forwarded":
        """`path` is below /dagster and decoded. Raises DagsterUnavailableError."""
        target = quote(f"{DAGSTER_PATH}/{path}") + (f"?{query}" if query else "")
        request = self.client.build_request(
            method,
            httpx.URL(scheme="http", host=_HOST, port=self.port, raw_path=target.encode()),
            headers=request_headers(headers, read_only=read_only, has_body=body is not None),
            content=body,
        )
        try:
            answer = await self.client.send(request, stream=True)
        except httpx.TransportError as error:
            raise DagsterUnavailableError from error
        return Forwarded(answer, self.authority)


class Forwarded(StreamingResponse):
    """The webserver's answer, passed on as it comes."""

    def __init__(self, answer: httpx.Response, authority: str) -> None:
        self._answer = answer
        headers = response_headers(answer.headers, authority=authority)
        if answer.url.path.startswith(_NAMED_BY_CONTENT):
            headers["cache-control"] = _FOR_A_DAY
            headers["content-security-policy"] = _AND_NOTHING_ELSE  # for those that run as workers
        super().__init__(answer.aiter_raw(), answer.status_code, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await self._answer.aclose()


def request_headers(headers: Headers, *, read_only: bool, has_body: bool) -> dict[str, str]:
    """Nothing that tells who asks, and nothing that Dagster could take for a permission. Bodies are JSON."""
    passed = {name: headers[name] for name in _REQUEST_HEADERS if name in headers}
    passed |= {"content-type": "application/json"} if has_body else {}
    return passed | ({READ_ONLY_HEADER: "1"} if read_only else {})


def response_headers(headers: Mapping[str, str], *, authority: str) -> dict[str, str]:
    """No cookie of Dagster's; a redirect stays here; its own policy for scripts counts, and ours beside it."""
    passed = {name: headers[name] for name in _RESPONSE_HEADERS if name in headers}
    passed.setdefault("cache-control", "no-store")
    if "location" in headers:
        passed["location"] = own_location(headers["location"], authority=authority)
    if "content-security-policy" in headers:
        policy = headers["content-security-policy"].strip().rstrip(";")
        passed["content-security-policy"] = f"{policy}; {_AND_NOTHING_ELSE}"
    return passed


def own_location(location: str, *, authority: str) -> str:
    parts = urlsplit(location)
    if parts.netloc != authority:
        return location
    return parts._replace(scheme="", netloc="").geturl()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False) as client:
        app.state.dagster = Upstream(
            settings.dagster_port or _USUAL_PORT, client, CapacityLimiter(_MOST_LOOK_UPS)
        )
        yield
