"""One process of the platform, from its start to its end."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dataviz_pipelines.local import processes
from dataviz_pipelines.local.folders import make_private
from dataviz_pipelines.local.processes import ProcessIdentity
from dataviz_pipelines.local.services import Service

HOME_MARK = "DATAVIZ_SERVICE_OF"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Child:
    """A service and the process that runs it now, if one does."""

    service: Service
    log_file: Path
    ready: bool = False
    ready_before: bool = False
    failures: int = 0
    started: datetime | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def identity(self) -> ProcessIdentity | None:
        return None if self.process is None else processes.identify(self.process.pid)

    def start(self, environment: Mapping[str, str], *, home: Path) -> None:
        """In a session of its own, so that Ctrl-C reaches the supervisor alone and the whole group can be ended."""
        self.started = datetime.now(UTC)
        self.ready = False
        make_private(self.log_file.parent)
        descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.service.arguments],
                env={**environment, HOME_MARK: str(home)},
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_before_exec,
            )

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, *, timeout_s: float) -> None:
        """Waits for the process, then kills whatever is left of its group: runs that it started are its own."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _kill_group(self.process.pid)
        self.process = None
        self.ready = False


def last_log_line(path: Path) -> str:
    """The last line that says something; empty when there is none."""
    if not path.exists():
        return ""
    lines = path.read_text(errors="replace")[-4000:].splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def clear_leftovers(home: Path) -> int:
    """Kills what a killed supervisor of this home left behind, wherever it went; returns how many there were.

    Services pass their environment on to all that they start, so the mark in it finds them without any record.
    """
    mark = f"{HOME_MARK}={home}".encode()
    found = [pid for pid in processes.all_pids() if pid != os.getpid() and _is_marked(pid, mark)]
    for process in filter(None, map(processes.identify, found)):
        processes.send(process, signal.SIGKILL)
        processes.wait_until_gone(process, timeout_s=5)
    return len(found)


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _before_exec() -> None:
    """The child ends when the supervisor is killed, and can be interrupted though a background shell ignored that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
