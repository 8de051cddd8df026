"""Where a request comes from and what it presents, before anybody looks it up."""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from dataviz_pipelines.core.accounts.identity import Credential
from dataviz_pipelines.core.security.caller import Origin
from dataviz_pipelines.core.security.errors import NotLoggedInError, PermissionDeniedError

SESSION_COOKIE: Final = "__Host-dataviz"
DEVICE_COOKIE: Final = "__Host-dataviz-device"
"""The token of the latest session of this browser, which stays when the session is over. It lets nobody in."""
CSRF_HEADER: Final = "x-dataviz-csrf"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = re.compile(r"^bearer +(?P<token>[\w.~+/=-]{1,256})$", re.IGNORECASE)
_LONGEST_USER_AGENT: Final = 500


def origin_of(request: HTTPConnection) -> Origin:
    """The address is the peer's, or what a trusted proxy says it is; the request's id is made by the middleware."""
    agent = request.headers.get("user-agent", "")
    return Origin(
        ip_address=_address(request.client.host) if request.client else None,
        user_agent=agent.replace("\0", "")[:_LONGEST_USER_AGENT] or None,
        request_id=request.scope.get("request_id"),
    )


@lru_cache(maxsize=256)
def _address(host: str) -> str | None:
    """None for what a proxy made up. IPv4 looks the same on a socket that takes both kinds."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def credential_of(request: HTTPConnection) -> Credential:
    """The bearer token, or the session cookie when the request cannot have been made by another site's page.

    Raises NotLoggedInError for neither, PermissionDeniedError for a cookie that another site may have sent.
    """
    token = _bearer(request)
    if token is None:
        token = presented_cookie(request)
        if token is None:
            raise NotLoggedInError(
                "This needs a session or an API key.",
                remedy="Log in, or send `Authorization: Bearer …`.",
            )
        refuse_other_sites(request)
    return Credential(token, origin_of(request))


def presented_cookie(request: HTTPConnection, name: str = SESSION_COOKIE) -> str | None:
    return request.cookies.get(name)


def refuse_other_sites(request: HTTPConnection) -> None:
    """Browsers add the cookie to requests that any page makes. A request that changes something must come from a page of
    ours, or carry a header that pages of others cannot add without being asked about first."""
    if request.scope.get("method") in _SAFE_METHODS or CSRF_HEADER in request.headers:
        return
    if is_same_origin(request):
        return
    raise PermissionDeniedError(
        "The request may come from another site.",
        remedy=f"Send the header {CSRF_HEADER} with any value, or a bearer token instead of the cookie.",
    )


def is_same_origin(request: HTTPConnection) -> bool:
    """A page of https may have sent the request although it comes in as http: something in front of us ended TLS."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") in ("same-origin", "none")
    parts = urlsplit(origin)
    is_downgraded = parts.scheme != "https" and request.scope["scheme"] in ("https", "wss")
    return parts.netloc == request.headers.get("host") and not is_downgraded


def _bearer(request: HTTPConnection) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    match = _BEARER.match(header)
    if match is None:
        raise NotLoggedInError(
            "The Authorization header is not a bearer token.",
            remedy="Send `Authorization: Bearer …`.",
        )
    return match["token"]
