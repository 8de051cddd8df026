"""Threads for password hashes alone: each takes a quarter of a second, and nothing else may wait for them."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from dataviz_pipelines.core.errors import UnavailableError

Answer = TypeVar("Answer")

THREADS: Final = min(4, max(1, (os.cpu_count() or 1) // 2))
"""More of them hash no faster, and take the processors from those who are being answered."""
MAX_WAITING: Final = 100


class TooBusyError(UnavailableError):
    """More people log in at once than there is time for."""


class Hashing:
    """Lives as long as the application."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hashing")
        self._waiting = 0

    async def run(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= MAX_WAITING:
            raise TooBusyError("Too many people log in at once.", remedy="Try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
