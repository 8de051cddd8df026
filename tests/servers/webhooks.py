"""A server that takes webhooks, as slowly or badly as a test wants it, and keeps what came."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import cast

_PATIENCE_S = 20


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, **headers: str) -> Answering:
    def say(client: BaseHTTPRequestHandler) -> None:
        client.send_response(status)
        for name, value in headers.items():
            client.send_header(name, value)
        client.send_header("Content-Length", "0")
        client.end_headers()

    return say


@dataclass
class Receiver:
    """`answers` are used up one after the other; then everything is taken. `leave` lets
    those answer that wait for it, `over` is set when the test is."""

    answers: list[Answering] = field(default_factory=list)
    received: "Queue[Received]" = field(default_factory=Queue)
    over: threading.Event = field(default_factory=threading.Event)
    leave: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/s3cret-path?token=s3cret-token"

    def next(self) -> Received:
        return self.received.get(timeout=_PATIENCE_S)

    def wait_for_leave(self, client: BaseHTTPRequestHandler) -> None:
        self.leave.wait(_PATIENCE_S)
        answer(204)(client)

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        self.over.wait(_PATIENCE_S)

    def drip(self, client: BaseHTTPRequestHandler) -> None:
        """One byte after the other, none of them late by itself."""
        client.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.over.wait(0.02):
            client.wfile.write(b"x")

    def flood(self, client: BaseHTTPRequestHandler) -> None:
        """An answer that never ends."""
        client.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.over.is_set():
            client.wfile.write(b"x" * 65_536)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Client(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver = cast(_Server, self.server).receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.received.put(Received(self.path, dict(self.headers.items()), body))
        respond = receiver.answers.pop(0) if receiver.answers else answer(204)
        with suppress(OSError):
            respond(self)

    def log_message(self, *_: object) -> None:
        """Tests look at what came."""


@contextmanager
def webhook_server(*answers: Answering) -> Iterator[Receiver]:
    receiver = Receiver(list(answers))
    with _Server(("127.0.0.1", 0), _Client) as server:
        server.receiver = receiver
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that leave are part of the tests
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join()
