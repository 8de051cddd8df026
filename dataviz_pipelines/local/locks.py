"""Locks between processes. They belong to open files, so a killed process lets go of all of its locks."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeVar

T = TypeVar("T")


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Waits for as long as another process holds `path`."""
    with _lock_file(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def exclusive_or_none(path: Path) -> Iterator[IO[str] | None]:
    """The locked file, or None at once when another process holds it."""
    with _lock_file(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file


@contextmanager
def shared_use(
    directory: Path, *, enter: Callable[[], T], leave_last: Callable[[], None]
) -> Iterator[T]:
    """Runs `enter` before every use and `leave_last` after the last one.

    Both run while `directory/lock` is held, so nobody enters while the last one leaves. Users are counted as shared
    locks on `directory/users`, so a user that was killed no longer counts. An entry that fails or is interrupted leaves as if it had succeeded.
    """
    with _lock_file(directory / "users") as users:
        with exclusive(directory / "lock"):
            try:
                value = enter()
            except BaseException:
                _if_alone(users, leave_last)
                raise
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield value
        finally:
            with exclusive(directory / "lock"):
                _if_alone(users, leave_last)


def leave_if_unused(directory: Path, leave_last: Callable[[], None]) -> None:
    """What a killed last user did not do."""
    with exclusive(directory / "lock"), _lock_file(directory / "users") as users:
        _if_alone(users, leave_last)


def _if_alone(users: IO[str], action: Callable[[], None]) -> None:
    with suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        action()


@contextmanager
def _lock_file(path: Path) -> Iterator[IO[str]]:
    """The file is never removed: a lock on a removed file would exclude nobody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        yield file
