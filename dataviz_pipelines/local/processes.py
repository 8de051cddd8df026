"""Processes seen from outside: by pid and start time, because the kernel gives the pids of dead processes away again."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_POLL_S = 0.02


@dataclass(frozen=True)
class ProcessIdentity:
    """`started` is in clock ticks since boot; it tells a process from a later one with the same pid."""

    pid: int
    started: int


def identify(pid: int) -> ProcessIdentity | None:
    """None when no such process lives. A zombie is dead: it only waits for its parent to notice."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat[stat.rindex(")") + 1 :].split()
    return None if state in "ZX" else ProcessIdentity(pid, int(fields[18]))


def is_alive(process: ProcessIdentity) -> bool:
    return identify(process.pid) == process


def command_name(pid: int) -> str | None:
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None


def working_directory(pid: int) -> Path | None:
    """None when the process is gone or the kernel does not tell (root without CAP_SYS_PTRACE)."""
    try:
        return (_PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def all_pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def wait_until_gone(process: ProcessIdentity, *, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while is_alive(process):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def send(process: ProcessIdentity, number: signal.Signals, *, group: bool = False) -> None:
    """Does nothing when the process has ended, even if its pid lives on in another one."""
    if not is_alive(process):
        return
    try:
        (os.killpg if group else os.kill)(process.pid, number)
    except ProcessLookupError:
        return
