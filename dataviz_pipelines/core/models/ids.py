"""Primary keys made by the client: UUID version 7 (RFC 9562), in the layout of the database's `uuid_v7()`.

Keys that grow with time keep B-tree inserts at the right edge and let `id` stand for the order of creation.
"""

import secrets
import threading
import time
from uuid import UUID

_RANDOM_BITS = 62
_lock = threading.Lock()
_last_tick = 0


def new_id() -> UUID:
    """Strictly greater than every id this process made before, even within a microsecond or after the clock went back."""
    global _last_tick  # the order holds for the whole process
    with _lock:
        _last_tick = max(_tick(time.time_ns()), _last_tick + 1)
        tick = _last_tick
    milliseconds, fraction = divmod(tick, 4096)
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62
    return UUID(int=value | secrets.randbits(_RANDOM_BITS))


def _tick(nanoseconds: int) -> int:
    """Time in 1/4096 of a millisecond, the 60 bits that a version 7 UUID can order by."""
    return nanoseconds * 4096 // 1_000_000
