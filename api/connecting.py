"""What the API needs to reach data sources: the vault, the guard, and a few threads in which connections are tried out.

In threads of their own and few of them: a server that hangs holds up other tests and nothing else.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.errors import Reason, SourceError
from dataviz_pipelines.core.sources.trying import LONGEST_S, Trial, failed

THREADS: Final = 4
MAX_WAITING: Final = 16


class TooManyTestsError(UnavailableError):
    """More connections are tried out at once than there is room for."""

    def __init__(self) -> None:
        super().__init__("Too many connections are being tested.", remedy="Try again in a moment.")


class Connecting:
    """Lives as long as the application."""

    def __init__(self, settings: Settings) -> None:
        self.vault = Vault(key_source(settings))
        self.guard = network_guard(settings)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="connecting")
        self._waiting = 0

    async def try_out(self, trial: Callable[[], Trial]) -> Trial:
        """Nobody waits longer than a while; the thread may, and then others wait for it."""
        if self._waiting >= MAX_WAITING:
            raise TooManyTestsError
        self._waiting += 1
        started = time.monotonic()
        running = asyncio.get_running_loop().run_in_executor(self._pool, trial)
        running.add_done_callback(self._done)
        finished, _ = await asyncio.wait({running}, timeout=LONGEST_S)
        return running.result() if finished else failed(SourceError(Reason.TIMEOUT), started)

    def _done(self, _: object) -> None:
        self._waiting -= 1

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
