"""Which file it is: its SHA-256, taken while the file is read, and the proof that it did not change meanwhile."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dataviz_pipelines.core.ingestion.errors import (
    FileMissingError,
    FileRefusedError,
    UnreadableFileError,
)


@dataclass(frozen=True)
class FileState:
    size_bytes: int
    modified_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        try:
            status = path.stat()
        except FileNotFoundError as error:
            raise FileMissingError(f"File {path.name} is gone.", remedy="Drop it again.") from error
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


class WatchedFile:
    """A file whose content is hashed in a thread (hashing releases the interpreter's lock) while others read it."""

    def __init__(self, path: Path) -> None:
        """Raises FileMissingError, or UnreadableFileError when the platform's user may not read it."""
        self.path = path
        self.state = FileState.of(path)
        _refuse_without_permission(path)
        self._hashing: Future[str] | None = None

    def start_hashing(self) -> None:
        if self._hashing is None:
            executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hash")
            self._hashing = executor.submit(_sha256, self.path)
            executor.shutdown(wait=False)

    def sha256(self) -> str:
        """Waits for the hash. Raises FileRefusedError when the file is not what it was at the start."""
        self.start_hashing()
        if self._hashing is None:
            raise AssertionError("start_hashing() always sets it")
        digest = self._hashing.result()
        if FileState.of(self.path) != self.state:
            raise FileRefusedError(
                f"File {self.path.name} changed while it was read.",
                remedy="Drop it again when it is complete, best by renaming it into the inbox.",
            )
        return digest


def _refuse_without_permission(path: Path) -> None:
    try:
        path.open("rb").close()
    except PermissionError as error:
        raise UnreadableFileError(
            f"File {path.name} cannot be opened: its permissions forbid it.",
            remedy="Make it readable for the user that runs the platform, and drop it again.",
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
