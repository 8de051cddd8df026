"""People who log in, and what others notice of it."""

import asyncio
import json
import statistics
import time
from dataclasses import dataclass

import psycopg

from benchmarks.api.load import answer
from dataviz_pipelines.core.security.passwords import hash_password

PASSWORD = "correct horse battery"  # noqa: S105  # of people who exist in the benchmark alone
PEOPLE = 20
_PROBES = 4
_PROBE_EVERY_S = 0.01
_HEALTH = ("/health/live", "/health/ready")


@dataclass(frozen=True)
class Busy:
    """What happened while people logged in again and again. `health_s` are how long /health took each time."""

    logins: int
    health_s: list[float]

    @property
    def slowest_ms(self) -> float:
        return statistics.quantiles(self.health_s, n=100)[98] * 1_000


def give_passwords(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("UPDATE users SET password_hash = %s", [hash_password(PASSWORD)])


def while_people_log_in(port: int, *, people: int = PEOPLE, duration_s: float) -> Busy:
    return asyncio.run(_while_people_log_in(port, people, duration_s))


def unknown_to_wrong(port: int, *, pairs: int) -> float:
    """How long a log-in with an address that nobody has takes, as a multiple of one with a wrong password: medians of
    pairs that take turns, each with an account and an address of its own."""
    return asyncio.run(_unknown_to_wrong(port, pairs))


async def _while_people_log_in(port: int, people: int, duration_s: float) -> Busy:
    until = time.perf_counter() + duration_s
    found = await asyncio.gather(
        *(_person(port, number, until) for number in range(people)),
        *(_probe(port, until) for _ in range(_PROBES)),
    )
    logins, probes = found[:people], found[people:]
    return Busy(sum(map(len, logins)), [each for probe in probes for each in probe])


async def _person(port: int, number: int, until: float) -> list[float]:
    times = []
    while time.perf_counter() < until:
        email = f"editor{number}@example.com"
        times.append(await _log_in(port, email, PASSWORD, address=f"203.0.113.{number}"))
    return times


async def _probe(port: int, until: float) -> list[float]:
    """On a connection of its own, so that all workers are asked."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[float] = []
    while (sent := time.perf_counter()) < until:
        path = _HEALTH[len(times) % len(_HEALTH)]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await answer(reader)
        times.append(time.perf_counter() - sent)
        await asyncio.sleep(_PROBE_EVERY_S)
    writer.close()
    return times


async def _unknown_to_wrong(port: int, pairs: int) -> float:
    unknown, wrong = [], []
    for number in range(pairs):
        for times, name in ((unknown, "nobody"), (wrong, "editor")):
            address = f"198.51.100.{number}"
            email = f"{name}{100 + number}@example.com"
            times.append(await _log_in(port, email, "wrong", address=address, status=401))
    return statistics.median(unknown) / statistics.median(wrong)


async def _log_in(
    port: int, email: str, password: str, *, address: str, status: int = 201
) -> float:
    """Seconds."""
    body = json.dumps({"email": email, "password": password})
    sent = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    found = await answer(reader)
    if found != status:
        raise RuntimeError(f"logging in answered {found} instead of {status}")
    writer.close()
    return time.perf_counter() - sent
