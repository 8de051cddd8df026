"""POSTs to other people's servers, at the address that was checked, in bounded time, and never on to another place (S45, S46).

Of an answer only its status is read: a body can hold what was sent, or never end.
"""

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from dataviz_pipelines.core.network import NetworkGuard, Reached
from dataviz_pipelines.core.notifications.errors import (
    ChannelUnusableError,
    NotDeliveredError,
    RefusedError,
)

TIMEOUT_S: Final = 15.0
"""For everything, from the first connection to the status."""

_CONNECT_S: Final = 5.0
_LONGEST_URL: Final = 2_000
_PORTS: Final = {"http": 80, "https": 443}
_WORTH_REPEATING: Final = frozenset({408, 425, 429})


def check_url(url: str) -> SplitResult:
    """Raises ChannelUnusableError, which does not repeat it."""
    try:
        parts = urlsplit(url)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ChannelUnusableError("That is not a URL.") from error
    if parts.scheme not in _PORTS or not has_place:
        raise ChannelUnusableError("A webhook's URL begins with https:// and names a host.")
    if parts.username is not None or parts.fragment:
        raise ChannelUnusableError(
            "A webhook's URL has neither a user nor a fragment.",
            remedy="Let the receiver verify the signature instead.",
        )
    if len(url) > _LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url:
        raise ChannelUnusableError(
            f"A webhook's URL is plain ASCII, of {_LONGEST_URL:,} characters at most."
        )
    return parts


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    guard: NetworkGuard,
    *,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Returns when the server has taken it. Without TLS only to places that the installation lists. Raises
    NotDeliveredError, RefusedError, or one of the guard's errors."""
    parts = check_url(url)
    deadline = time.monotonic() + timeout_s
    port = parts.port or _PORTS[parts.scheme]
    reached = guard.check(parts.hostname or "", port, listed_only=parts.scheme == "http")
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        with _connected(reached, parts.scheme, deadline) as connection:
            connection.request("POST", path, body=body, headers=dict(headers))
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotDeliveredError(f"{reached.host} did not take it: {_reason(error)}.") from error
    _judge(reached.host, status)


def _judge(host: str, status: int) -> None:
    if 200 <= status < 300:
        return
    message = f"{host} answered with status {status}."
    if status >= 500 or status in _WORTH_REPEATING:
        raise NotDeliveredError(message)
    where = " It is not followed to another place." if 300 <= status < 400 else ""
    raise RefusedError(message + where)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, TimeoutError):
        return "it took too long"
    return "the connection was refused or broke off, or what came is not HTTP"


@contextmanager
def _connected(
    reached: Reached, scheme: str, deadline: float
) -> Iterator[http.client.HTTPConnection]:
    """The name is not looked up again: it could have another address by now."""
    connection = http.client.HTTPConnection(reached.host, reached.port)
    connection.default_port = _PORTS[scheme]
    plain = _socket(reached, deadline)
    try:
        with _cut_off(plain, deadline):
            connection.sock = _protected(plain, reached.host) if scheme == "https" else plain
            yield connection
    finally:
        connection.close()
        plain.close()


def _socket(reached: Reached, deadline: float) -> socket.socket:
    failed: OSError = TimeoutError()
    for address in reached.addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, reached.port), min(left, _CONNECT_S))
        except OSError as error:
            failed = error
    raise failed


def _protected(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


@contextmanager
def _cut_off(plain: socket.socket, deadline: float) -> Iterator[None]:
    """A server that sends a byte now and then is never late for the single one: all in all it is."""
    left = max(deadline - time.monotonic(), 0.001)
    plain.settimeout(left)
    watched = socket.socket(fileno=os.dup(plain.fileno()))
    passed = threading.Event()

    def shut() -> None:
        passed.set()
        with suppress(OSError):
            watched.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(left, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if passed.is_set():
            raise TimeoutError from error
        raise
    else:
        if passed.is_set():  # what was cut off can look like the end of an answer
            raise TimeoutError
    finally:
        timer.cancel()
        watched.close()
