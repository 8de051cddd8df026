"""SFTP servers: Debian's OpenSSH for log-ins by key, and asyncssh's for those by password, which OpenSSH leaves to the system."""

import asyncio
import getpass
import os
import pwd
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import create_connection
from typing import Any

import asyncssh
import pytest

from tests.servers.processes import free_port, running, server_folder, unprivileged
from tests.servers.skipping import unavailable

_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
LogLevel VERBOSE
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class SftpPlace:
    """`folder` is what the user finds at `path`. `passwords` are those that the server was told."""

    port: int
    user: str
    fingerprint: str
    folder: Path
    path: str
    credentials: dict[str, Any] = field(repr=False)
    passwords: list[str] = field(default_factory=list)

    def put(self, name: str, content: bytes, *, age_s: float = 86_400) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        touched = time.time() - age_s
        os.utime(path, (touched, touched))
        for made in (path, path.parent):
            _hand_over(made)
        return path

    def source(self, **changes: Any) -> dict[str, Any]:
        """For a job."""
        return {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "host_keys": [self.fingerprint],
            "path": self.path,
            **changes,
        }


@pytest.fixture(scope="session")
def openssh() -> Iterator[SftpPlace]:
    """One server for all tests of a worker."""
    program = shutil.which("sshd", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
    if program is None:
        unavailable("sshd is not installed")
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    port = free_port()
    with server_folder("sshd") as folder:
        host_key.write_private_key(folder / "host_key")
        user_key.write_public_key(folder / "authorized_keys")
        (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
        (folder / "files").mkdir()
        (folder / "host_key").chmod(0o600)
        for name in ("host_key", "authorized_keys", "files"):
            _hand_over(folder / name)
        command = [program, "-D", "-e", "-f", str(folder / "config")]
        environment = {"PATH": os.defpath, "HOME": str(folder)}
        answers = partial(_answers, port)
        with running(command, log=folder / "log", answers=answers, environment=environment):
            owner = unprivileged()
            yield SftpPlace(
                port,
                pwd.getpwuid(owner["user"]).pw_name if owner else getpass.getuser(),
                host_key.get_fingerprint(),
                folder / "files",
                str(folder / "files"),
                {"private_key": user_key.export_private_key().decode()},
            )


@pytest.fixture
def sftp(openssh: SftpPlace) -> Iterator[SftpPlace]:
    """With an empty folder."""
    yield openssh
    shutil.rmtree(openssh.folder)
    openssh.folder.mkdir()
    _hand_over(openssh.folder)


class _Doorkeeper(asyncssh.SSHServer):
    def __init__(self, passwords: list[str]) -> None:
        self._passwords = passwords

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002  # the library's
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._passwords.append(password)
        return (username, password) == ("ada", "open-sesame")


@contextmanager
def password_server(folder: Path, *, offers_sftp: bool = True) -> Iterator[SftpPlace]:
    """For `ada`, to whom `folder` is the root."""
    host_key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    files = partial(asyncssh.SFTPServer, chroot=str(folder).encode())
    passwords: list[str] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            server_factory=partial(_Doorkeeper, passwords),
            sftp_factory=files if offers_sftp else None,
            config=None,
        )

    async def stop(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
    try:
        credentials = {"password": "open-sesame"}
        fingerprint = host_key.get_fingerprint()
        yield SftpPlace(server.get_port(), "ada", fingerprint, folder, "/", credentials, passwords)
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _hand_over(path: Path) -> None:
    """To the user that the server runs as."""
    owner = unprivileged()
    if owner:
        os.chown(path, owner["user"], owner["group"])


def _answers(port: int) -> bool:
    try:
        with create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
