"""Servers of the tests' own: each in a folder of its own below the system's temporary one, gone with the test run."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from dataviz_pipelines.local import processes

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 20


class Unprivileged(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def unprivileged() -> Unprivileged:
    """Database servers refuse to run as root; tests in a container often are."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(parent: int, *, running: str = "") -> list[int]:
    """Those whose command line has the text."""
    found = (Path(f"/proc/{pid}") for pid in processes.all_pids())
    return [int(each.name) for each in found if _is_child(each, parent, running.encode())]


def _is_child(process: Path, parent: int, running: bytes) -> bool:
    try:
        stat, command = (process / "stat").read_text(), (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(stat[stat.rindex(")") + 1 :].split()[1]) == parent and running in command


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """Owned by the user that the server runs as, and reachable for it, which pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix=f"dataviz-{name}-"))
    owner = unprivileged()
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(
    command: list[str],
    *,
    log: Path,
    answers: Callable[[], bool],
    environment: dict[str, str],
    as_unprivileged: bool = True,
) -> Iterator[None]:
    user: Unprivileged = unprivileged() if as_unprivileged else {}
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=environment, **user) as process,
    ):
        try:
            _wait(process, answers, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"{process.args!r} did not start:\n{log.read_text()}"
            raise RuntimeError(message)
        time.sleep(0.1)
