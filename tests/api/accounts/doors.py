"""The ways in and out, as requests."""

from typing import Any

import httpx

from tests.core.accounts.somebody import PASSWORD

ME = "/api/v1/me"
SESSIONS = "/api/v1/sessions"
RESETS = "/api/v1/password-resets"
COOKIE = "__Host-dataviz"
DEVICE = "__Host-dataviz-device"


def log_in(
    client: httpx.Client,
    email: str,
    password: str = PASSWORD,
    *,
    address: str = "203.0.113.1",
    **headers: str,
) -> httpx.Response:
    return client.post(
        SESSIONS,
        json={"email": email, "password": password},
        headers={"x-forwarded-for": address, **headers},
    )


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def status(client: httpx.Client, token: str) -> int:
    """What whoever bears the token is answered."""
    return client.get(ME, headers=bearer(token)).status_code


def cookies_of(answer: httpx.Response) -> dict[str, dict[str, str]]:
    """The attributes of each cookie that the answer sets, by name, in lower case; `value` is its value."""
    found = {}
    for header in answer.headers.get_list("set-cookie"):
        (name, value), *attributes = (
            part.strip().partition("=")[::2] for part in header.split(";")
        )
        found[name] = {"value": value} | {key.lower(): text for key, text in attributes}
    return found


def problem(answer: httpx.Response) -> tuple[int, Any, Any]:
    """What a caller learns from an error, but for the id of the request."""
    body = {key: value for key, value in answer.json().items() if key != "request_id"}
    varying = ("x-request-id", "date")
    headers = {key: value for key, value in answer.headers.items() if key not in varying}
    return answer.status_code, body, headers
