"""A file on its way in: written where nobody looks for it, and complete and durable before it is put on record.

The folder `received` holds a folder for each upload, named by its id; no name that a client sends becomes a path.
"""

import errno
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from dataviz_pipelines.core.ingestion.drops.names import storable_name
from dataviz_pipelines.core.ingestion.uploading.errors import (
    FileTooLargeError,
    NoRoomForUploadError,
)

MIB: Final = 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FOLDERS: Final = re.compile(r"[/\\]")


class ReceivedFile:
    """Made with the first byte."""

    def __init__(self, received: Path, upload_id: UUID, file_name: str, *, max_bytes: int) -> None:
        self.upload_id = upload_id
        self.file_name = plain_name(file_name)
        self.size_bytes = 0
        self._max_bytes = max_bytes
        self._folder = received / str(upload_id)
        self._is_kept = False
        self._file: BinaryIO | None = None

    @property
    def path(self) -> Path:
        return self._folder / self.file_name

    def write(self, data: bytes | bytearray) -> None:
        """Raises FileTooLargeError before a byte above the limit is written, and NoRoomForUploadError."""
        self.size_bytes += len(data)
        self.require_at_most(self._max_bytes)
        try:
            self._opened().write(data)
        except OSError as error:
            raise _told(error) from error

    def require_at_most(self, max_bytes: int) -> None:
        """The limit may be known only when bytes have come."""
        self._max_bytes = min(max_bytes, self._max_bytes)
        if self.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)

    def seal(self) -> None:
        """Survives a power cut from here on."""
        try:
            file = self._opened()
            file.flush()
            os.fsync(file.fileno())
            for folder in (self._folder, self._folder.parent):
                _sync(folder)
        except OSError as error:
            raise _told(error) from error
        self._close()

    def keep(self) -> None:
        self._is_kept = True

    def discard(self) -> None:
        """Removes the file and its folder."""
        self._close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def discard_unless_kept(self) -> None:
        if not self._is_kept:
            self.discard()

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what was not sealed is thrown away
                self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(self.path, flags, 0o600)
            self._file = os.fdopen(descriptor, "wb")
        return self._file


def plain_name(given: str) -> str:
    """What a client calls the file, without folders, as it can be stored; only its extension decides anything."""
    name = storable_name(_FOLDERS.split(given)[-1].strip())
    return name if name.strip(". ") else "file"


def too_large(max_bytes: int) -> FileTooLargeError:
    return FileTooLargeError(
        f"The file has more than {max_bytes / MIB:,.0f} MB, which is the most that is taken.",
        remedy="Split the file, or ask for a greater max_file_size_mb of the template or max_upload_size_mb.",
    )


def _told(error: OSError) -> Exception:
    if error.errno not in _FULL:
        return error
    return NoRoomForUploadError(
        "The disk on which uploads land is full; nothing of the file was kept.",
        remedy="Make room, and send the file again.",
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
