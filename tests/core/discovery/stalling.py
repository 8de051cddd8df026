"""A line to a server that can go dead without being closed."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def stalling(host: str, port: int, stalled: threading.Event) -> Iterator[int]:
    """The port behind which the server answers until `stalled` is set."""
    pairs: list[socket.socket] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and not stalled.is_set():
                sink.sendall(data)

    def serve(server: socket.socket) -> None:
        client, _ = server.accept()
        upstream = socket.create_connection((host, port))
        pairs.extend((client, upstream))
        for ends in ((client, upstream), (upstream, client)):
            threading.Thread(target=pump, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        for end in pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
