"""Brings what is queued to where it goes: at least once, in bounded time, and with a record of what became of it (F55).

A message is claimed in a transaction of its own and sent afterwards. Whoever claims it writes down until when it counts as
being sent: if the process is killed meanwhile, another one sends it again then, under the same id.
"""

import logging
import random
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.models.notifications import DeliveryStatus
from dataviz_pipelines.core.network import network_guard
from dataviz_pipelines.core.notifications import incidents, store
from dataviz_pipelines.core.notifications.planning import MAX_ATTEMPTS, Drop, pause, plan
from dataviz_pipelines.core.notifications.sending import Outside, send
from dataviz_pipelines.core.notifications.service import tell
from dataviz_pipelines.core.notifications.store import Due
from dataviz_pipelines.core.notifications.timing import Wait
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)

THREADS: Final = 8
LOST_AFTER: Final = timedelta(minutes=5)
"""Longer than any sending takes: mail servers have 20 s for each of a few answers, webhooks 15 s in all."""


class Deliverer:
    """Lives as long as its process. What is slow stays in its thread while the next look goes on with the others."""

    def __init__(self, engine: Engine, settings: Settings, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        guard, vault = network_guard(settings), Vault(key_source(settings))
        self._outside = Outside(settings, vault, guard, clock)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivering")
        self._running: set[Future[None]] = set()

    def look(self, *, patience_s: float) -> int:
        """How many messages were begun. Returns when nothing is due and all are done, or after a while."""
        self._prepare()
        deadline = time.monotonic() + patience_s
        begun = 0
        while True:
            looked_at, claimed = self._claim()
            self._running |= {self._pool.submit(self._deliver, due) for due in claimed}
            begun += len(claimed)
            left = deadline - time.monotonic()
            if left <= 0 or not (looked_at or self._running):
                return begun
            self._wait(left)

    def close(self) -> None:
        """Waits for what is being sent."""
        self._pool.shutdown(cancel_futures=True)

    def _wait(self, left_s: float) -> None:
        """Until one is done. Raises what kept an outcome from being recorded."""
        done, self._running = wait(self._running, left_s, FIRST_COMPLETED)
        for each in done:
            each.result()

    def _prepare(self) -> None:
        now = self._clock()
        with self._engine.begin() as connection:
            for notice, audience in incidents.take_untold(connection, now):
                tell(connection, notice, audience)
            store.collect_digests(connection, now=now)
        with self._engine.begin() as connection:
            store.forget_old(connection, now=now)

    def _claim(self) -> tuple[int, list[Due]]:
        """How many were looked at, and those of them that are to be sent; as many as there are threads for."""
        free = THREADS - len(self._running)
        if free == 0:
            return 0, []
        now = self._clock()
        with self._engine.begin() as connection:
            rows = list(store.claimable(connection, now=now, limit=free))
            return len(rows), [due for due in rows if self._is_begun(connection, due, now)]

    def _is_begun(self, connection: Connection, due: Due, now: datetime) -> bool:
        planned = plan(due, now, can_mail=self._outside.settings.sends_mails)
        if isinstance(planned, Wait):
            store.wait(connection, due, planned)
        elif isinstance(planned, Drop):
            store.drop(connection, due, planned.status, planned.why)
            if planned.status is DeliveryStatus.FAILED:
                store.say_so_in_app(connection, due, planned.why)
        else:
            store.begin(connection, due, lost_at=now + LOST_AFTER)
        return planned is None

    def _deliver(self, due: Due) -> None:
        """The end of a thread: whatever happens is recorded."""
        try:
            send(self._outside, due)
        except UnavailableError as error:
            self._record_trouble(due, str(error), is_final=due.attempt + 1 >= MAX_ATTEMPTS)
        except DatavizError as error:
            self._record_trouble(due, str(error), is_final=True)
        except Exception:
            logger.exception("the delivery %s met an error of the platform", due.id)
            self._record_trouble(due, "An error of the platform; its log has it.", is_final=True)
        else:
            with self._engine.begin() as connection:
                store.record_delivered(connection, due, now=self._clock())

    def _record_trouble(self, due: Due, error: str, *, is_final: bool) -> None:
        with self._engine.begin() as connection:
            if not is_final:
                again = self._clock() + pause(due.attempt + 1, random.random())  # noqa: S311  # it guards nothing
                store.record_retry(connection, due, error, at=again)
            elif store.record_failed(connection, due, error):
                store.say_so_in_app(connection, due, error)
