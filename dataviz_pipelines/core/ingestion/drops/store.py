"""The statements on `upload_batches`, and those on `upload_history` that batches need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Update, func, insert, null, select, update

from dataviz_pipelines.core.models.uploads import (
    BatchStatus,
    UploadBatch,
    UploadHistory,
    UploadSource,
    UploadStatus,
    UploadTemplate,
)

LIVE = (UploadStatus.QUEUED.value, UploadStatus.RUNNING.value)


@dataclass(frozen=True)
class Batch:
    """Uploads of one template that one Dagster run loads. `attempt` counts the runs that were asked for before."""

    id: UUID
    template: str
    attempt: int
    status: BatchStatus
    dagster_run_id: str | None


@dataclass(frozen=True)
class RunningUpload:
    """An upload that says it runs. `lost_count`: how often the process that loaded it was killed."""

    id: UUID
    source: UploadSource
    dagster_run_id: str | None
    lost_count: int


def template_ids(connection: Connection, *, only_active: bool) -> dict[str, UUID]:
    """By name. A look at the inbox needs no more of a template, and looks every few seconds."""
    statement = select(UploadTemplate.name, UploadTemplate.id).order_by(UploadTemplate.name)
    if only_active:
        statement = statement.where(UploadTemplate.is_active)
    return {row.name: row.id for row in connection.execute(statement)}


def lock_claims(connection: Connection) -> None:
    """Held until the transaction ends: two sensors at once put claims on record one after the other."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("claims", 0))))


