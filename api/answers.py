"""Rows as JSON. They were checked when they were written, so they are not checked again when they are read."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from dataviz_pipelines.core.crud import Page, Row, etag, etags
from dataviz_pipelines.core.nonblocking.pausing import Pacer


def answer_row(
    row: Row, *, status: int = 200, location: str | None = None, if_none_match: str | None = None
) -> Response:
    headers = {"ETag": etag(row)}
    if if_none_match is not None and _is_known(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    if location is not None:
        headers["Location"] = location
    return answer(row, status=status, headers=headers)


def answer_page(page: Page) -> Response:
    pacer = Pacer()
    items = []
    for row in page.rows:
        items.append(to_json(row))
        pacer.breathe()
    rest = to_json({"next_cursor": page.next_cursor, "total": page.total})
    return _json(b'{"items":[%b],%b' % (b",".join(items), rest[1:]))


def answer(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return _json(to_json(body), status=status, headers=headers)


def _json(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _is_known(tag: str, if_none_match: str) -> bool:
    known = {each.removeprefix("W/") for each in etags(if_none_match)}
    return not known.isdisjoint({tag, "*"})
