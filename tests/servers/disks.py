"""File systems of a test's own: one so small that it can be filled, one that is there twice."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str, *, owner: int | None = None) -> Iterator[Path]:
    """`size` as mount takes it, like 64k. The folder must be there, and belongs to `owner` when it is given."""
    options = f"size={size}" if owner is None else f"size={size},uid={owner},mode=0700"
    mounted = os.geteuid() == 0 and _runs("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)
    if not mounted:
        pytest.skip("only root may mount a small file system")
    yield folder
    assert _runs("umount", "--lazy", folder)


@contextmanager
def bound(folder: Path, *, to: Path) -> Iterator[None]:
    """`folder` shows what is in `to`, by a mount of its own."""
    if os.geteuid() != 0 or not _runs("mount", "--bind", to, folder):
        pytest.skip("only root may mount a folder")
    yield
    assert _runs("umount", "--lazy", folder)


def fill(disk: Path, *, leave_bytes: int = 0) -> Path:
    """Writes one file that takes all that is left but `leave_bytes`; returns it."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - leave_bytes)
    return ballast


def _runs(*command: str | Path) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
