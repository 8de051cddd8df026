"""The inbox as a file system: what is complete, and how it is taken. Knows no database."""

import logging
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.ingestion.drops.names import storable_name
from dataviz_pipelines.core.ingestion.drops.writers import Writers, writers_of

logger = logging.getLogger(__name__)

_ROUNDING_S: Final = 0.001
"""A clock tells microseconds, a file nanoseconds: what is looked at to the second is not yet old enough."""

UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp")
UNSEEN_SETTLE_S = 5.0  # where nobody can tell whether a file is still being written


@dataclass(frozen=True)
class DroppedFile:
    """A file in the folder of a template."""

    path: Path
    template: str


@dataclass(frozen=True)
class Look:
    """Complete files, oldest first, and in how many seconds another one may be complete; None: none is on its way."""

    settled: list[DroppedFile]
    next_in_s: float | None


def look(inbox: Path, template: str, *, settle_s: float, now: datetime) -> Look:
    """Complete is what has not been touched for `settle_s` and is open for writing in no process.

    Hidden files and the usual names of unfinished downloads are left alone until they are renamed. A time stamp far in the
    future (another machine's clock) counts as settled.
    """
    settled: list[tuple[int, DroppedFile]] = []
    waits_s: list[float] = []
    for path in _files(inbox / template):
        try:
            touched_ns = path.stat().st_mtime_ns
        except FileNotFoundError:
            continue  # taken or removed since it was listed
        age_s = abs(now.timestamp() - touched_ns / 1e9)
        if age_s < settle_s:
            waits_s.append(settle_s - age_s + _ROUNDING_S)
        elif _is_complete(path, age_s):
            settled.append((touched_ns, DroppedFile(path, template)))
    in_order = sorted(settled, key=lambda item: (item[0], item[1].path.name))
    return Look([file for _, file in in_order], min(waits_s, default=None))


def claim(file: DroppedFile, claimed: Path, upload_id: UUID) -> Path | None:
    """Takes the file by renaming it, which succeeds for one claimant only. None: somebody else was faster, or it cannot be
    taken, which the log then explains; the next look tries again."""
    folder = claimed / file.template / str(upload_id)
    folder.mkdir(parents=True)
    target = folder / storable_name(file.path.name)
    try:
        file.path.rename(target)
    except OSError as error:
        with suppress(FileNotFoundError):
            folder.rmdir()
        if not isinstance(error, FileNotFoundError):
            logger.warning("%s cannot be taken: %s", storable_name(str(file.path)), error.strerror)
        return None
    return target


def overlooked(inbox: Path, templates: Collection[str]) -> list[str]:
    """A sentence for each thing in the inbox that nobody will ever take."""
    found: list[str] = []
    for entry in _visible(inbox):
        if not entry.is_dir():
            found.append(
                f"{_shown(entry)} lies outside the templates' folders; move it into one of them."
            )
        elif entry.name in templates:
            found.extend(_not_files(entry))
        elif count := sum(1 for _ in _visible(Path(entry.path))):
            what = "1 file" if count == 1 else f"{count} files"
            found.append(f"{_shown(entry)} holds {what}, and no active template has this name.")
    return found


def _not_files(folder: os.DirEntry[str]) -> Iterator[str]:
    for entry in _visible(Path(folder.path)):
        if not entry.is_file(follow_symlinks=False):
            kind = "a link" if entry.is_symlink() else "a folder" if entry.is_dir() else "no file"
            yield f"{_shown(folder)}/{storable_name(entry.name)} is {kind}; only files themselves are taken."


def _is_complete(path: Path, age_s: float) -> bool:
    writers = writers_of(path)
    return writers is Writers.NONE or (writers is Writers.UNKNOWN and age_s >= UNSEEN_SETTLE_S)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files only: a link could lead anywhere."""
    for entry in _visible(folder):
        if entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    """By name. A folder that is not there has nothing in it, and one that may not be read must not stop the others."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (e for e in entries if not _is_unfinished(e.name)), key=lambda entry: entry.name
            )
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        logger.warning("%s cannot be read: no permission", folder)
        return []


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(UNFINISHED)


def _shown(entry: os.DirEntry[str]) -> str:
    return f"inbox/{storable_name(entry.name)}"
