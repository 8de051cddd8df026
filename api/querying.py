"""Threads in which people's queries run: of their own and few, so that a slow data source holds up other queries and nothing
else. Who finds none free waits a while, and is then told to come back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final
from uuid import UUID

from fastapi import Request
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.connecting import Connecting
from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.queries.service import Platform, cancel_query
from dataviz_pipelines.core.queries.watching import Watch
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.connecting import Pools

THREADS: Final = 8
WAIT_S: Final = 10.0
_LOOK_S: Final = 1.0


class TooManyQueriesError(UnavailableError):
    """More queries run at once than there is room for."""

    def __init__(self) -> None:
        super().__init__("Too many queries are running.", remedy="Try again in a moment.")


class Querying:
    """Lives as long as the application."""

    def __init__(self, database: Engine, connecting: Connecting) -> None:
        pools = Pools(connecting.guard)
        self.platform = Platform(database, pools, connecting.vault, Watch(database))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="querying")
        self._free = asyncio.Semaphore(THREADS)

    async def run(
        self, request: Request, caller: Caller, execution_id: UUID, work: Callable[[], Response]
    ) -> Response:
        """A query of somebody who does not wait for its answer any more is cancelled."""
        await self._enter()
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        running.add_done_callback(lambda _: self._free.release())
        is_left = False
        while True:
            done, _ = await asyncio.wait({running}, timeout=_LOOK_S)
            if done:
                return running.result()
            if not is_left and await request.is_disconnected():
                is_left = True
                await run_in_threadpool(self._cancel, caller, execution_id)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.platform.pools.close()

    async def _enter(self) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                await self._free.acquire()
        except TimeoutError:
            raise TooManyQueriesError from None

    def _cancel(self, caller: Caller, execution_id: UUID) -> None:
        with suppress(DatavizError):
            cancel_query(self.platform.database, caller, execution_id)
