"""What is known of an upload."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dataviz_pipelines.core.models.documents.outcomes import (
    UploadDetails,
)
from dataviz_pipelines.core.models.uploads import (
    UploadSource,
    UploadStatus,
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
