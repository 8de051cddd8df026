"""Files of a folder of this machine. Each step downwards opens a folder in the one before and follows no link, so neither a
link nor a folder that is exchanged meanwhile leads out of what is allowed; nor does any into the platform's own folder."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from dataviz_pipelines.core.ingestion.drops.inbox import UNSEEN_SETTLE_S
from dataviz_pipelines.core.ingestion.drops.names import storable_name
from dataviz_pipelines.core.job_types.upload_ingestion.config import FolderConfig
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    FileChangedError,
    FileUnreadableError,
    FolderNotAllowedError,
    FolderUnreadableError,
)
from dataviz_pipelines.core.job_types.upload_ingestion.found import (
    CHUNK_BYTES,
    Found,
    Opened,
    is_wanted,
)
from dataviz_pipelines.core.settings import Settings

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not be waited for


@dataclass(frozen=True)
class Folder:
    """`root` is what the setting lists, `home` the platform's own folder, of which nothing is taken."""

    root: Path
    path: Path
    home: Path

    @classmethod
    def of(cls, config: FolderConfig, settings: Settings) -> "Folder":
        path = Path(config.path)
        for root in settings.import_folder_list:
            if path.is_relative_to(root):
                return cls(root, path, settings.root)
        raise FolderNotAllowedError(
            f"{path} is in no folder that files may be taken from.",
            remedy="Whoever runs the platform can allow it with DATAVIZ_IMPORT_FOLDERS.",
        )

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Its descriptor."""
        descriptor = self._descriptor()
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def is_home(self, descriptor: int) -> bool:
        return self.home.exists() and os.path.samestat(os.fstat(descriptor), self.home.stat())

    def _descriptor(self) -> int:
        try:
            descriptor = os.open(self.root, _FOLDER)
            self._refuse_home(descriptor)
            for part in self.path.relative_to(self.root).parts:
                descriptor = _below(descriptor, part)
                self._refuse_home(descriptor)
        except OSError as error:
            raise FolderUnreadableError(
                f"The folder {self.path} cannot be read: {error.strerror}.",
                remedy="It must be there, be no link, and be readable by the platform.",
            ) from error
        return descriptor

    def _refuse_home(self, descriptor: int) -> None:
        if self.is_home(descriptor) or self.root.resolve().is_relative_to(self.home):
            os.close(descriptor)
            raise FolderNotAllowedError(
                f"{self.path} is in the platform's own folder.", remedy="Use another one."
            )


def find(config: FolderConfig, settings: Settings) -> list[Found]:
    """Oldest first. Without what is hidden, has the usual name of an unfinished download, or was touched a moment ago."""
    folder = Folder.of(config, settings)
    settled_ns = time.time_ns() - int(max(settings.inbox_settle_s, UNSEEN_SETTLE_S) * 1e9)
    found = []
    with folder.opened() as descriptor:
        for place, state in _files(folder, descriptor, config):
            if state.st_mtime_ns <= settled_ns:
                found.append((state.st_mtime_ns, str(place), _found(folder, place, state)))
    return [each for *_, each in sorted(found, key=lambda item: item[:2])]


def _files(
    folder: Folder, descriptor: int, config: FolderConfig
) -> Iterator[tuple[Path, os.stat_result]]:
    """Paths within the folder. Regular files only."""
    for within, folders, names, inner in os.fwalk(".", dir_fd=descriptor):
        folders[:] = [name for name in folders if config.subfolders and not name.startswith(".")]
        if folder.is_home(inner):
            folders.clear()
            continue
        for name in names:
            with suppress(FileNotFoundError):  # just removed
                state = os.stat(name, dir_fd=inner, follow_symlinks=False)
                if stat.S_ISREG(state.st_mode) and is_wanted(name, config.pattern):
                    yield Path(within) / name, state


def _found(folder: Folder, place: Path, state: os.stat_result) -> Found:
    return Found(
        place=str(folder.path / place),
        shown=storable_name(str(place)),
        name=place.name,
        open=partial(_opened, folder, place),
        version=_version(state),
    )


@contextmanager
def _opened(folder: Folder, place: Path, taken: str | None) -> Iterator[Opened | None]:
    shown = storable_name(str(place))
    with folder.opened() as descriptor:
        file = _open_file(descriptor, place, shown)
        try:
            version = _version(os.fstat(file))
            yield None if version == taken else Opened(version, _chunks(file, version, shown))
        finally:
            os.close(file)


def _open_file(descriptor: int, place: Path, shown: str) -> int:
    try:
        inner = os.dup(descriptor)
        for part in place.parent.parts:
            inner = _below(inner, part)
        try:
            file = os.open(place.name, _FILE, dir_fd=inner)
        finally:
            os.close(inner)
    except OSError as error:
        raise FileUnreadableError(f"{shown} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileUnreadableError(f"{shown} is no file any more.")
    return file


def _chunks(file: int, version: str, shown: str) -> Iterator[bytes]:
    try:
        while chunk := os.read(file, CHUNK_BYTES):
            yield chunk
    except OSError as error:
        raise FileUnreadableError(f"{shown} cannot be read: {error.strerror}.") from error
    if _version(os.fstat(file)) != version:
        raise FileChangedError(
            f"{shown} was changed while it was read.",
            remedy="Write it under another name, and rename it when it is complete.",
        )


def _below(descriptor: int, part: str) -> int:
    """In place of the descriptor, which is closed."""
    try:
        return os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def _version(state: os.stat_result) -> str:
    return f"{state.st_size} {state.st_mtime_ns}"
