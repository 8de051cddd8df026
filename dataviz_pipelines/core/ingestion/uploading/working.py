"""The worker: loads what was received, a few files at once, in a process of its own.

The queue is `upload_history`, so nothing that was accepted is lost with a process, and the lock that a load holds in the
database keeps two workers from loading the same upload. A notification only saves the wait for the next look.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.ingestion.drops.service import Drops, put_away
from dataviz_pipelines.core.ingestion.errors import UploadInProgressError
from dataviz_pipelines.core.ingestion.loading import MIB, Watching
from dataviz_pipelines.core.ingestion.service import load_upload
from dataviz_pipelines.core.ingestion.uploading import store, tidying
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress

logger = logging.getLogger(__name__)

MOST_LOST: Final = 3
LOST_MESSAGE: Final = (
    f"The process that loaded it was lost {MOST_LOST} times; nothing of it was loaded. "
    "It may be too large for this machine's memory; split it, or load it again."
)
LOOK_EVERY_S: Final = 2.0
PATIENCE_S: Final = 8.0  # given to loads that run when the worker is to stop
SMALL_BYTES: Final = 4 * MIB
TIDY_EVERY_S: Final = 10.0


class Interrupted(BaseException):
    """The worker stops; what it was loading is loaded later. No Exception: the load has not failed."""


@dataclass(frozen=True)
class Slot:
    """Loads one file at a time, none above `max_bytes`."""

    name: str
    max_bytes: int


SLOTS: Final = (
    Slot("any 1", 1 << 62),
    Slot("any 2", 1 << 62),
    Slot("small", SMALL_BYTES),  # so that a small file never waits for large ones
)


class Worker:
    """`beat` is called at every look, so that others see that somebody works."""

    def __init__(self, drops: Drops, *, beat: Callable[[], None]) -> None:
        self._drops = drops
        self._engine = drops.ingestion.engine
        self._beat = beat
        self._taken: set[UUID] = set()
        self._taking = threading.Lock()
        self._waking = threading.Condition()
        self._wakes = 0
        self._tidied_at = -math.inf
        self._stopping = threading.Event()
        self._interrupting = threading.Event()

    def stop(self) -> None:
        """May be called from a signal handler's thread; `run` then returns within `PATIENCE_S` and a chunk."""
        self._stopping.set()

    def run(self) -> None:
        slots = [
            threading.Thread(target=self._serve, args=(slot,), name=slot.name) for slot in SLOTS
        ]
        for thread in slots:
            thread.start()
        try:
            while not self._stopping.is_set():
                self._attend_or_wait()
        finally:
            self._stopping.set()
            self._wake()
            for thread in slots:
                thread.join(PATIENCE_S / len(slots))
            self._interrupting.set()
            for thread in slots:
                thread.join()

    def _attend_or_wait(self) -> None:
        try:
            self._attend()
        except (
            Exception
        ):  # mostly the database; whatever it is, the queue must be attended to again
            logger.exception("the queue is not being attended to")
            self._stopping.wait(LOOK_EVERY_S)

    def _look(self) -> None:
        self._beat()
        with self._taking:
            taken = list(self._taken)
        with self._engine.begin() as connection:
            lost = store.give_back_lost(connection, taken, most=MOST_LOST, message=LOST_MESSAGE)
        for upload_id in lost:
            logger.warning("upload %s was being loaded by a process that is gone", upload_id)
        if time.monotonic() - self._tidied_at > TIDY_EVERY_S:
            self._tidied_at = time.monotonic()
            tidying.tidy(self._drops)
        self._wake()

    def _attend(self) -> None:
        """Looks now and then, and listens in between, until the worker stops or the connection does not hold."""
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # of the URL
            connection.detach()  # nobody else is to have it afterwards
            store.listen(connection)
            while not self._stopping.is_set():
                self._look()
                for _ in driver.notifies(timeout=LOOK_EVERY_S):
                    self._wake()
                    if self._stopping.is_set():
                        break

    def _wake(self) -> None:
        with self._waking:
            self._wakes += 1
            self._waking.notify_all()

    def _serve(self, slot: Slot) -> None:
        while not self._stopping.is_set():
            wakes = self._wakes
            try:
                is_idle = not self._load_next(slot)
            except Exception:  # the thread must outlive whatever one upload or the database does
                logger.exception("an upload was not loaded")
                is_idle = True
            if is_idle:
                self._rest(wakes)

    def _rest(self, wakes: int) -> None:
        """Unless somebody has called since there were so many `wakes`."""
        with self._waking:
            self._waking.wait_for(lambda: self._wakes != wakes, LOOK_EVERY_S)

    def _load_next(self, slot: Slot) -> bool:
        upload_id = self._take(slot)
        if upload_id is None:
            return False
        try:
            return self._load(upload_id)
        finally:
            with self._taking:
                self._taken.discard(upload_id)

    def _take(self, slot: Slot) -> UUID | None:
        with self._taking, self._engine.begin() as connection:
            taken = list(self._taken)
            upload_id = store.next_waiting(connection, taken, max_bytes=slot.max_bytes)
            if upload_id is not None:
                self._taken.add(upload_id)
            return upload_id

    def _load(self, upload_id: UUID) -> bool:
        """False when another process was faster, and looking again at once would find the same."""
        try:
            load_upload(
                self._drops.ingestion,
                upload_id,
                watching=Watching(self._interrupt),
                gives_up=False,
            )
        except UploadInProgressError:
            return False
        except Interrupted:
            with self._engine.begin() as connection:
                store.give_back(connection, upload_id)
            return True
        except UnavailableError as error:
            logger.warning("upload %s: %s", upload_id, error)
            self._queue_again(upload_id, error)
        except DatavizError as error:
            logger.info("upload %s: %s", upload_id, error)
        put_away(self._drops, upload_id)
        return True

    def _queue_again(self, upload_id: UUID, error: UnavailableError) -> None:
        """What was no fault of the file's is tried again, as often as after a kill."""
        with self._engine.begin() as connection:
            store.queue_again(connection, upload_id, error, most=MOST_LOST)

    def _interrupt(self, _: UploadProgress) -> None:
        if self._interrupting.is_set():
            raise Interrupted
