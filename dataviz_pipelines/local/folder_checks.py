"""Whether files can go from folder to folder by renaming, which happens at once or not at all."""

import re
from pathlib import Path

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.findings import Finding, fail, ok, warn

CHECK = "drop box"
_MOUNTS = Path("/proc/self/mountinfo")
_REMEDY = "Put them on one file system: mount the folder that holds them all, or point DATAVIZ_HOME into it."

Place = tuple[int, Path | None]


def check_drop_box(settings: Settings) -> Finding:
    """A file is claimed by renaming it; the kernel refuses that from one mount to another, even of the same disk."""
    inboxes = [settings.inbox, *_folders(settings.inbox)]
    cut_off = _apart(inboxes, settings.claimed)
    if cut_off:
        return fail(
            CHECK,
            f"No file can be taken from {_listed(cut_off)}: {settings.claimed} is on another file system.",
            _REMEDY,
        )
    kept = [settings.archive, settings.quarantine, settings.received]
    apart = _apart(kept, settings.claimed)
    if apart:
        return warn(
            CHECK,
            f"Not on the file system of {settings.claimed}: {_listed(apart)}. Files are copied between them, so a crash "
            "can leave half a copy.",
            _REMEDY,
        )
    return ok(CHECK, "Its folders are on one file system.")


def _apart(folders: list[Path], other: Path) -> list[Path]:
    place = _place(other)
    return [folder for folder in folders if _place(folder) != place]


def _place(folder: Path) -> Place:
    """The device, and where it is mounted. A folder that is not there yet will be where its parent is."""
    nearest = folder if folder.exists() else next(p for p in folder.parents if p.exists())
    real = nearest.resolve()
    mounts = _mount_points()
    return real.stat().st_dev, next((p for p in (real, *real.parents) if p in mounts), None)


def _mount_points() -> set[Path]:
    """Empty where the kernel does not tell."""
    try:
        lines = _MOUNTS.read_text().splitlines()
    except OSError:
        return set()
    return {Path(_unescaped(line.split()[4])) for line in lines}


def _unescaped(text: str) -> str:
    """The kernel writes blanks as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _folders(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []


def _listed(folders: list[Path]) -> str:
    return ", ".join(map(str, folders))
