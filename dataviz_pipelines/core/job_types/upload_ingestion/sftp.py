"""Files of SFTP servers. What is listed as a link is not taken; whether one is followed that comes later, the server decides."""

import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Final, cast

import asyncssh

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion.drops.inbox import UNSEEN_SETTLE_S
from dataviz_pipelines.core.ingestion.drops.names import storable_name
from dataviz_pipelines.core.job_types.upload_ingestion.config import SftpConfig
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    FileChangedError,
    FileUnreadableError,
    FolderUnreadableError,
    PlaceTooLargeError,
)
from dataviz_pipelines.core.job_types.upload_ingestion.found import (
    CHUNK_BYTES,
    MOST_LISTED,
    Found,
    Opened,
    is_wanted,
)
from dataviz_pipelines.core.job_types.upload_ingestion.sftp_sessions import Result, Session

LISTING_TIMEOUT_S: Final = 600.0
LONG_AGO_S: Final = 3_600.0
"""What was touched longer ago, by the clock of this machine, is settled, unless the server's clock is wrong by more."""

_REASONS: Final[dict[type[asyncssh.SFTPError], str]] = {
    asyncssh.SFTPNoSuchFile: "it is not there",
    asyncssh.SFTPNoSuchPath: "it is not there",
    asyncssh.SFTPPermissionDenied: "permission denied",
    asyncssh.SFTPNotADirectory: "it is no folder",
}
_FILE: Final = (asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN)


@dataclass(frozen=True)
class Seen:
    """A file as it was listed. `modified` is by the server's clock, in seconds."""

    path: str
    size: int | None
    modified: int

    @property
    def version(self) -> str:
        return f"{self.size} {self.modified}"


def find(config: SftpConfig, session: Session, *, settle_s: float) -> list[Found]:
    """Oldest first. What was touched of late is looked at twice: only what stays as it is meanwhile is complete."""
    seen = _listed(config, session)
    recent = {each for each in seen if each.modified > time.time() - LONG_AGO_S}
    if recent:
        time.sleep(max(settle_s, UNSEEN_SETTLE_S))
        still = set(_listed(config, session))
        seen = [each for each in seen if each not in recent or each in still]
    in_order = sorted(seen, key=lambda each: (each.modified, each.path))
    return [_found(config, session, each) for each in in_order]


def _listed(config: SftpConfig, session: Session) -> list[Seen]:
    try:
        return session.do(_listing(config, session.files), timeout_s=LISTING_TIMEOUT_S)
    except asyncssh.SFTPError as error:
        raise FolderUnreadableError(
            f"The folder {config.path} of {session.server} cannot be read: {_reason(error)}.",
            remedy=f"It must be there, and {config.user} must be allowed to list it.",
        ) from error


async def _listing(config: SftpConfig, files: asyncssh.SFTPClient) -> list[Seen]:
    found: list[Seen] = []
    folders, count = [PurePosixPath(config.path)], 0
    while folders:
        folder = folders.pop()
        async for entry in files.scandir(str(folder)):
            count += 1
            if count > MOST_LISTED:
                raise PlaceTooLargeError(
                    f"{config.path} of {config.server} holds more than {MOST_LISTED:,} files and folders.",
                    remedy="Move what is loaded elsewhere, or name a folder in it.",
                )
            name, attributes = str(entry.filename), entry.attrs
            if "/" in name:
                continue
            if attributes.type == asyncssh.FILEXFER_TYPE_DIRECTORY:
                if config.subfolders and not name.startswith("."):
                    folders.append(folder / name)
            elif attributes.type in _FILE and is_wanted(name, config.pattern):
                found.append(Seen(str(folder / name), attributes.size, attributes.mtime or 0))
    return found


def _found(config: SftpConfig, session: Session, seen: Seen) -> Found:
    path = PurePosixPath(seen.path)
    return Found(
        place=f"sftp://{config.user}@{config.server}/{path}",
        shown=storable_name(str(path.relative_to(config.path))),
        name=path.name,
        open=partial(_opened, session, seen.path),
        version=seen.version,
    )


@contextmanager
def _opened(session: Session, path: str, taken: str | None) -> Iterator[Opened | None]:
    """One file at a time."""
    reader = Reader(session, path)
    file = reader.ask(session.files.open(path, "rb"))
    try:
        version = reader.version(file)
        yield None if version == taken else Opened(version, reader.chunks(file, version))
    finally:
        with suppress(DatavizError):  # whatever was read is judged already
            reader.ask(file.close())


@dataclass(frozen=True)
class Reader:
    """Of one file. What goes wrong with it names it."""

    session: Session
    path: str

    @property
    def shown(self) -> str:
        return storable_name(self.path)

    def ask(self, work: Awaitable[Result]) -> Result:
        try:
            return self.session.do(work)
        except asyncssh.SFTPError as error:
            raise FileUnreadableError(f"{self.shown} cannot be read: {_reason(error)}.") from error

    def version(self, file: asyncssh.SFTPClientFile) -> str:
        state = self.ask(file.stat())
        return Seen(self.path, state.size, state.mtime or 0).version

    def chunks(self, file: asyncssh.SFTPClientFile, version: str) -> Iterator[bytes]:
        """Asked for piece by piece: never is more on its way than one of them."""
        place = 0
        while chunk := self.ask(file.read(CHUNK_BYTES, place)):
            yield cast(bytes, chunk)  # as the file was opened
            place += len(chunk)
        if self.version(file) != version:
            raise FileChangedError(
                f"{self.shown} was changed while it was read.",
                remedy="Write it under another name, and rename it when it is complete.",
            )


def _reason(error: asyncssh.SFTPError) -> str:
    """In words of our own: what the server writes could be anything."""
    return _REASONS.get(type(error), f"the server answered {type(error).__name__}")
