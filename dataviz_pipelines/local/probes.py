"""Whether a process of the platform answers: asked the way its users ask, each within two seconds."""

import json
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # ships no types
from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]  # ships no types

from dataviz_pipelines.core.settings import DAGSTER_PATH
from dataviz_pipelines.local.ports import LOOPBACK

_TIMEOUT_S = 2
_DAEMON_QUERY = (
    "{ instance { daemonHealth { allDaemonStatuses { daemonType required lastHeartbeatTime } } } }"
)
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # a key, not a binding


def reachable_host(host: str) -> str:
    """Where a server that listens on `host` is found from this machine."""
    return _ANY_ADDRESS.get(host, host)


def http_ok(host: str, port: int, path: str) -> bool:
    return _request(host, port, "GET", path) is not None


def touched(path: Path, *, since: datetime) -> bool:
    """Whether the process that touches the file while it works has done so."""
    try:
        return path.stat().st_mtime >= since.timestamp()
    except FileNotFoundError:
        return False


def grpc_serving(port: int, *, service: str) -> bool:
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            reply = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=service), timeout=_TIMEOUT_S
            )
    except grpc.RpcError:
        return False
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def daemons_beating(port: int, *, since: datetime) -> bool:
    """Whether every daemon that Dagster needs has reported after `since`; an older report is another process's.

    Dagster's own word "healthy" is not asked for: it stays false for five minutes after one error in a loop, such as
    a code server that was being restarted.
    """
    query = json.dumps({"query": _DAEMON_QUERY})
    body = _request(LOOPBACK, port, "POST", f"{DAGSTER_PATH}/graphql", query)
    if body is None:
        return False
    health = (json.loads(body).get("data") or {}).get("instance", {}).get("daemonHealth", {})
    needed = [status for status in health.get("allDaemonStatuses", ()) if status["required"]]
    return bool(needed) and all(_beats(status, since) for status in needed)


def _beats(status: dict[str, Any], since: datetime) -> bool:
    beat = status["lastHeartbeatTime"]
    return beat is not None and datetime.fromtimestamp(beat, UTC) >= since


def _request(host: str, port: int, method: str, path: str, body: str | None = None) -> bytes | None:
    """The body of a 200 answer, else None."""
    connection = HTTPConnection(reachable_host(host), port, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return content if response.status == 200 else None
