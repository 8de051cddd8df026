"""Ends queries that somebody, in whatever process, wants to end: the request stands in the database, and whoever runs a query
looks there."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.engines.base import Run

logger = logging.getLogger(__name__)
EVERY_S: Final = 0.5


class Cancellable:
    """A query that runs, and whether it was cancelled."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._is_over = False
        self.is_cancelled = False

    def cancel(self) -> None:
        """Nothing once it is over: its connection may be somebody else's by then."""
        with self._lock:
            if self._is_over:
                return
            self.is_cancelled = True
            try:
                self._run.cancel()
            except Exception:  # the edge of the thread that looks on, and it looks again
                logger.warning("a query could not be cancelled", exc_info=True)

    def end(self) -> None:
        with self._lock:
            self._is_over = True


class Watch:
    """One for a process. Its thread lives while queries run, and asks again for what has not ended: a query may have been
    about to be sent."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._running: dict[UUID, Cancellable] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, execution_id: UUID, run: Run) -> Iterator[Cancellable]:
        watched = Cancellable(run)
        with self._lock:
            self._running[execution_id] = watched
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_on, daemon=True, name="watch")
                self._thread.start()
        try:
            yield watched
        except (KeyboardInterrupt, SystemExit):  # nobody waits for it any more
            watched.cancel()
            raise
        finally:
            watched.end()
            with self._lock:
                del self._running[execution_id]

    def _look_on(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(EVERY_S)
            with self._lock:
                running = dict(self._running)
                if not running:
                    self._thread = None
                    return
            for execution_id in self._asked(list(running)):
                running[execution_id].cancel()

    def _asked(self, ids: list[UUID]) -> list[UUID]:
        try:
            with self._database.connect() as connection:
                return store.to_cancel(connection, ids)
        except SQLAlchemyError:
            logger.warning("cancellations could not be looked up", exc_info=True)
            return []
