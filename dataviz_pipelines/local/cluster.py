"""One embedded server as its files show it: where it is, and which process serves it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

from pydantic import SecretStr
from sqlalchemy import URL

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import processes
from dataviz_pipelines.local.binaries import Binaries
from dataviz_pipelines.local.ports import LOOPBACK
from dataviz_pipelines.local.processes import ProcessIdentity

OWNER = "dataviz"
DATABASE = "dataviz"
ADMIN_DATABASE = "postgres"
OWNER_PASSWORD_FILE = "postgres_owner.password"  # noqa: S105  # a file's name
_ORPHAN_TIMEOUT_S = 5


@dataclass(frozen=True)
class Cluster:
    """One embedded server: where it lives, and what its configuration adds to ours."""

    directory: Path
    password_file: Path
    log_file: Path
    port: int | None = None
    binaries: Binaries | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Cluster":
        return cls(
            directory=settings.postgres_home,
            password_file=settings.keys / OWNER_PASSWORD_FILE,
            log_file=settings.logs / "postgres.log",
            port=settings.postgres_port,
        )

    @property
    def data(self) -> Path:
        return self.directory / "data"


@dataclass(frozen=True)
class ServerAddress:
    port: int
    password: SecretStr

    def url(self, database: str = DATABASE) -> str:
        """With the password in it."""
        url = URL.create(
            "postgresql", OWNER, self.password.get_secret_value(), LOOPBACK, self.port, database
        )
        return url.render_as_string(hide_password=False)


@dataclass(frozen=True)
class Postmaster:
    process: ProcessIdentity
    port: int


def find_postmaster(data: Path) -> Postmaster | None:
    """The live server process of this data directory, from the file it keeps there."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None
    process = processes.identify(pid)
    if process is None or not _serves(pid, data):
        return None
    return Postmaster(process, port)


def _serves(pid: int, data: Path) -> bool:
    """A pid in a stale file may belong to another program by now, even to another PostgreSQL."""
    if processes.command_name(pid) != "postgres":
        return False
    directory = processes.working_directory(pid)
    return directory is None or directory == data.resolve()


def clear_orphans(data: Path) -> None:
    """Sessions that outlived a killed server would keep the next one from starting; a busy one never notices."""
    deadline = time.monotonic() + _ORPHAN_TIMEOUT_S
    while orphans := [pid for pid in processes.all_pids() if _is_orphan(pid, data)]:
        if time.monotonic() > deadline:
            for process in filter(None, map(processes.identify, orphans)):
                processes.send(process, Signals.SIGKILL)
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _is_orphan(pid: int, data: Path) -> bool:
    return (
        processes.command_name(pid) == "postgres"
        and processes.working_directory(pid) == data.resolve()
        and processes.identify(pid) is not None
    )
