"""How an upload ended, in `upload_history`: with its rows, or alone."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion import store
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.destinations.base import Mark
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError, UploadCancelledError
from dataviz_pipelines.core.ingestion.identity import WatchedFile
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.reading.names import storable
from dataviz_pipelines.core.ingestion.refusals import Loaded, TooManyRejectsError
from dataviz_pipelines.core.ingestion.store import Outcome
from dataviz_pipelines.core.ingestion.templates import StoredTemplate
from dataviz_pipelines.core.models.documents.outcomes import UploadDetails
from dataviz_pipelines.core.models.documents.uploads import UploadMode
from dataviz_pipelines.core.models.uploads import UploadStatus

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadJob:
    """One call of `load_upload`. `started` is time.monotonic()."""

    ingestion: Ingestion
    upload_id: UUID
    dagster_run_id: str | None
    watching: Watching
    started: float

    def outcome(self, status: UploadStatus, **facts: Any) -> Outcome:
        elapsed_ms = round((time.monotonic() - self.started) * 1000)
        return Outcome(status, self.ingestion.clock(), elapsed_ms, **facts)


def record_success(
    job: LoadJob,
    connection: Connection,
    template: StoredTemplate,
    watched: WatchedFile,
    loaded: Loaded,
) -> None:
    """In the transaction of the rows. Raises UploadCancelledError."""
    if template.document.upload_mode is UploadMode.REPLACE:
        store.supersede_others(connection, template.id, job.upload_id, job.ingestion.clock())
    _record_loaded(job, connection, UploadStatus.SUCCEEDED, watched, loaded)


def record_marked(
    job: LoadJob, connection: Connection, template: StoredTemplate, mark: Mark
) -> None:
    """The success of an earlier attempt, whose rows are in another database; it is too late to cancel it."""
    if template.document.upload_mode is UploadMode.REPLACE:
        store.supersede_others(connection, template.id, job.upload_id, job.ingestion.clock())
    rejects = reject_file(job.ingestion, template, job.upload_id)
    outcome = job.outcome(
        UploadStatus.SUCCEEDED,
        file_hash=mark.file_hash,
        records_success=mark.accepted,
        records_failed=mark.rejected,
        reject_path=_text(rejects if rejects.exists() else None),
        details=mark.details,
    )
    store.finish_upload(connection, job.upload_id, outcome)


def reject_file(ingestion: Ingestion, template: StoredTemplate, upload_id: UUID) -> Path:
    return ingestion.rejects / template.document.name / f"{upload_id}.csv"


def record_preview(
    job: LoadJob, connection: Connection, watched: WatchedFile, loaded: Loaded
) -> None:
    """What a load did that was taken back. Raises UploadCancelledError."""
    _record_loaded(job, connection, UploadStatus.PREVIEWED, watched, loaded)


def _record_loaded(
    job: LoadJob,
    connection: Connection,
    status: UploadStatus,
    watched: WatchedFile,
    loaded: Loaded,
) -> None:
    store.replace_rejects(connection, job.upload_id, loaded.kept_rejects)
    outcome = job.outcome(
        status,
        file_hash=watched.sha256(),
        records_success=loaded.accepted,
        records_failed=loaded.rejected,
        reject_path=_text(loaded.reject_path),
        details=loaded.details,
    )
    store.finish_unless_cancelled(connection, job.upload_id, outcome)


def record_failure(job: LoadJob, error: Exception) -> None:
    """Commits alone: the load was rolled back, and this is all that remains of it."""
    known = isinstance(error, DatavizError)
    refused = error.loaded if isinstance(error, TooManyRejectsError) else None
    outcome = job.outcome(
        _failure_status(error),
        error_type=type(error).__name__,
        error_message=storable(str(error)) if known else "An unexpected error; the log has it.",
        records_failed=0 if refused is None else refused.accepted + refused.rejected,
        reject_path=_text(None if refused is None else refused.reject_path),
        details=UploadDetails() if refused is None else refused.details,
    )
    try:
        with job.ingestion.engine.begin() as connection:
            store.replace_rejects(
                connection, job.upload_id, () if refused is None else refused.kept_rejects
            )
            store.finish_upload(connection, job.upload_id, outcome)
    except SQLAlchemyError:
        logger.exception(
            "upload %s failed, and the database did not take the record of it", job.upload_id
        )
        return
    if refused is None:
        _remove_rejects(job)


def _remove_rejects(job: LoadJob) -> None:
    """What the load had put in its place before it failed, or was cancelled at the last moment."""
    for path in job.ingestion.rejects.glob(f"*/{job.upload_id}.*"):
        path.unlink(missing_ok=True)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _failure_status(error: Exception) -> UploadStatus:
    if isinstance(error, UploadCancelledError):
        return UploadStatus.CANCELLED
    return (
        UploadStatus.QUARANTINED if isinstance(error, UnreadableFileError) else UploadStatus.FAILED
    )
