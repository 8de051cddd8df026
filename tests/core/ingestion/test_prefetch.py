"""Reading ahead: the same items in the same order, errors in their place, and no thread left behind."""

import threading
from collections.abc import Iterator

import pytest

from dataviz_pipelines.core.ingestion.prefetch import Prefetched


def running() -> int:
    return sum(thread.name == "prefetch" for thread in threading.enumerate())


def test_items_come_in_their_order() -> None:
    with Prefetched(iter(range(100))) as items:
        assert list(items) == list(range(100))
    assert running() == 0


def test_an_error_comes_after_the_items_before_it() -> None:
    def two_and_an_error() -> Iterator[int]:
        yield from (1, 2)
        raise LookupError("three")

    seen: list[int] = []
    with Prefetched(two_and_an_error()) as items, pytest.raises(LookupError, match="three"):
        seen.extend(iter(items))
    assert running() == 0


def test_no_more_is_read_ahead_than_the_depth_allows() -> None:
    made: list[int] = []
    reached = threading.Event()

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            if len(made) == 4:  # one taken, two in the queue, one in hand
                reached.set()
            yield made[-1]

    with Prefetched(endless(), depth=2) as items:
        assert next(iter(items)) == 0
        assert reached.wait(10)
        assert len(made) == 4
    assert running() == 0


def test_leaving_early_stops_the_thread_before_the_source_is_closed() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        while True:
            assert not closed.is_set()
            yield 0

    with Prefetched(endless()) as items:
        next(iter(items))
    closed.set()
    assert running() == 0
