"""The statements on `upload_history`. What a finished upload says is written with its rows, or not at all."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    CursorResult,
    Row,
    Update,
    insert,
    null,
    select,
    update,
)

from dataviz_pipelines.core.ingestion.errors import UploadCancelledError
from dataviz_pipelines.core.ingestion.store.records import NewUpload, Outcome, UploadRecord
from dataviz_pipelines.core.models.documents.outcomes import (
    UploadDetails,
    UploadProgress,
)
from dataviz_pipelines.core.models.uploads import (
    UploadHistory,
    UploadSource,
    UploadStatus,
    UploadTemplate,
)


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


def may_have_rows(connection: Connection, upload_id: UUID) -> bool:
    """Whether it counts as loaded if another database says so: not when its rows were taken out or replaced."""
    return connection.execute(
        select(
            select(UploadHistory.id)
            .where(
                UploadHistory.id == upload_id,
                UploadHistory.status != UploadStatus.UNDONE.value,
                UploadHistory.superseded_at.is_(None),
            )
            .exists()
        )
    ).scalar_one()


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
