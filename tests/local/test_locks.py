import threading
from functools import partial
from pathlib import Path

import pytest

from dataviz_pipelines.local.locks import exclusive_or_none, leave_if_unused, shared_use


def test_the_second_holder_is_told_at_once(tmp_path: Path) -> None:
    with exclusive_or_none(tmp_path / "lock") as first:
        assert first is not None
        with exclusive_or_none(tmp_path / "lock") as second:
            assert second is None
    with exclusive_or_none(tmp_path / "lock") as third:
        assert third is not None


def test_every_user_enters_and_only_the_last_one_leaves(tmp_path: Path) -> None:
    events: list[str] = []
    use = partial(
        shared_use,
        tmp_path,
        enter=lambda: events.append("enter"),
        leave_last=lambda: events.append("leave"),
    )
    with use(), use():
        leave_if_unused(tmp_path, lambda: events.append("wrong"))
    assert events == ["enter", "enter", "leave"]


def test_an_entry_that_fails_leaves_behind_nothing_that_it_started(tmp_path: Path) -> None:
    events: list[str] = []

    def enter() -> None:
        events.append("started half")
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        shared_use(tmp_path, enter=enter, leave_last=lambda: events.append("leave")),
    ):
        pass
    assert events == ["started half", "leave"]


def test_a_user_never_finds_what_another_one_has_just_left(tmp_path: Path) -> None:
    running = threading.Event()
    found: list[bool] = []

    def use() -> None:
        for _ in range(30):
            with shared_use(tmp_path, enter=running.set, leave_last=running.clear):
                found.append(running.is_set())

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 120
    assert not running.is_set()
