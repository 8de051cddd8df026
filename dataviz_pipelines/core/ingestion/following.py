"""A load that others can follow, and stop: it notes where it stands, and looks whether somebody wants it to end."""

import logging
import time
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from dataviz_pipelines.core.ingestion import store
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.models.documents.outcomes import UploadProgress

logger = logging.getLogger(__name__)

EVERY_S = 0.5


class Followed:
    """Adds to what the caller watches. Notes commit alone, on another connection than the load's; a load shorter than
    `EVERY_S` makes none, and one that cannot be noted goes on."""

    def __init__(self, ingestion: Ingestion, upload_id: UUID, watching: Watching) -> None:
        self._engine = ingestion.engine
        self._upload_id = upload_id
        self._outer = watching
        self._noted_at = time.monotonic()
        self._goes_on = True

    def watching(self) -> Watching:
        return Watching(on_progress=self._follow, is_cancelled=self._is_cancelled)

    def _follow(self, progress: UploadProgress) -> None:
        self._outer.on_progress(progress)
        now = time.monotonic()
        if now - self._noted_at < EVERY_S:
            return
        self._noted_at = now
        try:
            with self._engine.begin() as connection:
                self._goes_on = store.note_progress(connection, self._upload_id, progress)
        except SQLAlchemyError:
            logger.warning("the progress of upload %s was not noted", self._upload_id)

    def _is_cancelled(self) -> bool:
        return not self._goes_on or self._outer.is_cancelled()
