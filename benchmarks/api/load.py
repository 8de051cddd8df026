"""Requests over as many connections as are asked for, each connection sending its next one as soon as it is answered."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.api import DASHBOARDS_EACH, TOKEN, USERS

Path = Callable[[int], str]


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
    return asyncio.run(_run(port, load, connections, duration_s))


async def _run(port: int, load: Load, connections: int, duration_s: float) -> Outcome:
    started = time.perf_counter()
    until = started + duration_s
    latencies = await asyncio.gather(
        *(_connection(port, load, user, until) for user in range(connections))
    )
    elapsed = time.perf_counter() - started
    return Outcome(elapsed, [latency for each in latencies for latency in each])


async def _connection(port: int, load: Load, user: int, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    while (sent := time.perf_counter()) < until:
        writer.write(_request(load, user))
        status = await answer(reader)
        if status != load.status:
            raise RuntimeError(f"{load.method} answered {status} instead of {load.status}")
        latencies.append(time.perf_counter() - sent)
    writer.close()
    return latencies


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
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head[9:12])
