"""The folder `claimed`, and where files go from it. The folder of a claim is removed last, so it marks unfinished work."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from dataviz_pipelines.core.ingestion.drops.names import MAX_BYTES

REASON_SUFFIX = ".reason.txt"


@dataclass(frozen=True)
class Claim:
    """`path` is None when the file has left the claim's folder, or never arrived."""

    upload_id: UUID
    template: str
    path: Path | None
    size_bytes: int = 0


def claims(claimed: Path) -> Iterator[Claim]:
    for template in _folders(claimed):
        for folder in _folders(template):
            with suppress(ValueError, FileNotFoundError):  # not ours, or just removed
                yield _claim(UUID(folder.name), template.name, folder)


def move(path: Path, target: Path) -> None:
    """Moves a file and removes what it leaves empty. Nothing happens when it has been moved already."""
    if path.exists() and path != target:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        reason_file(path).unlink(missing_ok=True)


def explain(path: Path, reason: str) -> None:
    """For people who see only the folder."""
    if path.exists():
        reason_file(path).write_text(f"{reason}\n")


def reason_file(path: Path) -> Path:
    named = f"{path.name}{REASON_SUFFIX}"
    return path.with_name(named if len(named.encode()) <= MAX_BYTES else REASON_SUFFIX[1:])


def remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # not empty, or gone
        folder.rmdir()


def _claim(upload_id: UUID, template: str, folder: Path) -> Claim:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            return Claim(upload_id, template, path, path.stat().st_size)
    return Claim(upload_id, template, None)


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()]
