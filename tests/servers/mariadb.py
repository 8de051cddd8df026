"""A real MariaDB, from Debian's mariadb-server-core and mariadb-client-core."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import pymysql
import pytest

from tests.servers.processes import free_port, running, server_folder, unprivileged
from tests.servers.skipping import unavailable

USER = "root"


@dataclass(frozen=True)
class MariaDB:
    """A server that its user `root` reaches without a password, and a database on it."""

    port: int
    database: str

    def connect(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=USER, database=self.database, autocommit=True
        )


@pytest.fixture(scope="session")
def mariadb_port() -> Iterator[int]:
    """One server for all tests of a worker."""
    with server_folder("mariadb") as folder, mariadb_server(folder) as port:
        yield port


@contextmanager
def mariadb_server(folder: Path, *options: str) -> Iterator[int]:
    """The port of a new one. `folder` is one of `server_folder`."""
    server, install = _find("mariadbd"), _find("mariadb-install-db")
    data, port = folder / "data", free_port()
    environment = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder)}
    subprocess.run(
        [
            install,
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            f"--datadir={data}",
        ],
        check=True,
        capture_output=True,
        env=environment,
        **unprivileged(),
    )
    command = [
        server,
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        "--innodb-buffer-pool-size=32M",
        "--innodb-flush-log-at-trx-commit=0",
        *options,
    ]
    answers = partial(_answers, port)
    with running(command, log=folder / "log", answers=answers, environment=environment):
        yield port


@pytest.fixture
def mariadb(mariadb_port: int) -> Iterator[MariaDB]:
    """An empty database."""
    server = MariaDB(mariadb_port, f"test_{uuid4().hex[:12]}")
    admin = MariaDB(mariadb_port, "mysql")
    _execute(admin, f"CREATE DATABASE {server.database}")
    yield server
    _execute(admin, f"DROP DATABASE {server.database}")


def _execute(server: MariaDB, statement: str) -> None:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _answers(port: int) -> bool:
    try:
        MariaDB(port, "mysql").connect().close()
    except pymysql.OperationalError:
        return False
    return True


def _find(program: str) -> str:
    """Debian keeps the server outside the PATH of ordinary users."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        unavailable(f"{program} is not installed")
    return str(Path(found))
