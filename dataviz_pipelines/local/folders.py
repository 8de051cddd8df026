"""Folders of the home that nobody but its owner may enter."""

from pathlib import Path

from dataviz_pipelines.core.settings import Settings


def make_private(directory: Path) -> Path:
    """Makes what is missing, parents too, with mode 0700; changes nothing about folders that were there."""
    if not directory.exists():
        make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def alive_file(settings: Settings) -> Path:
    """What the upload worker touches as often as it looks for work."""
    return settings.received / ".worker"
