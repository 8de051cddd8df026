"""Python's search for objects that hold each other, put off where it finds nothing and costs more than the work itself."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_users = 0


@contextmanager
def without_collecting() -> Iterator[None]:
    """For work that makes objects by the hundred thousand, none of which points back. Until the last user ends, in all threads."""
    global _users  # the collector is the process's, too
    with _lock:
        _users += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                gc.enable()
