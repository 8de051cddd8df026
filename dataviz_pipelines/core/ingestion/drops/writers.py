"""Whether a file is still open for writing somewhere on this machine."""

import fcntl
import os
import signal
from enum import StrEnum
from pathlib import Path


class Writers(StrEnum):
    """`UNKNOWN`: leases are not to be had, as on another owner's file or a network share."""

    NONE = "none"
    SOME = "some"
    UNKNOWN = "unknown"


def writers_of(path: Path) -> Writers:
    """Linux grants a read lease only on a file that nobody has open for writing. A file that is gone has writers."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return Writers.SOME
    except PermissionError:
        return Writers.UNKNOWN
    try:
        return _try_a_lease(descriptor)
    finally:
        os.close(descriptor)


def _try_a_lease(descriptor: int) -> Writers:
    try:
        # Who opens the file while the lease is held has the kernel signal us; SIGIO, the default, would end this process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return Writers.SOME
    except OSError:
        return Writers.UNKNOWN
    return Writers.NONE
