"""Keeps the folder `received` to what somebody still waits for, whatever was killed when."""

import logging
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.ingestion.drops.claims import remove_if_empty
from dataviz_pipelines.core.ingestion.drops.service import Drops, put_away
from dataviz_pipelines.core.ingestion.uploading import store

logger = logging.getLogger(__name__)

ABANDONED_AFTER_S: Final = 900.0  # a request that sends nothing is ended long before


def tidy(drops: Drops) -> None:
    """Puts finished files away, and removes what requests left behind that never ended, and old dry runs."""
    folders = _folders(drops.settings.received)
    with drops.ingestion.engine.begin() as connection:
        fates = store.fates(connection, list(folders))
        previews = store.old_previews(connection)
    for upload_id, folder in folders.items():
        if fates.get(upload_id, False):
            _put_away(drops, upload_id, folder)
        elif upload_id not in fates and _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    for upload_id, stored_path, reject_path in previews:
        _remove_preview(drops, upload_id, stored_path, reject_path)


def _put_away(drops: Drops, upload_id: UUID, folder: Path) -> None:
    """One that cannot be put away must not keep the others where they are; it is tried again."""
    try:
        put_away(drops, upload_id)
    except OSError:
        logger.warning("the file of upload %s cannot be put away", upload_id, exc_info=True)
    remove_if_empty(folder)


def _remove_preview(
    drops: Drops, upload_id: UUID, stored_path: str, reject_path: str | None
) -> None:
    stored = Path(stored_path)
    if stored.is_relative_to(drops.settings.received):
        stored.unlink(missing_ok=True)
        remove_if_empty(stored.parent)
    for path in filter(None, [reject_path]):
        Path(path).unlink(missing_ok=True)
        Path(path).with_suffix(".xlsx").unlink(missing_ok=True)
    with drops.ingestion.engine.begin() as connection:
        store.forget_files(connection, upload_id)


def _folders(received: Path) -> dict[UUID, Path]:
    found: dict[UUID, Path] = {}
    with suppress(FileNotFoundError):
        for path in received.iterdir():
            with suppress(ValueError):  # none of ours
                found[UUID(path.name)] = path
    return found


def _is_abandoned(folder: Path) -> bool:
    """Nothing below it has been written to for long."""
    touched = [folder, *folder.iterdir()]
    with suppress(FileNotFoundError):  # just ended
        return time.time() - max(path.stat().st_mtime for path in touched) > ABANDONED_AFTER_S
    return False
