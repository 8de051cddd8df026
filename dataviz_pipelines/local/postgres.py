"""The embedded PostgreSQL: a private server inside the home folder, for machines that have none.

The server always runs with its data directory as the working directory and knows it only as /proc/self/cwd. So it
needs no right to enter the directories above: started by root it runs as an ordinary user although `home` is closed
to everybody else, and nothing outside the data directory changes its owner or mode.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from signal import Signals
from typing import IO

from pydantic import SecretStr

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import locks, processes, store
from dataviz_pipelines.local.binaries import (
    Binaries,
    as_server_user,
    find_binaries,
    server_user,
    usable_by,
)
from dataviz_pipelines.local.cluster import (
    ADMIN_DATABASE,
    DATABASE,
    OWNER,
    Cluster,
    ServerAddress,
    clear_orphans,
    find_postmaster,
)
from dataviz_pipelines.local.errors import ServerStartError
from dataviz_pipelines.local.folders import make_private
from dataviz_pipelines.local.ports import choose_port
from dataviz_pipelines.local.postgres_setup import initialise, owner_password, write_configuration

_START_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 60


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Settings whose `database_url` answers.

    A configured URL is passed on untouched. Otherwise the embedded server runs at least until the block is left: the
    last process that uses it stops it.
    """
    if settings.database_url is not None:
        yield settings
        return
    with running(Cluster.of(settings)) as address:
        yield settings.model_copy(update={"database_url": SecretStr(address.url())})


@contextmanager
def running(cluster: Cluster) -> Iterator[ServerAddress]:
    make_private(cluster.directory)
    with locks.shared_use(
        cluster.directory,
        enter=partial(_ensure_started, cluster),
        leave_last=partial(_ensure_stopped, cluster),
    ) as address:
        yield address


def start(cluster: Cluster) -> ServerAddress:
    """The running server, started if need be; it stays until `stop`, or until the last user of `running` leaves."""
    make_private(cluster.directory)
    with locks.exclusive(cluster.directory / "lock"):
        return _ensure_started(cluster)


def stop(cluster: Cluster) -> None:
    """Ends every session, whoever uses it. Does nothing when the server does not run."""
    make_private(cluster.directory)
    with locks.exclusive(cluster.directory / "lock"):
        _ensure_stopped(cluster)


def stop_if_unused(cluster: Cluster) -> None:
    """For what users that were killed left running."""
    locks.leave_if_unused(cluster.directory, partial(_ensure_stopped, cluster))


def revive(cluster: Cluster) -> bool:
    """Starts a server again whose process has ended, on the port that its users know; True when it had."""
    if find_postmaster(cluster.data) is not None:
        return False
    kept = int((cluster.directory / "port").read_text())
    with locks.exclusive(cluster.directory / "lock"):
        if find_postmaster(cluster.data) is not None:
            return False
        _ensure_started(replace(cluster, port=kept))
        return True


def is_running(cluster: Cluster) -> bool:
    """By a real login, not by the presence of a process."""
    address = running_address(cluster)
    return address is not None and store.answers(address.url())


def server_pid(cluster: Cluster) -> int | None:
    found = find_postmaster(cluster.data)
    return None if found is None else found.process.pid


def running_address(cluster: Cluster) -> ServerAddress | None:
    """Where a live server process listens; it may still be starting."""
    found = find_postmaster(cluster.data)
    if found is None or not cluster.password_file.exists():
        return None
    return ServerAddress(found.port, owner_password(cluster.password_file))


def _ensure_started(cluster: Cluster) -> ServerAddress:
    address = running_address(cluster)
    if address is None or not _await_answer(cluster, address):
        address = _start_server(cluster)
    store.ensure_database(address.url(ADMIN_DATABASE), DATABASE)
    return address


def _start_server(cluster: Cluster) -> ServerAddress:
    user = server_user(cluster.data)
    binaries = usable_by(user, cluster.binaries or find_binaries())
    password = owner_password(cluster.password_file)
    if not cluster.data.exists():
        initialise(cluster.data, binaries=binaries, user=user, owner=OWNER, password=password)
    port = _choose_port(cluster)
    write_configuration(cluster.data, binaries=binaries, user=user, options=cluster.options)
    clear_orphans(cluster.data)
    _launch(cluster, binaries=binaries, port=port)
    (cluster.directory / "port").write_text(f"{port}\n")
    address = ServerAddress(port, password)
    if not _await_answer(cluster, address):
        raise _start_error(cluster, "ended right after its start")
    return address


def _choose_port(cluster: Cluster) -> int:
    kept = cluster.directory / "port"
    return choose_port(
        cluster.port,
        int(kept.read_text()) if kept.exists() else None,
        purpose="the embedded PostgreSQL",
        remedy="Set DATAVIZ_POSTGRES_PORT to another one, or leave it unset to get a free one.",
    )


def _launch(cluster: Cluster, *, binaries: Binaries, port: int) -> None:
    """Returns when the server is ready, which after a crash includes recovery."""
    with _open_log(cluster.log_file) as log:
        written = log.tell()
        done = subprocess.run(
            [
                binaries.program("pg_ctl"),
                "start",
                "--silent",
                "--wait",
                f"--timeout={_START_TIMEOUT_S}",
                "-D",
                "/proc/self/cwd",
                "-o",
                f"-p {port}",
            ],
            check=False,
            cwd=cluster.data,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **as_server_user(server_user(cluster.data)),  # type: ignore[call-overload]  # a dict hides the types
        )
    if done.returncode != 0:
        raise _start_error(cluster, "did not start", since=written)


def server_environment() -> dict[str, str]:
    """Nothing of ours: an inherited PGDATA or LD_PRELOAD would change which server runs."""
    return {"PATH": os.defpath, "LANG": "C", "TZ": "UTC"}


def _ensure_stopped(cluster: Cluster) -> None:
    """Open transactions are rolled back; after a minute sessions are cut, and the next start recovers."""
    found = find_postmaster(cluster.data)
    if found is None:
        return
    for number, patience_s in ((Signals.SIGINT, _STOP_TIMEOUT_S), (Signals.SIGQUIT, 10)):
        processes.send(found.process, number)
        if processes.wait_until_gone(found.process, timeout_s=patience_s):
            return
    raise ServerStartError(
        f"The embedded PostgreSQL (process {found.process.pid}) does not stop.",
        remedy=f"Look into {cluster.log_file}.",
    )


def _await_answer(cluster: Cluster, address: ServerAddress) -> bool:
    """False when the server process ends meanwhile, which a stopping one does."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while find_postmaster(cluster.data) is not None:
        if store.answers(address.url(ADMIN_DATABASE)):
            return True
        if time.monotonic() > deadline:
            raise _start_error(cluster, "runs but does not answer")
        time.sleep(0.05)
    return False


def _open_log(path: Path) -> IO[str]:
    """Opened for appending, so that rotation may truncate it under the server."""
    make_private(path.parent)
    log = path.open("a")
    path.chmod(0o600)
    return log


def _start_error(cluster: Cluster, what: str, *, since: int = 0) -> ServerStartError:
    with cluster.log_file.open() as log:
        log.seek(since)
        reasons = [line.split("FATAL:")[1].strip() for line in log if "FATAL:" in line]
    reason = f": {reasons[-1]}" if reasons else ""
    return ServerStartError(
        f"The embedded PostgreSQL {what}{reason}.", remedy=f"Look into {cluster.log_file}."
    )
