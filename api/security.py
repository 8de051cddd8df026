"""Headers that every response carries, so that a browser does nothing with it that was not meant."""

from collections.abc import MutableMapping
from functools import cache
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

NOTHING_BUT_DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": NOTHING_BUT_DATA,
}
ONE_YEAR = "max-age=31536000; includeSubDomains"
_EVERYWHERE = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())
_ON_HTTPS = ((b"strict-transport-security", ONE_YEAR.encode()),)
_OF_THE_API = ((b"cache-control", b"no-store"),)


def add_headers(message: MutableMapping[str, Any], scope: Scope) -> None:
    """Those that the answer does not have: on the raw headers, because it is done for every answer."""
    added = _added(scope["scheme"], scope["path"].startswith("/api/"))
    given = {name for name, _ in message["headers"]}
    message["headers"] += [each for each in added if each[0] not in given]
    if message["status"] == HTTPStatus.TEMPORARY_REDIRECT:
        _stay_here(message, scope)


@cache
def _added(scheme: str, is_api: bool) -> tuple[tuple[bytes, bytes], ...]:
    on_https = _ON_HTTPS if scheme == "https" else ()
    return (*_EVERYWHERE, *on_https, *(_OF_THE_API if is_api else ()))


def _stay_here(message: MutableMapping[str, Any], scope: Scope) -> None:
    """Starlette repeats the host and the scheme of the request, which may be made up, or those of a proxy."""
    headers = MutableHeaders(scope=message)
    own = f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}"
    path = headers["location"].removeprefix(own)
    if path.startswith("/") and not path.startswith("//"):
        headers["location"] = path
