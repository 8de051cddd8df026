"""Uploads as they change, for all who wait for them at once: one look at the database, however many watch."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from dataviz_pipelines.core.ingestion.uploading.store import State, read_states

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.1
AFTER_AN_ERROR_S: Final = 1.0


class Follower:
    """Hears of one upload. It may miss states in between, never the last."""

    def __init__(self) -> None:
        self._latest: State | None = None
        self._has_changed = asyncio.Event()

    def tell(self, state: State) -> None:
        if state != self._latest:
            self._latest = state
            self._has_changed.set()

    async def next(self, *, timeout_s: float) -> State | None:
        """None when nothing has changed for so long."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._has_changed.wait()
        except TimeoutError:
            return None
        self._has_changed.clear()
        return self._latest


class Watch:
    """Lives as long as the application. Nobody holds a connection while waiting."""

    def __init__(self, reading: Engine) -> None:
        self._reading = reading
        self._followers: dict[UUID, set[Follower]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, upload_id: UUID) -> Iterator[Follower]:
        follower = Follower()
        self._followers.setdefault(upload_id, set()).add(follower)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield follower
        finally:
            others = self._followers[upload_id]
            others.discard(follower)
            if not others:
                del self._followers[upload_id]

    async def final(self, upload_id: UUID, *, timeout_s: float) -> State | None:
        """None when it has not ended in this time."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        with self.following(upload_id) as follower:
            while (left_s := deadline - asyncio.get_running_loop().time()) > 0:
                state = await follower.next(timeout_s=left_s)
                if state is not None and state.is_final:
                    return state
        return None

    async def _look(self) -> None:
        while self._followers:
            pause_s = EVERY_S
            try:
                states = await run_in_threadpool(self._read, list(self._followers))
            except SQLAlchemyError:
                logger.warning("the states of uploads cannot be read", exc_info=True)
                states, pause_s = {}, AFTER_AN_ERROR_S
            for upload_id, state in states.items():
                for follower in self._followers.get(upload_id, ()):
                    follower.tell(state)
            await asyncio.sleep(pause_s)

    def _read(self, upload_ids: Sequence[UUID]) -> dict[UUID, State]:
        with self._reading.connect() as connection:
            return read_states(connection, upload_ids)
