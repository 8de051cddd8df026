"""The bytes of a file, unpacked on the way, with every limit enforced while they stream."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.limits import Limits

ENCRYPTED_FLAG = 0x1
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class ByteStream:
    """Unpacked bytes. `position` counts the bytes of the file itself, as a progress bar wants them; `size` is the file's
    size when it was opened, and nothing behind it is read, however the file grows."""

    def __init__(self, path: Path, compression: str | None, limits: Limits) -> None:
        self.name = path.name
        self.compression = compression
        self.limits = limits
        self.size = path.stat().st_size
        if self.size > limits.max_bytes:
            raise UnreadableFileError(
                f"{self.name} has {self.size:,} bytes; at most {limits.max_bytes:,} are read.",
                remedy="Split the file, or raise the limit.",
            )
        self.member: str | None = None  # the file inside an archive
        self._unpacked = 0
        self._file = path.open("rb")
        self._bounded = _Bounded(self._file, self.size)
        try:
            self._content: Readable = OPENERS[compression](self)
        except BaseException:
            self._file.close()
            raise

    @property
    def position(self) -> int:
        return min(self._file.tell(), self.size)

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        parts: list[bytes] = []
        missing = size
        while missing > 0 and (part := self._read_some(missing)):
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        self._file.close()

    def _read_some(self, size: int) -> bytes:
        try:
            part = self._content.read(size)
        except DAMAGED as error:
            raise UnreadableFileError(
                f"{self.name} is damaged or cut off: it cannot be unpacked beyond byte {self._unpacked:,}.",
                remedy="Send the file again.",
            ) from error
        self._unpacked += len(part)
        self._check_unpacked()
        return part

    def _check_unpacked(self) -> None:
        limits = self.limits
        too_dense = (
            self._unpacked > limits.ratio_floor_bytes
            and self._unpacked > limits.max_ratio * self.size
        )
        if self._unpacked > limits.max_uncompressed_bytes or too_dense:
            raise UnreadableFileError(
                f"{self.name} unpacks to more than {self._unpacked:,} bytes from {self.size:,}, which is refused.",
                remedy="Send it unpacked, or split it.",
            )

    def _open_plain(self) -> Readable:
        return self._bounded

    def _open_gzip(self) -> Readable:
        return gzip.GzipFile(fileobj=cast(BinaryIO, self._bounded), mode="rb")

    def _open_zip(self) -> Readable:
        try:
            archive = zipfile.ZipFile(self._file)
        except zipfile.BadZipFile as error:
            raise UnreadableFileError(
                f"{self.name} is no complete ZIP archive.", remedy="Send the file again."
            ) from error
        member = self._only_member(archive)
        if member.flag_bits & ENCRYPTED_FLAG:
            raise UnreadableFileError(
                f"{self.name} is protected with a password.", remedy="Send it without one."
            )
        self.member = member.filename
        try:
            return cast(Readable, archive.open(member))
        except DAMAGED as error:
            raise UnreadableFileError(
                f"{self.name} cannot be unpacked: {error}.",
                remedy="Send it as a plain file or .gz.",
            ) from error

    def _only_member(self, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
        entries = archive.infolist()
        if len(entries) > self.limits.max_zip_entries:
            raise UnreadableFileError(
                f"{self.name} holds {len(entries):,} entries, too many to look at."
            )
        members = [entry for entry in entries if _is_data(entry)]
        if len(members) != 1:
            raise UnreadableFileError(
                f"{self.name} holds {len(members)} files; exactly one is expected.",
                remedy="Send one archive per file.",
            )
        return members[0]


OPENERS: dict[str | None, Callable[[ByteStream], Readable]] = {
    None: ByteStream._open_plain,
    "gzip": ByteStream._open_gzip,
    "zip": ByteStream._open_zip,
}


class _Bounded(io.RawIOBase):
    """The first `size` bytes of a file, in order."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        left = self._size - self._file.tell()
        return self._file.read(left if size < 0 else min(size, left))


def _is_data(entry: zipfile.ZipInfo) -> bool:
    """Not a folder, and none of the extra files that desktop systems add."""
    path = PurePosixPath(entry.filename)
    return not (entry.is_dir() or path.parts[0] == "__MACOSX" or path.name.startswith("."))
