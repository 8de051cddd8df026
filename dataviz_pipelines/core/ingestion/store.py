"""The statements on `upload_history` and `rejected_rows`. What a finished upload says is written with its rows, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    CursorResult,
    Row,
    Update,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from dataviz_pipelines.core.ingestion.errors import UploadCancelledError
from dataviz_pipelines.core.ingestion.rejects import KeptReject
from dataviz_pipelines.core.models.documents.outcomes import (
    RowError,
    UploadDetails,
    UploadProgress,
)
from dataviz_pipelines.core.models.uploads import (
    RejectedRow,
    UploadHistory,
    UploadSource,
    UploadStatus,
    UploadTemplate,
)


@dataclass(frozen=True)
class NewUpload:
    """A file that was taken, before anything is known of its content."""

    template_id: UUID
    file_name: str
    file_size_bytes: int
    stored_path: str
    source: UploadSource
    upload_id: UUID | None = None  # None: the database makes one
    batch_id: UUID | None = None
    parent_upload_id: UUID | None = None
    user_id: UUID | None = None


@dataclass(frozen=True)
class UploadRecord:
    """A row of `upload_history` as people see it. Times are UTC."""

    id: UUID
    template_id: UUID
    template: str
    file_name: str
    file_size_bytes: int
    file_hash: str | None
    status: UploadStatus
    source: UploadSource
    stored_path: str | None
    attempt: int
    records_processed: int
    records_success: int
    records_failed: int
    processing_time_ms: int | None
    duplicate_of_id: UUID | None
    error_type: str | None
    error_message: str | None
    reject_path: str | None
    is_dry_run: bool
    cancel_requested_at: datetime | None
    details: UploadDetails
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True)
class Outcome:
    """How an upload ended. Counts are of records: processed = success + failed."""

    status: UploadStatus
    completed_at: datetime
    processing_time_ms: int
    file_hash: str | None = None
    records_success: int = 0
    records_failed: int = 0
    duplicate_of_id: UUID | None = None
    error_type: str | None = None
    error_message: str | None = None
    reject_path: str | None = None
    details: UploadDetails = field(default_factory=UploadDetails)


def insert_upload(connection: Connection, upload: NewUpload) -> UUID:
    values: dict[str, Any] = {
        "template_id": upload.template_id,
        "file_name": upload.file_name,
        "file_size_bytes": upload.file_size_bytes,
        "stored_path": upload.stored_path,
        "source": upload.source.value,
        "status": UploadStatus.QUEUED.value,
        "batch_id": upload.batch_id,
        "parent_upload_id": upload.parent_upload_id,
        "created_by": upload.user_id,
    }
    if upload.upload_id is not None:
        values["id"] = upload.upload_id
    return connection.execute(
        insert(UploadHistory).values(values).returning(UploadHistory.id)
    ).scalar_one()


def read_upload(connection: Connection, upload_id: UUID) -> UploadRecord | None:
    row = connection.execute(_uploads().where(UploadHistory.id == upload_id)).one_or_none()
    return None if row is None else _record(row)


def recent_uploads(
    connection: Connection, *, template_id: UUID | None = None, limit: int = 50
) -> list[UploadRecord]:
    statement = _uploads().order_by(UploadHistory.created_at.desc()).limit(limit)
    if template_id is not None:
        statement = statement.where(UploadHistory.template_id == template_id)
    return [_record(row) for row in connection.execute(statement)]


def previous_headers(
    connection: Connection, template_id: UUID, upload_id: UUID
) -> list[str] | None:
    """The headers of the file that was loaded before `upload_id` (ids follow time), or None when it was the first."""
    found = connection.execute(
        select(UploadHistory.details["source_columns"])
        .where(
            UploadHistory.template_id == template_id,
            UploadHistory.status == UploadStatus.SUCCEEDED.value,
            UploadHistory.id < upload_id,
        )
        .order_by(UploadHistory.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else list(found)


def start_attempt(
    connection: Connection,
    upload_id: UUID,
    *,
    template_version: int,
    dagster_run_id: str | None,
    now: datetime,
) -> None:
    """Raises UploadCancelledError when somebody has asked for it not to be loaded."""
    started = connection.execute(
        update(UploadHistory)
        .where(UploadHistory.id == upload_id, UploadHistory.cancel_requested_at.is_(None))
        .values(
            status=UploadStatus.RUNNING.value,
            attempt=UploadHistory.attempt + 1,
            template_version=template_version,
            dagster_run_id=dagster_run_id,
            started_at=now,
            completed_at=None,
            error_type=None,
            error_message=None,
            progress=null(),
        )
    )
    _require_not_cancelled(started)


def note_progress(connection: Connection, upload_id: UUID, progress: UploadProgress) -> bool:
    """Returns whether the load shall go on: False when somebody has asked for it to stop."""
    is_cancelled = connection.execute(
        update(UploadHistory)
        .where(UploadHistory.id == upload_id)
        .values(progress=progress.model_dump(mode="json"))
        .returning(UploadHistory.cancel_requested_at.is_not(None))
    ).scalar_one()
    return not is_cancelled


def size_was_loaded(connection: Connection, template_id: UUID, size_bytes: int) -> bool:
    """Whether a file of this size could be one that is loaded already."""
    return connection.execute(
        select(
            select(UploadHistory.id)
            .where(_loaded(template_id), UploadHistory.file_size_bytes == size_bytes)
            .exists()
        )
    ).scalar_one()


def loaded_upload(connection: Connection, template_id: UUID, file_hash: str) -> UUID | None:
    return connection.execute(
        select(UploadHistory.id).where(_loaded(template_id), UploadHistory.file_hash == file_hash)
    ).scalar_one_or_none()


def supersede_others(
    connection: Connection, template_id: UUID, upload_id: UUID, now: datetime
) -> None:
    """After a replacement nothing of the earlier files is in the table, so they may come again."""
    connection.execute(
        update(UploadHistory)
        .where(_loaded(template_id), UploadHistory.id != upload_id)
        .values(superseded_at=now)
    )


def finish_upload(connection: Connection, upload_id: UUID, outcome: Outcome) -> None:
    connection.execute(_finishing(upload_id, outcome))


def finish_unless_cancelled(connection: Connection, upload_id: UUID, outcome: Outcome) -> None:
    """Raises UploadCancelledError; whoever cancels later waits for this transaction, and then comes too late."""
    finishing = _finishing(upload_id, outcome)
    _require_not_cancelled(
        connection.execute(finishing.where(UploadHistory.cancel_requested_at.is_(None)))
    )


def _require_not_cancelled(updated: CursorResult[Any]) -> None:
    if updated.rowcount == 0:
        raise UploadCancelledError("It was cancelled; nothing was loaded.")


def _finishing(upload_id: UUID, outcome: Outcome) -> Update:
    return (
        update(UploadHistory)
        .where(UploadHistory.id == upload_id)
        .values(
            status=outcome.status.value,
            completed_at=outcome.completed_at,
            processing_time_ms=outcome.processing_time_ms,
            file_hash=outcome.file_hash,
            records_processed=outcome.records_success + outcome.records_failed,
            records_success=outcome.records_success,
            records_failed=outcome.records_failed,
            duplicate_of_id=outcome.duplicate_of_id,
            error_type=outcome.error_type,
            error_message=outcome.error_message,
            reject_path=outcome.reject_path,
            details=outcome.details.model_dump(mode="json"),
            progress=null(),
            reported_at=None,
        )
    )


def replace_rejects(connection: Connection, upload_id: UUID, rejects: Sequence[KeptReject]) -> None:
    connection.execute(delete(RejectedRow).where(RejectedRow.upload_id == upload_id))
    if rejects:
        connection.execute(
            insert(RejectedRow),
            [
                {
                    "upload_id": upload_id,
                    "line_number": reject.line,
                    "errors": [_storable_error(error) for error in reject.errors],
                    "raw": [_storable(cell) for cell in reject.raw],
                }
                for reject in rejects
            ],
        )


def read_rejects(
    connection: Connection, upload_id: UUID, *, limit: int
) -> list[tuple[int, list[Any], list[Any]]]:
    rows = connection.execute(
        select(RejectedRow.line_number, RejectedRow.errors, RejectedRow.raw)
        .where(RejectedRow.upload_id == upload_id)
        .order_by(RejectedRow.line_number)
        .limit(limit)
    )
    return [(line, errors, raw) for line, errors, raw in rows]


def lock_upload(connection: Connection, upload_id: UUID) -> bool:
    """Held by the session, so it goes when the process or the connection goes."""
    locked = connection.execute(select(func.pg_try_advisory_lock(_lock_key(upload_id))))
    return bool(locked.scalar_one())


def unlock_upload(connection: Connection, upload_id: UUID) -> None:
    connection.execute(select(func.pg_advisory_unlock(_lock_key(upload_id))))


def is_being_loaded(connection: Connection, upload_id: UUID) -> bool:
    """When it is not, nobody can begin to load it until the transaction ends."""
    locked = connection.execute(select(func.pg_try_advisory_xact_lock(_lock_key(upload_id))))
    return not locked.scalar_one()


def _lock_key(upload_id: UUID) -> Any:
    return func.hashtextextended(f"upload {upload_id}", 0)


def _loaded(template_id: UUID) -> Any:
    return (
        (UploadHistory.template_id == template_id)
        & (UploadHistory.status == UploadStatus.SUCCEEDED.value)
        & UploadHistory.superseded_at.is_(None)
    )


def _uploads() -> Any:
    return select(*UploadHistory.__table__.columns, UploadTemplate.name.label("template")).join(
        UploadTemplate, UploadTemplate.id == UploadHistory.template_id
    )


def _record(row: Row[Any]) -> UploadRecord:
    values = {name: getattr(row, name) for name in UploadRecord.__dataclass_fields__}
    values["status"] = UploadStatus(values["status"])
    values["source"] = UploadSource(values["source"])
    values["details"] = UploadDetails.model_validate(values["details"])
    return UploadRecord(**values)


def _storable_error(error: RowError) -> dict[str, Any]:
    return {name: _storable(value) for name, value in error.model_dump(mode="json").items()}


def _storable(cell: str | None) -> str | None:
    """JSONB has no NUL; the reject file keeps the cell as it was."""
    return None if cell is None else cell.replace("\x00", "\\x00")
