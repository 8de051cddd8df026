"""TLS in front of a PostgreSQL that was built without it, as the embedded one is."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

_SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    tls: ssl.SSLContext
    behind: int


class _Client(BaseRequestHandler):
    def handle(self) -> None:
        """Who does not ask for TLS is passed on as they are."""
        server: _Server = self.server  # type: ignore[assignment]  # made below
        client: socket.socket = self.request
        first = client.recv(8, socket.MSG_WAITALL)
        with socket.create_connection(("127.0.0.1", server.behind)) as behind, suppress(OSError):
            if first == _SSL_REQUEST:
                client.sendall(b"S")
                client = server.tls.wrap_socket(client, server_side=True)
            else:
                behind.sendall(first)
            with client:
                back = threading.Thread(target=_pass_on, args=(behind, client))
                back.start()
                _pass_on(client, behind)
                back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def tls_before(port: int, tls: ssl.SSLContext) -> Iterator[int]:
    """The port of the proxy."""
    with _Server(("127.0.0.1", 0), _Client) as server:
        server.tls, server.behind = tls, port
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up are part of the tests
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
