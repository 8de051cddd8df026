"""Where a request comes from and what it presents, before anybody looks it up."""

import re
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from dataviz_pipelines.core.accounts.identity import Credential
from dataviz_pipelines.core.security.caller import Origin
from dataviz_pipelines.core.security.errors import NotLoggedInError, PermissionDeniedError

SESSION_COOKIE: Final = "__Host-dataviz"
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


def _address(host: str) -> str | None:
    """None for what a proxy made up."""
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None


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


def presented_cookie(request: HTTPConnection) -> str | None:
    try:
        cookies = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return None
    found = cookies.get(SESSION_COOKIE)
    return found.value if found else None


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
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site") in ("same-origin", "none")


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
