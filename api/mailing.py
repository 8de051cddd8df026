"""Mails that are sent after the answer, which does not tell whether they were.

In threads of their own: a mail server that hangs holds up other mails and nothing else.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final

from dataviz_pipelines.core.mail import Mail, MailNotSentError, send
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)

THREADS: Final = 2
MAX_WAITING: Final = 1_000


class Mailing:
    """Lives as long as the application. What still waits when it ends is not sent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mailing")
        self._room = BoundedSemaphore(MAX_WAITING)

    async def send(self, make: Callable[[], Mail | None]) -> None:
        """Returns at once. `make` runs in the thread; None: there is nothing to send."""
        if self._room.acquire(blocking=False):
            self._pool.submit(self._send, make).add_done_callback(lambda _: self._room.release())
        else:
            logger.error("a mail was not sent: too many wait already")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _send(self, make: Callable[[], Mail | None]) -> None:
        try:
            mail = make()
            if mail is not None:
                send(self._settings, mail)
        except MailNotSentError:
            logger.exception("a mail was not sent")
        except Exception:
            logger.exception("a mail was not made")
