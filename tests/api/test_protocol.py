"""What nobody has to be logged in for: heads of requests that never end, or never come."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from api import protocol

PIECE = b"a" * 16_384


@contextmanager
def _connected(client: httpx.Client) -> Iterator[socket.socket]:
    place = (client.base_url.host, client.base_url.port or 80)
    with socket.create_connection(place, timeout=10) as connection:
        yield connection


def _answer_to(connection: socket.socket, beginning: bytes, piece: bytes) -> bytes:
    """To a request that goes on, for 32 MB, until it is answered."""
    connection.sendall(beginning)
    try:
        for _ in range(32 * 2**20 // len(piece)):
            connection.sendall(piece)
    except OSError:  # it was told to stop
        pass
    try:
        return connection.recv(1_000)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"GET /", PIECE),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", PIECE),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-A: b\r\n" * 2_000),
        (
            b"POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n1;",
            PIECE,
        ),
        (
            b"POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nX-A: ",
            PIECE,
        ),
    ],
)
def test_a_head_that_does_not_end_is_refused(
    client: httpx.Client, beginning: bytes, piece: bytes
) -> None:
    started = time.monotonic()
    with _connected(client) as connection:
        answer = _answer_to(connection, beginning, piece)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert client.get("/health/live").status_code == 200
    assert time.monotonic() - started < 5


def test_a_head_of_usual_size_and_a_body_of_more_are_taken(client: httpx.Client) -> None:
    assert client.get("/health/live", headers={"x-a": "a" * 30_000}).status_code == 200
    body = b'{"email": "' + b"a" * 1_000_000 + b'"}'
    headers = {"content-type": "application/json"}
    assert client.post("/api/v1/sessions", content=body, headers=headers).status_code == 422


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-"])
def test_a_head_that_does_not_come_is_not_waited_for(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(protocol, "LONGEST_S", 0.2)
    with _connected(client) as connection:
        connection.sendall(beginning)
        assert connection.recv(1) == b""


def test_an_answer_that_takes_longer_than_a_head_may_is_given(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stops with the head: what is asked for may take its time."""
    monkeypatch.setattr(protocol, "LONGEST_S", 0.2)
    with _connected(client) as connection:
        connection.sendall(
            b"POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\n\r\n{"
        )
        time.sleep(0.5)
        connection.sendall(b"}")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 422 ")
