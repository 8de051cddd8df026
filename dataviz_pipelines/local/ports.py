"""Ports of this machine."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dataviz_pipelines.local.errors import PortBusyError

LOOPBACK = "127.0.0.1"


def is_free(port: int, *, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now. A connection that lingers after its server does not count."""
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def any_free_port(*, host: str = LOOPBACK) -> int:
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def reserved(port: int) -> Iterator[bool]:
    """True if no other platform of this machine has reserved the port; it is ours until the context or the process ends.

    Two platforms that start at the same moment both find the port free, since neither listens yet.
    """
    with socket.socket(socket.AF_UNIX) as mark:
        try:
            mark.bind(f"\0dataviz-port-{port}")  # a name in memory, which goes with its owner
        except OSError:
            yield False
        else:
            yield True


def choose_port(
    asked: int | None,
    preferred: int | None,
    *,
    purpose: str,
    remedy: str,
    host: str = LOOPBACK,
    reserve: Callable[[int], bool] = lambda _: True,
) -> int:
    """The port that was asked for, else the preferred one if it is free and `reserve` gets it, else any.

    Raises PortBusyError when the port that was asked for is taken.
    """
    if asked is not None:
        if not is_free(asked, host=host):
            raise PortBusyError(f"Port {asked} for {purpose} is already in use.", remedy=remedy)
        return asked
    if preferred is not None and is_free(preferred, host=host) and reserve(preferred):
        return preferred
    return any_free_port(host=host)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
