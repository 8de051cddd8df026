"""Reading and writing at once: a thread prepares the next chunks while the database takes the last one."""

from collections.abc import Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
POLL_S = 0.1
_END = object()


class Prefetched(Generic[Item]):
    """Iterates `items` in a thread, at most `depth` ahead. An error there is raised here, in its place.

    Use as a context manager: leaving it stops the thread and waits for it, so that the source can be closed.
    """

    def __init__(self, items: Iterator[Item], *, depth: int = 2) -> None:
        self._items = items
        self._queue: Queue[object] = Queue(maxsize=depth)
        self._stopped = Event()
        self._thread = Thread(target=self._produce, name="prefetch", daemon=True)

    def __enter__(self) -> "Prefetched[Item]":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        while (item := self._queue.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item  # type: ignore[misc]  # the queue holds items, errors and the end mark

    def _produce(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
            self._put(_END)
        except BaseException as error:  # noqa: BLE001  # raised again by the thread that iterates
            self._put(error)

    def _put(self, item: object) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=POLL_S)
            except Full:
                continue
            return True
        return False
