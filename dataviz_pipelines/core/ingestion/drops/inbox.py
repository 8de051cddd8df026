"""The inbox as a file system: what is complete, and how it is taken. Knows no database."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp")


@dataclass(frozen=True)
class DroppedFile:
    """A file in the folder of a template."""

    path: Path
    template: str


@dataclass(frozen=True)
class ClaimedFile:
    """A file that was taken, in the folder that bears its upload's id."""

    path: Path
    template: str
    upload_id: UUID


def settled_files(
    inbox: Path, template: str, *, settle_s: float, now: datetime
) -> list[DroppedFile]:
    """Complete files, oldest first: not touched for `settle_s`, and open for writing in no process.

    Hidden files and the usual names of unfinished downloads are left alone until they are renamed. A time stamp in the
    future (another machine's clock) counts as now.
    """
    found: list[tuple[int, DroppedFile]] = []
    for path in _files(inbox / template):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue  # taken or removed since it was listed
        age_s = now.timestamp() - status.st_mtime
        if abs(age_s) >= settle_s and not _is_being_written(path):
            found.append((status.st_mtime_ns, DroppedFile(path, template)))
    return [file for _, file in sorted(found, key=lambda item: (item[0], item[1].path.name))]


def claim(file: DroppedFile, claimed: Path, upload_id: UUID) -> ClaimedFile | None:
    """Takes the file by renaming it, which succeeds for one claimant only. None: somebody else was faster."""
    folder = claimed / file.template / str(upload_id)
    folder.mkdir(parents=True)
    target = folder / file.path.name
    try:
        file.path.rename(target)
    except FileNotFoundError:
        folder.rmdir()
        return None
    return ClaimedFile(target, file.template, upload_id)


def claimed_files(claimed: Path) -> Iterator[ClaimedFile]:
    for template in _folders(claimed):
        for folder in _folders(template):
            for path in _files(folder):
                yield ClaimedFile(path, template.name, UUID(folder.name))


def move(path: Path, target: Path) -> None:
    """Moves a file out of the folder of its claim, which goes with it. Nothing happens when it has been moved already."""
    if path.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _is_being_written(path: Path) -> bool:
    """Linux grants a read lease only on a file that nobody has open for writing. Where leases are not to be had (another
    owner's file, a network share) the settle time has to do."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False  # it will be claimed, and its upload will say that it cannot be read
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _files(folder: Path) -> Iterator[Path]:
    """Regular files only: a link could lead anywhere."""
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        name = entry.name
        unfinished = name.startswith((".", "~$")) or name.lower().endswith(UNFINISHED)
        if entry.is_file(follow_symlinks=False) and not unfinished:
            yield Path(entry.path)


def _folders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (
            path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()
        )
