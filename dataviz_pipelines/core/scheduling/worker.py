"""The process that does the work of runs, one after the other, so that one that takes too long can be killed.

It is told a run's id by a line on its standard input and answers by a byte when the run is over. It ends with its input: when
the process that started it dies, whatever it is doing then.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Any
from uuid import UUID

from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.scheduling.performing import perform


def serve(scheduling: Scheduling, batch_id: UUID) -> None:
    signal.signal(signal.SIGTERM, _stop)
    answers = _answers()
    asked: SimpleQueue[UUID] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    with suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(answers, b"r")
        while True:
            perform(scheduling, batch_id, asked.get())
            os.write(answers, b"d")


def _stop(*_: Any) -> None:
    """Whatever servers do for the run just now is ended on the way out."""
    sys.exit(128 + signal.SIGTERM)


def _answers() -> int:
    """What was standard output. Whatever a job prints goes to the log instead, among no answers."""
    own = os.dup(1)
    os.dup2(2, 1)
    return own


def _listen(asked: "SimpleQueue[UUID]") -> None:
    for line in sys.stdin:
        asked.put(UUID(line.strip()))
    os._exit(0)
