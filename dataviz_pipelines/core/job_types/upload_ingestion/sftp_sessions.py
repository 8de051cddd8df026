"""Logging in to an SFTP server: at the address that was checked, and only after the server has shown a key that the job knows.

Nothing of the machine's own SSH is used: no configuration, agent, keys or list of known hosts.
"""

import asyncio
import socket
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncssh

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.job_types.upload_ingestion.config import (
    SftpConfig,
    UploadIngestionConfig,
)
from dataviz_pipelines.core.job_types.upload_ingestion.credentials import SftpCredentials
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    LogInRefusedError,
    ServerUnknownError,
)
from dataviz_pipelines.core.network import Reached, network_guard
from dataviz_pipelines.core.scheduling.credentials import opened
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.scheduling.run_log import RunLog

TIMEOUT_S: Final = 60.0
"""For each step: to connect, to log in, to be answered."""

KEY_KINDS: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Of servers, in this order: without certificates, and without signatures by SHA-1."""

_GONE: Final = (
    OSError,  # also when it takes too long
    asyncssh.DisconnectError,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Session:
    """One log-in. Used by one thread."""

    server: str
    files: asyncssh.SFTPClient
    runner: asyncio.Runner

    def do(self, work: Awaitable[Result], *, timeout_s: float = TIMEOUT_S) -> Result:
        """Raises UnavailableError when the server is gone or silent, and what asyncssh says of files."""
        try:
            return self.runner.run(_in_time(work, timeout_s))
        except _GONE as error:
            raise UnavailableError(
                f"The connection to {self.server} broke off, or it did not answer for {timeout_s:.0f} s.",
                remedy="The next run goes on from there.",
            ) from error


class _Known(asyncssh.SSHClient):
    """`offered` is the key that the server has shown, if it was not a known one."""

    def __init__(self, config: SftpConfig) -> None:
        self._config = config
        self.offered: str | None = None

    def validate_host_public_key(self, *place_and_key: Any) -> bool:
        key = place_and_key[-1]
        fingerprint = key.get_fingerprint()
        if fingerprint in self._config.host_keys:
            return True
        self.offered = f"{key.get_algorithm()} {fingerprint}"
        return False


@contextmanager
def logged_in(context: JobContext[UploadIngestionConfig], source: SftpConfig) -> Iterator[Session]:
    """Raises what opening the job's credentials and the guard raise, ServerUnknownError, LogInRefusedError, UnavailableError."""
    credentials = opened(context, source.log_in)
    _hide(context.log, credentials)
    reached = network_guard(context.settings).check(source.host, source.port)
    client = _Known(source)
    with asyncio.Runner() as runner:
        try:
            connection = runner.run(
                _in_time(_connected(source, credentials, reached, client), TIMEOUT_S)
            )
        except (OSError, asyncssh.Error) as error:
            raise _refusal(source, client, error) from error
        try:
            yield Session(source.server, _files(runner, source, connection), runner)
        finally:
            connection.abort()
            with suppress(OSError, asyncssh.Error):
                runner.run(connection.wait_closed())


async def _in_time(work: Awaitable[Result], timeout_s: float) -> Result:
    return await asyncio.wait_for(work, timeout_s)


async def _connected(
    source: SftpConfig, credentials: SftpCredentials, reached: Reached, client: _Known
) -> asyncssh.SSHClientConnection:
    password = credentials.password
    return await asyncssh.connect(
        source.host,
        source.port,
        sock=socket.create_connection((reached.addresses[0], reached.port), TIMEOUT_S),
        config=None,
        client_factory=lambda: client,
        known_hosts=([], [], []),
        server_host_key_algs=KEY_KINDS,
        username=source.user,
        password=None if password is None else password.get_secret_value(),
        client_keys=credentials.keys(),
        agent_path=None,
        gss_host=None,
        keepalive_interval=TIMEOUT_S / 4,
    )


def _files(
    runner: asyncio.Runner, source: SftpConfig, connection: asyncssh.SSHClientConnection
) -> asyncssh.SFTPClient:
    """File names that are no UTF-8 are kept as they are."""
    try:
        return runner.run(
            _in_time(connection.start_sftp_client(path_errors="surrogateescape"), TIMEOUT_S)
        )
    except (OSError, asyncssh.Error) as error:
        raise UnavailableError(
            f"{source.server} let {source.user} in, but does not offer SFTP.",
            remedy="Ask whoever runs the server to allow it for this user.",
        ) from error


def _refusal(source: SftpConfig, client: _Known, error: Exception) -> DatavizError:
    where = source.server
    if client.offered is not None:
        return ServerUnknownError(
            f"{where} shows the host key {client.offered}, which is not one that the job knows.",
            remedy="Ask whoever runs the server whether this is its key, and only then put it into host_keys.",
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return LogInRefusedError(
            f"{where} does not let {source.user} in.",
            remedy="Check the user, and enter the job's credentials again.",
        )
    if isinstance(error, ConnectionRefusedError):
        return UnavailableError(
            f"{where} refused the connection.",
            remedy="Look whether the server runs, and whether the port is right.",
        )
    if isinstance(error, TimeoutError):
        return UnavailableError(
            f"{where} did not answer within {TIMEOUT_S:.0f} s.",
            remedy="Look whether a firewall is between it and the platform.",
        )
    return UnavailableError(
        f"{where} could not be talked to by SSH: {type(error).__name__}.",
        remedy="Look whether the port is that of its SSH server.",
    )


def _hide(log: RunLog, credentials: SftpCredentials) -> None:
    for secret in (credentials.password, credentials.private_key, credentials.passphrase):
        if secret is not None:
            log.hide(secret.get_secret_value())
