"""The cookies of a browser. The prefix `__Host-` makes browsers insist on Secure, on the path and on this host alone; they take
127.0.0.1 for secure."""

from datetime import datetime
from typing import Final

from starlette.responses import Response

from api.origin import DEVICE_COOKIE, SESSION_COOKIE
from dataviz_pipelines.core.clock import utc_now

_LONGEST_S: Final = 400 * 86_400
"""Browsers keep none for longer."""


def set_session_cookie(response: Response, token: str, *, expires_at: datetime) -> None:
    lasts = expires_at - utc_now()
    _set(response, SESSION_COOKIE, token, max_age_s=int(lasts.total_seconds()))


def clear_session_cookie(response: Response) -> None:
    _set(response, SESSION_COOKIE, "", max_age_s=0)


def set_device_cookie(response: Response, token: str) -> None:
    _set(response, DEVICE_COOKIE, token, max_age_s=_LONGEST_S)


def _set(response: Response, name: str, value: str, *, max_age_s: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
