"""Primary keys made by the client: UUID version 7 (RFC 9562), in the layout of the database's `uuid_v7()`.

Keys that grow with time keep B-tree inserts at the right edge and let `id` stand for the order of creation.
"""

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_tick = 0


def new_id() -> UUID:
    """Strictly greater than every id this process made before, even within a microsecond or after the clock went back."""
    (made,) = new_ids(1)
    return made


def new_ids(count: int) -> list[UUID]:
    """As many of them, in order, for a third of the time."""
    global _last_tick  # the order holds for the whole process
    with _lock:
        first = max(_tick(time.time_ns()), _last_tick + 1)
        _last_tick = first + count - 1
    randoms = memoryview(secrets.token_bytes(8 * count)).cast("Q")
    return [
        UUID(int=_laid_out(first + number, random >> 2)) for number, random in enumerate(randoms)
    ]


def _laid_out(tick: int, random: int) -> int:
    milliseconds, fraction = divmod(tick, 4096)
    return milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random


def _tick(nanoseconds: int) -> int:
    """Time in 1/4096 of a millisecond, the 60 bits that a version 7 UUID can order by."""
    return nanoseconds * 4096 // 1_000_000
