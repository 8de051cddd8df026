"""A new data directory for the embedded PostgreSQL, its configuration and its owner's password."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from dataviz_pipelines.local.binaries import Binaries, ServerUser, as_server_user
from dataviz_pipelines.local.errors import ServerStartError
from dataviz_pipelines.local.folders import make_private

_CONFIGURATION = "dataviz.conf"
_LIBRARY = "pg_stat_statements"

# Every commit survives a crash: fsync and synchronous_commit stay on. The log names neither statements nor values.
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "logging_collector": "off",
}


def owner_password(file: Path) -> SecretStr:
    """Made on first use; only its owner can read the file."""
    if not file.exists():
        make_private(file.parent)
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        fresh.rename(file)
    return SecretStr(file.read_text().strip())


def initialise(
    data: Path, *, binaries: Binaries, user: ServerUser | None, owner: str, password: SecretStr
) -> None:
    """`data` appears only when it is complete, so an interrupted first start is begun again."""
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _give(fresh, user)
    with _password_file(password, user) as password_file:
        done = subprocess.run(
            [
                binaries.program("initdb"),
                "-D",
                "/proc/self/cwd",
                f"--username={owner}",
                f"--pwfile={password_file}",
                "--encoding=UTF8",
                *_locale(binaries),
                "--auth-host=scram-sha-256",
                "--auth-local=reject",
                "--data-checksums",
            ],
            check=False,
            cwd=fresh,
            env={"PATH": os.defpath, "LANG": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            **as_server_user(user),  # type: ignore[call-overload]  # a dict hides the types
        )
    if done.returncode != 0:
        raise ServerStartError(
            f"The data directory of the embedded PostgreSQL could not be made: {done.stderr.strip()}"
        )
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write(f"\ninclude_if_exists '{_CONFIGURATION}'\n")
    fresh.rename(data)


def write_configuration(
    data: Path, *, binaries: Binaries, user: ServerUser | None, options: Mapping[str, str]
) -> None:
    """Written at every start; what somebody set by ALTER SYSTEM still wins over it."""
    preload = {"shared_preload_libraries": _LIBRARY} if binaries.has_library(_LIBRARY) else {}
    chosen = _OPTIONS | preload | dict(options)
    file = data / _CONFIGURATION
    file.write_text("".join(f"{name} = '{value}'\n" for name, value in chosen.items()))
    file.chmod(0o600)
    _give(file, user)


def _locale(binaries: Binaries) -> list[str]:
    """Unicode case rules and code point order, the same on every machine; before 17 the C library has to give them."""
    if binaries.major_version >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _give(path: Path, user: ServerUser | None) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid)


@contextmanager
def _password_file(password: SecretStr, user: ServerUser | None) -> Iterator[Path]:
    """Outside `home`, because the server's user cannot enter that; it lives for the second that initdb takes."""
    descriptor, name = tempfile.mkstemp(prefix="dataviz-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(password.get_secret_value())
        _give(Path(name), user)
        yield Path(name)
    finally:
        Path(name).unlink()
