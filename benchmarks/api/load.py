"""Requests over as many connections as are asked for, each connection sending its next one as soon as it is answered."""

import asyncio
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

import uvloop

from benchmarks.api import DASHBOARDS_EACH, TOKEN, USERS

Path = Callable[[int], str]
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """`body` goes with each request. Connection n acts as user n."""

    method: str
    path: Path
    status: int
    body: str = ""


@dataclass(frozen=True)
class Outcome:
    """Latencies in seconds."""

    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.latencies, n=100)[percent - 1]


def own_dashboard(user: int) -> str:
    number = user + USERS * random.randrange(DASHBOARDS_EACH)  # noqa: S311  # no secret
    return f"/api/v1/dashboards/00000000-0000-7000-8002-{number:012x}"


LOADS = {
    "get": Load("GET", own_dashboard, 200),
    "list": Load("GET", lambda _: "/api/v1/dashboards", 200),
    "create": Load("POST", lambda _: "/api/v1/dashboards", 201, '{"name": "New"}'),
    "patch": Load("PATCH", own_dashboard, 200, '{"description": "New"}'),
}


def run(port: int, load: Load, *, connections: int, duration_s: float) -> Outcome:
    return uvloop.run(_run(port, load, connections, duration_s))


async def _run(port: int, load: Load, connections: int, duration_s: float) -> Outcome:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    until = started + duration_s
    connecting = (
        loop.create_connection(partial(_Client, load, user, until), "127.0.0.1", port)
        for user in range(connections)
    )
    clients = [client for _, client in await asyncio.gather(*connecting)]
    latencies = await asyncio.gather(*(client.latencies for client in clients))
    elapsed = time.perf_counter() - started
    return Outcome(elapsed, [latency for each in latencies for latency in each])


class _Client(asyncio.Protocol):
    """A protocol, because streams would take as much of the machine as the server that is measured."""

    def __init__(self, load: Load, user: int, until: float) -> None:
        self.latencies: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()
        self._load = load
        self._user = user
        self._until = until
        self._taken: list[float] = []
        self._received = b""
        self._sent = 0.0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one by shape alone
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        if len(body) < _length(head):
            return
        self._received = b""
        if (status := int(head[9:12])) != self._load.status:
            raise RuntimeError(f"{self._load.method} answered {status}, not {self._load.status}")
        self._taken.append(time.perf_counter() - self._sent)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if self._sent < self._until:
            self.latencies.set_exception(error or ConnectionError("the API hung up"))
        else:
            self.latencies.set_result(self._taken)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent < self._until:
            self._transport.write(_request(self._load, self._user))
        else:
            self._transport.close()


def _length(head: bytes) -> int:
    """Of the body that follows it; more than can come when the head is not whole."""
    found = _LENGTH.search(head)
    return int(found[1]) if found else sys.maxsize


def _request(load: Load, user: int) -> bytes:
    content = (
        f"Content-Type: application/json\r\nContent-Length: {len(load.body)}\r\n"
        if load.body
        else ""
    )
    return (
        f"{load.method} {load.path(user)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {TOKEN.format(user)}\r\n{content}\r\n{load.body}"
    ).encode()


async def answer(reader: asyncio.StreamReader) -> int:
    """The status of the next one."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(_length(head))
    return int(head[9:12])
