"""Pauses in a thread, or in a greenlet of an event loop: others use them."""

import asyncio
import time
from typing import Final

from sqlalchemy.util import await_
from sqlalchemy.util.concurrency import in_greenlet

LONGEST_S: Final = 0.01
"""That somebody computes before others have their turn."""


def pause(seconds: float) -> None:
    if in_greenlet():
        await_(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


class Pacer:
    """For who computes piece by piece, and may compute for long."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def breathe(self) -> None:
        """After each piece."""
        if time.monotonic() - self._since >= LONGEST_S:
            pause(0)
            self._since = time.monotonic()
