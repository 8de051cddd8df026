"""A way to a server that a test can narrow: it stops after so many bytes of an answer until it is let go, or speaks TLS."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import cast

_PIECE_BYTES = 16 * 1024


@dataclass
class Gate:
    """`most_bytes` of all answers together are let through; None: all. `stopped` is set when there were more. `cut` ends what is
    stopped instead of letting it go on."""

    target: int
    tls: ssl.SSLContext | None = None
    most_bytes: int | None = None
    passed: int = 0
    port: int = 0
    is_cut: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def cut(self) -> None:
        self.is_cut = True
        self.let_go.set()

    def lets(self, piece: bytes) -> bool:
        self.passed += len(piece)
        if self.most_bytes is not None and self.passed > self.most_bytes:
            self.stopped.set()
            self.let_go.wait(120)
            return not self.is_cut
        return True


class _Server(ThreadingTCPServer):
    daemon_threads = True
    gate: Gate


class _Passage(BaseRequestHandler):
    def handle(self) -> None:
        gate = cast(_Server, self.server).gate
        with suppress(OSError), socket.create_connection(("127.0.0.1", gate.target)) as server:
            client = self.request
            if gate.tls is not None:
                client = gate.tls.wrap_socket(client, server_side=True)
            asking = threading.Thread(target=_pass, args=(client, server), daemon=True)
            asking.start()
            while (piece := server.recv(_PIECE_BYTES)) and gate.lets(piece):
                client.sendall(piece)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            client.close()


def _pass(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while piece := client.recv(_PIECE_BYTES):
            server.sendall(piece)
        server.shutdown(socket.SHUT_WR)


@contextmanager
def gate(target: int, *, tls: ssl.SSLContext | None = None) -> Iterator[Gate]:
    made = Gate(target, tls)
    with _Server(("127.0.0.1", 0), _Passage) as server:
        server.gate = made
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that leave are part of the tests
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            made.let_go.set()
            server.shutdown()
            thread.join()
