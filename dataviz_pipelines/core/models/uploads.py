"""Upload tables: templates, every file that was ever taken, and the rows that were refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import (
    Base,
    counter,
    flag,
    not_negative,
    one_of,
    reference,
    where,
)
from dataviz_pipelines.core.models.documents.uploads import DestinationType, FileFormat, UploadMode


class UploadStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    PREVIEWED = "previewed"  # a dry run: everything was done, and taken back


class UploadSource(StrEnum):
    DROP = "drop"
    API = "api"
    CLI = "cli"


class BatchStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class UploadTemplate(Base):
    """What an administrator lets people upload. `version` grows with every change; each upload notes the one it used."""

    __tablename__ = "upload_templates"
    __table_args__ = (
        UniqueConstraint("name"),
        one_of("file_format", FileFormat),
        one_of("destination_type", DestinationType),
        one_of("upload_mode", UploadMode),
        CheckConstraint("max_file_size_mb > 0", name="max_file_size_mb_positive"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    file_format: Mapped[str] = mapped_column(String(50))
    reader_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    validation_rules: Mapped[dict[str, Any]]
    transformation_rules: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    destination_type: Mapped[str] = mapped_column(String(50), server_default=text("'postgresql'"))
    destination_config: Mapped[dict[str, Any]]
    upload_mode: Mapped[str] = mapped_column(String(50), server_default=text("'append'"))
    max_file_size_mb: Mapped[int] = mapped_column(Integer, server_default=text("1024"))
    is_active: Mapped[bool] = flag(default=True)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class UploadBatch(Base):
    """Files of one template that one Dagster run loads."""

    __tablename__ = "upload_batches"
    __table_args__ = (
        one_of("status", BatchStatus),
        *not_negative("attempt", "file_count"),
        Index("idx_upload_batches_live", "created_at", **where("status IN ('queued', 'running')")),
        Index("idx_upload_batches_dagster_run_id", "dagster_run_id"),
    )

    template_id: Mapped[UUID] = reference("upload_templates.id", on_delete="RESTRICT")
    status: Mapped[str] = mapped_column(String(50), server_default=text("'queued'"))
    attempt: Mapped[int] = counter()
    dagster_run_id: Mapped[str | None] = mapped_column(String(100))
    file_count: Mapped[int] = counter()


class UploadHistory(Base):
    """One file that was taken. A template with history cannot be deleted, only deactivated.

    `idx_upload_history_loaded_once` is what makes loading exactly-once: a second success of the same content for the same
    template cannot be recorded, and the record commits together with the rows. A later replacement of the whole table sets
    `superseded_at`; the same content may then come again.

    `progress` is there while a load takes longer than a moment. `lost_count` is how often the process that loaded it was
    killed. `reported_at` says that Dagster has been told of what no run of its own did.
    """

    __tablename__ = "upload_history"
    __table_args__ = (
        one_of("status", UploadStatus),
        one_of("source", UploadSource),
        *not_negative(
            "file_size_bytes",
            "records_processed",
            "records_success",
            "records_failed",
            "processing_time_ms",
            "attempt",
            "lost_count",
        ),
        CheckConstraint(
            "records_processed = records_success + records_failed", name="records_add_up"
        ),
        Index(
            "idx_upload_history_loaded_once",
            "template_id",
            "file_hash",
            unique=True,
            **where("status = 'succeeded' AND superseded_at IS NULL"),
        ),
        Index("idx_upload_history_template_id_created_at", "template_id", text("created_at DESC")),
        Index("idx_upload_history_created_at", text("created_at DESC")),
        Index("idx_upload_history_file_hash", "file_hash"),
        Index("idx_upload_history_live", "created_at", **where("status IN ('queued', 'running')")),
        Index("idx_upload_history_dagster_run_id", "dagster_run_id"),
        Index(
            "idx_upload_history_unreported",
            "id",
            **where(
                "reported_at IS NULL AND NOT is_dry_run AND (source = 'api' OR status = 'undone')"
            ),
        ),
    )

    template_id: Mapped[UUID] = reference("upload_templates.id", on_delete="RESTRICT", index=False)
    file_name: Mapped[str] = mapped_column(String(500))
    file_size_bytes: Mapped[int] = mapped_column(BigInteger)
    file_hash: Mapped[str | None] = mapped_column(String(64))
    records_processed: Mapped[int] = counter()
    records_success: Mapped[int] = counter()
    records_failed: Mapped[int] = counter()
    status: Mapped[str] = mapped_column(String(50), server_default=text("'queued'"))
    processing_time_ms: Mapped[int | None] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(20))
    stored_path: Mapped[str | None] = mapped_column(Text)
    batch_id: Mapped[UUID | None] = reference("upload_batches.id", on_delete="SET NULL")
    parent_upload_id: Mapped[UUID | None] = reference("upload_history.id", on_delete="SET NULL")
    duplicate_of_id: Mapped[UUID | None] = reference("upload_history.id", on_delete="SET NULL")
    template_version: Mapped[int | None] = mapped_column(Integer)
    dagster_run_id: Mapped[str | None] = mapped_column(String(100))
    attempt: Mapped[int] = counter()
    error_type: Mapped[str | None] = mapped_column(String(100))
    error_message: Mapped[str | None] = mapped_column(Text)
    reject_path: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    is_dry_run: Mapped[bool] = flag(default=False)
    progress: Mapped[dict[str, Any] | None]
    cancel_requested_at: Mapped[datetime | None]
    lost_count: Mapped[int] = counter()
    reported_at: Mapped[datetime | None]


class RejectedRow(Base):
    """A row that was refused, as it stood in the file. The first N of a file; `reject_path` leads to all of them."""

    __tablename__ = "rejected_rows"
    __table_args__ = (
        Index("idx_rejected_rows_upload_id_line_number", "upload_id", "line_number"),
        CheckConstraint("line_number > 0", name="line_number_positive"),
    )

    upload_id: Mapped[UUID] = reference("upload_history.id", on_delete="CASCADE", index=False)
    line_number: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[list[Any]]
    raw: Mapped[list[Any]]