def claimed_uploads(connection: Connection, upload_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Which of the ids are on record, and whether their loading is over."""
    rows = connection.execute(
        select(UploadHistory.id, UploadHistory.status.not_in(LIVE)).where(
            UploadHistory.id.in_(upload_ids)
        )
    )
    return {upload_id: bool(is_finished) for upload_id, is_finished in rows}


def waiting_uploads(connection: Connection, template: str) -> list[UUID]:
    """Uploads of a template that no live batch will load."""
    return list(
        connection.execute(
            select(UploadHistory.id)
            .join(UploadTemplate, UploadTemplate.id == UploadHistory.template_id)
            .where(
                UploadTemplate.name == template,
                UploadHistory.status == UploadStatus.QUEUED.value,
                UploadHistory.batch_id.is_(None),
            )
            .order_by(UploadHistory.id)
        ).scalars()
    )


def unbatched_uploads(connection: Connection) -> list[tuple[UUID, UUID]]:
    """(template, upload) of dropped files that wait for a batch, oldest first. Locks them, so that two sensors at once
    make one batch of them."""
    rows = connection.execute(
        select(UploadHistory.template_id, UploadHistory.id)
        .where(
            UploadHistory.source == UploadSource.DROP.value,
            UploadHistory.status == UploadStatus.QUEUED.value,
            UploadHistory.batch_id.is_(None),
        )
        .order_by(UploadHistory.template_id, UploadHistory.id)
        .with_for_update(skip_locked=True)
    )
    return [(template_id, upload_id) for template_id, upload_id in rows]


def insert_batch(connection: Connection, template_id: UUID, upload_ids: Sequence[UUID]) -> UUID:
    batch_id = connection.execute(
        insert(UploadBatch)
        .values(template_id=template_id, file_count=len(upload_ids))
        .returning(UploadBatch.id)
    ).scalar_one()
    connection.execute(
        update(UploadHistory).where(UploadHistory.id.in_(upload_ids)).values(batch_id=batch_id)
    )
    return batch_id


def batches(connection: Connection, *statuses: BatchStatus) -> list[Batch]:
    rows = connection.execute(
        _batches()
        .where(UploadBatch.status.in_([status.value for status in statuses]))
        .order_by(UploadBatch.created_at)
    )
    return [_batch(row) for row in rows]


def batch_uploads(connection: Connection, batch_id: UUID) -> list[UUID]:
    """All files of a batch, in the order in which they were taken."""
    return list(
        connection.execute(
            select(UploadHistory.id)
            .where(UploadHistory.batch_id == batch_id)
            .order_by(UploadHistory.id)
        ).scalars()
    )


def start_batch(connection: Connection, batch_id: UUID, dagster_run_id: str) -> None:
    connection.execute(
        update(UploadBatch)
        .where(UploadBatch.id == batch_id)
        .values(status=BatchStatus.RUNNING.value, dagster_run_id=dagster_run_id)
    )


def finish_batch(connection: Connection, batch_id: UUID, status: BatchStatus) -> None:
    """Does nothing while another run still loads one of its files; when that run is over, the batch is looked at again."""
    live = select(UploadHistory.id).where(
        UploadHistory.batch_id == batch_id, UploadHistory.status.in_(LIVE)
    )
    connection.execute(
        update(UploadBatch)
        .where(UploadBatch.id == batch_id, ~live.exists())
        .values(status=status.value)
    )


def requeue_batch(connection: Connection, batch: Batch) -> None:
    """The next request has another run key, so Dagster does not take it for a repetition. Of two that ask at once, one
    succeeds."""
    connection.execute(
        update(UploadBatch)
        .where(UploadBatch.id == batch.id, UploadBatch.attempt == batch.attempt)
        .values(status=BatchStatus.QUEUED.value, attempt=batch.attempt + 1, dagster_run_id=None)
    )
    connection.execute(
        update(UploadHistory)
        .where(
            UploadHistory.batch_id == batch.id, UploadHistory.status == UploadStatus.RUNNING.value
        )
        .values(status=UploadStatus.QUEUED.value)
    )


def end_live_uploads(
    connection: Connection, batch_id: UUID, status: UploadStatus, *, error_type: str, message: str
) -> list[UUID]:
    ended = connection.execute(
        _ending(status, error_type=error_type, message=message)
        .where(UploadHistory.batch_id == batch_id, UploadHistory.status.in_(LIVE))
        .returning(UploadHistory.id)
    )
    return list(ended.scalars())


def running_uploads(connection: Connection) -> list[RunningUpload]:
    """Those that neither a live batch nor the workers answer for."""
    live = select(UploadBatch.id).where(
        UploadBatch.id == UploadHistory.batch_id,
        UploadBatch.status.in_([BatchStatus.QUEUED.value, BatchStatus.RUNNING.value]),
    )
    is_workers = (UploadHistory.source == UploadSource.API.value) & (
        UploadHistory.dagster_run_id.is_(None)
    )
    rows = connection.execute(
        select(
            UploadHistory.id,
            UploadHistory.source,
            UploadHistory.dagster_run_id,
            UploadHistory.lost_count,
        ).where(UploadHistory.status == UploadStatus.RUNNING.value, ~live.exists(), ~is_workers)
    )
    return [
        RunningUpload(row.id, UploadSource(row.source), row.dagster_run_id, row.lost_count)
        for row in rows
    ]


def requeue_upload(connection: Connection, upload_id: UUID) -> None:
    """It then waits like a new one, for a batch or for a worker."""
    connection.execute(
        update(UploadHistory)
        .where(_running(upload_id))
        .values(
            status=UploadStatus.QUEUED.value,
            batch_id=None,
            dagster_run_id=None,
            lost_count=UploadHistory.lost_count + 1,
            progress=null(),
        )
    )


def end_running_upload(
    connection: Connection, upload_id: UUID, status: UploadStatus, *, error_type: str, message: str
) -> None:
    connection.execute(
        _ending(status, error_type=error_type, message=message).where(_running(upload_id))
    )


def move_upload(connection: Connection, upload_id: UUID, stored_path: str) -> None:
    connection.execute(
        update(UploadHistory).where(UploadHistory.id == upload_id).values(stored_path=stored_path)
    )


def _running(upload_id: UUID) -> Any:
    return (UploadHistory.id == upload_id) & (UploadHistory.status == UploadStatus.RUNNING.value)


def _ending(status: UploadStatus, *, error_type: str, message: str) -> Update:
    return update(UploadHistory).values(
        status=status.value,
        completed_at=func.now(),
        error_type=error_type,
        error_message=message,
        progress=null(),
    )


def _batches() -> Any:
    return select(
        UploadBatch.id,
        UploadTemplate.name.label("template"),
        UploadBatch.attempt,
        UploadBatch.status,
        UploadBatch.dagster_run_id,
    ).join(UploadTemplate, UploadTemplate.id == UploadBatch.template_id)


def _batch(row: Any) -> Batch:
    return Batch(row.id, row.template, row.attempt, BatchStatus(row.status), row.dagster_run_id)
