"""A pause in a thread, or in a greenlet of an event loop, which others use."""

import asyncio
import time

from sqlalchemy.util import await_
from sqlalchemy.util.concurrency import in_greenlet


def pause(seconds: float) -> None:
    if in_greenlet():
        await_(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)
