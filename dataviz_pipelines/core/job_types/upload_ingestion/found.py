"""A file that could be taken, wherever it is."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from dataviz_pipelines.core.ingestion.drops.inbox import UNFINISHED

CHUNK_BYTES: Final = 1024 * 1024
MOST_LISTED: Final = 100_000
"""How many names are looked at in one place of a server."""


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


def is_wanted(name: str, pattern: str) -> bool:
    """Neither hidden nor with the usual name of an unfinished download."""
    is_unfinished = name.startswith((".", "~$")) or name.lower().endswith(UNFINISHED)
    return not is_unfinished and fnmatchcase(name, pattern)
