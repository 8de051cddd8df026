"""What others are still to be told of uploads that have ended."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion.store import UploadRecord, read_upload
from dataviz_pipelines.core.ingestion.uploading import store

AT_ONCE = 100


def unreported_uploads(engine: Engine) -> list[UploadRecord]:
    """Oldest first, at most `AT_ONCE`. Dry runs are nobody's business."""
    with engine.begin() as connection:
        ids = store.unreported(connection, limit=AT_ONCE)
        found = [read_upload(connection, upload_id) for upload_id in ids]
    return [record for record in found if record is not None]


def mark_reported(engine: Engine, upload_ids: Sequence[UUID]) -> None:
    if upload_ids:
        with engine.begin() as connection:
            store.mark_reported(connection, upload_ids)
