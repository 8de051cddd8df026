"""Where the rejected rows of an upload are."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion.errors import UploadNotFoundError
from dataviz_pipelines.core.ingestion.uploading import store


@dataclass(frozen=True)
class RejectFile:
    """`file_name` is that of the upload."""

    file_name: str
    path: Path


def reject_file(connection: Connection, upload_id: UUID) -> RejectFile:
    """Raises UploadNotFoundError when nothing was rejected, or the file has been removed."""
    found = store.reject_path(connection, upload_id)
    if found is None or found[1] is None or not Path(found[1]).exists():
        raise UploadNotFoundError(f"Upload {upload_id} has no reject file.")
    return RejectFile(found[0], Path(found[1]))
