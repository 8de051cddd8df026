"""A server that hangs sends nothing, not even an error: after the deadline the socket is shut, and the driver wakes up."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dataviz_pipelines.core.discovery.errors import SourceReadError, SourceTimeoutError


@contextmanager
def deadline(seconds: float, file_number: int) -> Iterator[None]:
    """Turns the SourceReadError of a socket that was shut into a SourceTimeoutError."""
    watched = socket.socket(fileno=os.dup(file_number))
    passed = threading.Event()

    def shut() -> None:
        passed.set()
        with suppress(OSError):
            watched.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except SourceReadError as error:
        if passed.is_set():
            raise SourceTimeoutError(
                f"The data source did not answer within {seconds:g} seconds.",
                remedy="What was known of it stays. Look whether the server hangs, then try again.",
            ) from error
        raise
    finally:
        timer.cancel()
        watched.close()
