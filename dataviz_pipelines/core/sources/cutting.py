"""A server that hangs sends nothing, not even an error: after a while its socket is shut, and the driver wakes up."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_off(file_number: int, *, after_s: float) -> Iterator[threading.Event]:
    """The event is set when the time was over. The connection is of no use then."""
    watched = socket.socket(fileno=os.dup(file_number))
    passed = threading.Event()

    def shut() -> None:
        passed.set()
        with suppress(OSError):
            watched.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(after_s, shut)
    timer.daemon = True
    timer.start()
    try:
        yield passed
    finally:
        timer.cancel()
        watched.close()
