"""Folders of the home that nobody but its owner may enter."""

from pathlib import Path


def make_private(directory: Path) -> Path:
    """Makes what is missing, parents too, with mode 0700; changes nothing about folders that were there."""
    if not directory.exists():
        make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
    return directory
