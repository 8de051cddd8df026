"""Objects of S3-compatible buckets: listed and got by two kinds of signed requests, as web.py asks, at the address that was
checked. A redirect to another host is not followed, so nobody else is asked either."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final
from urllib.parse import quote, unquote_plus, urlencode
from xml.etree.ElementTree import Element

import httpx

from dataviz_pipelines.core.ingestion.drops.names import storable_name
from dataviz_pipelines.core.job_types.upload_ingestion.bucket_answers import refusal
from dataviz_pipelines.core.job_types.upload_ingestion.bucket_pages import parsed, read
from dataviz_pipelines.core.job_types.upload_ingestion.config import BucketConfig
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    FileUnreadableError,
    PlaceTooLargeError,
    UnexpectedAnswerError,
)
from dataviz_pipelines.core.job_types.upload_ingestion.found import (
    MOST_LISTED,
    Found,
    Opened,
    is_wanted,
)
from dataviz_pipelines.core.job_types.upload_ingestion.signing import Signer
from dataviz_pipelines.core.job_types.web import Question, asked
from dataviz_pipelines.core.settings import Settings

TIMEOUT_S: Final = 60.0
PAGE: Final = 1_000
"""How many objects are asked for at once; servers give no more."""


def find(config: BucketConfig, settings: Settings, signer: Signer) -> list[Found]:
    """Oldest first. An object that is listed is whole, so none has to settle."""
    bucket = Bucket(config, settings, signer)
    found = []
    for entry in bucket.entries():
        key = unquote_plus(entry.findtext("{*}Key", ""))
        if _is_chosen(config, key):
            modified = entry.findtext("{*}LastModified", "")
            found.append((modified, key, _found(bucket, key, entry)))
    return [each for *_, each in sorted(found, key=lambda item: item[:2])]


class Bucket:
    """As one job reads it."""

    def __init__(self, config: BucketConfig, settings: Settings, signer: Signer) -> None:
        self.config = config
        self._settings = settings
        self._signer = signer

    def entries(self) -> Iterator[Element]:
        """Of every object that the prefix and `subfolders` leave. Raises PlaceTooLargeError."""
        count, token = 0, None
        while True:
            page = self._page(token)
            for entry in page.iterfind("{*}Contents"):
                count += 1
                if count > MOST_LISTED:
                    raise PlaceTooLargeError(
                        f"{self.config.url} has more than {MOST_LISTED:,} objects below {self.config.prefix!r}.",
                        remedy="Give a longer prefix, or move what is loaded elsewhere.",
                    )
                yield entry
            token = page.findtext("{*}NextContinuationToken")
            if not token:
                return

    @contextmanager
    def asked(self, url: str, *, shown: str) -> Iterator[httpx.Response]:
        """Raises what asking raises, and BucketRefusedError."""
        headers = {"User-Agent": "DataViz-Pipelines", "Accept-Encoding": "identity"}
        question = Question(
            url,
            {**headers, **self._signer.headers(url)},
            TIMEOUT_S,
            ca_certificate=self.config.ca_certificate,
        )
        with asked(self._settings, question) as answer:
            if answer.response.status_code != httpx.codes.OK:
                raise refusal(self.config, answer.response, read(answer.response), shown=shown)
            yield answer.response

    def _page(self, token: str | None) -> Element:
        query = {
            "list-type": "2",
            "encoding-type": "url",
            "max-keys": str(PAGE),
            "prefix": self.config.prefix,
        }
        if not self.config.subfolders:
            query["delimiter"] = "/"
        if token is not None:
            query["continuation-token"] = token
        url = f"{self.config.url}?{urlencode(sorted(query.items()), quote_via=quote, safe='-_.~')}"
        with self.asked(url, shown=self.config.url) as response:
            page = parsed(read(response))
        if page is None or not page.tag.endswith("ListBucketResult"):
            raise UnexpectedAnswerError(
                f"{self.config.url} was answered with something else than a list of objects.",
                remedy="Check the endpoint: it must be the server's S3 interface.",
            )
        return page


def _is_chosen(config: BucketConfig, key: str) -> bool:
    *folders, name = key.removeprefix(config.prefix).split("/")
    is_hidden = any(folder.startswith(".") for folder in folders)
    return not is_hidden and bool(name) and is_wanted(key.rpartition("/")[2], config.pattern)


def _found(bucket: Bucket, key: str, entry: Element) -> Found:
    etag, size = entry.findtext("{*}ETag", ""), entry.findtext("{*}Size", "")
    return Found(
        place=f"{bucket.config.url}/{key}",
        shown=storable_name(key),
        name=key,
        open=partial(_opened, bucket, key),
        version=f"{size} {etag}",
    )


@contextmanager
def _opened(bucket: Bucket, key: str, taken: str | None) -> Iterator[Opened | None]:
    """Whatever is there by now: one answer is of one version of the object."""
    shown = storable_name(key)
    if {".", ".."} & set(key.split("/")):
        raise FileUnreadableError(f"{shown} cannot be asked for: a part of its key is . or ..")
    with bucket.asked(f"{bucket.config.url}/{quote(key, safe='/-_.~')}", shown=shown) as response:
        headers = response.headers
        version = f"{headers.get('Content-Length', '')} {headers.get('ETag', '')}"
        yield None if version == taken else Opened(version, response.iter_raw())
