import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dataviz_pipelines.local.probes import daemons_beating, grpc_serving, http_ok, reachable_host

STARTED = datetime(2026, 5, 1, 12, tzinfo=UTC)


@contextmanager
def server(answer: Callable[[str], tuple[int, bytes]]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening.server_port
        listening.shutdown()
        thread.join()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("status", "expected"), [(200, True), (503, False), (404, False)])
def test_only_a_200_counts_as_an_answer(status: int, expected: bool) -> None:
    with server(lambda _: (status, b"{}")) as port:
        assert http_ok("127.0.0.1", port, "/health/ready") is expected


def test_a_closed_port_does_not_answer() -> None:
    assert not http_ok("127.0.0.1", closed_port(), "/")
    assert not grpc_serving(closed_port(), service="DagsterApi")
    assert not daemons_beating(closed_port(), since=STARTED)


def beats(*daemons: tuple[bool, timedelta | None]) -> bytes:
    statuses = [
        {
            "daemonType": "SENSOR",
            "required": required,
            "lastHeartbeatTime": None if age is None else (STARTED + age).timestamp(),
        }
        for required, age in daemons
    ]
    health = {"instance": {"daemonHealth": {"allDaemonStatuses": statuses}}}
    return json.dumps({"data": health}).encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (beats((True, timedelta(seconds=1)), (True, timedelta(seconds=2))), True),
        (beats((True, timedelta(seconds=1)), (True, timedelta(seconds=-1))), False),
        (beats((True, timedelta(seconds=1)), (True, None)), False),
        (beats((True, timedelta(seconds=1)), (False, None)), True),
        (beats(), False),
        (b'{"data": null, "errors": []}', False),
    ],
    ids=["all", "one is of before", "one never", "one not needed", "none yet", "an error"],
)
def test_daemons_count_when_all_that_are_needed_reported_since_the_start(
    body: bytes, expected: bool
) -> None:
    with server(lambda _: (200, body)) as port:
        assert daemons_beating(port, since=STARTED) is expected


def test_a_server_on_every_address_is_asked_on_this_machines_own() -> None:
    assert reachable_host("0.0.0.0") == "127.0.0.1"  # noqa: S104  # not bound
    assert reachable_host("::") == "::1"
    assert reachable_host("10.1.2.3") == "10.1.2.3"
