"""A file that could be taken, wherever it is."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass


@dataclass(frozen=True)
class Opened:
    """`version` None: nothing tells when the file has changed, so it is always taken. `chunks` may raise DatavizError."""

    version: str | None
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Found:
    """`shown` is where people read that it is, `name` what it is stored as. `version` None: known only when it is opened.
    `open` is given the version that was taken last, and yields None if that is still the one."""

    place: str
    shown: str
    name: str
    open: Callable[[str | None], AbstractContextManager[Opened | None]]
    version: str | None = None

    @property
    def key(self) -> str:
        return hashlib.sha256(self.place.encode("utf-8", "surrogateescape")).hexdigest()
