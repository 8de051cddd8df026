"""Keeps the services' log files small while their writers hold them open."""

import shutil
from pathlib import Path

_LARGEST_BYTES = 10_000_000
_KEPT = 3


def rotate_logs(folder: Path, *, largest_bytes: int = _LARGEST_BYTES, kept: int = _KEPT) -> None:
    """A large file is copied and emptied in place, because its writer appends to the open file and not to its name.

    What is written between the copy and the emptying is lost.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size <= largest_bytes:
            continue
        for number in range(kept - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.rename(log.with_name(f"{log.name}.{number + 1}"))
        copy = log.with_name(f"{log.name}.1")
        shutil.copy2(log, copy)
        with log.open("r+") as file:
            file.truncate()
