"""Files that web servers have."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from dataviz_pipelines.core.job_types.upload_ingestion.config import WebConfig
from dataviz_pipelines.core.job_types.upload_ingestion.errors import UnexpectedAnswerError
from dataviz_pipelines.core.job_types.upload_ingestion.found import Found, Opened
from dataviz_pipelines.core.job_types.web import Question, asked, secrets_of, shown
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.settings import Settings

TIMEOUT_S: Final = 60.0
LONGEST_VERSION: Final = 300
_ETAG: Final = ('"', 'W/"')


def find(config: WebConfig, settings: Settings, log: RunLog) -> list[Found]:
    """In the order of the configuration; nobody is asked yet. Raises ConfigurationError for a secret that is not there."""
    secrets = secrets_of(settings, config.secret_headers, log)
    return [
        Found(
            place=url,
            shown=shown(url),
            name=unquote(urlsplit(url).path),
            open=partial(_opened, settings, url, secrets),
        )
        for url in dict.fromkeys(config.urls)
    ]


@contextmanager
def _opened(
    settings: Settings, url: str, secrets: Mapping[str, str], taken: str | None
) -> Iterator[Opened | None]:
    headers = {"User-Agent": "DataViz-Pipelines", "Accept-Encoding": "identity"}
    if taken is not None:
        condition = "If-None-Match" if taken.startswith(_ETAG) else "If-Modified-Since"
        headers[condition] = taken
    with asked(settings, Question(url, {**headers, **secrets}, TIMEOUT_S)) as answer:
        response = answer.response
        version = _version(response)
        if response.status_code == httpx.codes.NOT_MODIFIED or (taken and version == taken):
            yield None
            return
        _require_file(response, url)
        yield Opened(version, response.iter_raw())


def _require_file(response: httpx.Response, url: str) -> None:
    if response.status_code != httpx.codes.OK:
        raise UnexpectedAnswerError(f"{shown(url)} was answered with {response.status_code}.")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise UnexpectedAnswerError(f"{shown(url)} was answered compressed, which was not asked.")


def _version(response: httpx.Response) -> str | None:
    version: str | None = response.headers.get("ETag") or response.headers.get("Last-Modified")
    return version if version is not None and len(version) <= LONGEST_VERSION else None
