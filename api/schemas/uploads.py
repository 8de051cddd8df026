"""Upload templates, what was uploaded, and the rows that were refused."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from api.schemas.base import INCLUDED, UNCHANGED, Flag, Input, Patch, Read, Text
from api.schemas.people import PersonRead
from dataviz_pipelines.core.ingestion.uploading.store import State
from dataviz_pipelines.core.models.documents.outcomes import (
    RowError,
    UploadDetails,
    UploadProgress,
)
from dataviz_pipelines.core.models.documents.steps import TransformationRules
from dataviz_pipelines.core.models.documents.uploads import (
    DestinationConfig,
    DestinationType,
    FileFormat,
    ReaderConfig,
    TemplateDocument,
    UploadMode,
    ValidationRules,
)
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus

TemplateName = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.\-]*$")
]


class UploadTemplateRead(Read):
    """`version` grows with every change of what the template does."""

    name: str
    description: str | None
    file_format: FileFormat
    reader_config: ReaderConfig
    validation_rules: ValidationRules
    transformation_rules: TransformationRules
    destination_type: DestinationType
    destination_config: DestinationConfig
    upload_mode: UploadMode
    max_file_size_mb: int
    is_active: bool
    version: int
    owner: PersonRead | None = INCLUDED


class UploadTemplateCreate(Input, TemplateDocument):
    """What `dataviz template add` takes. Checked as a whole: every mistake is named with its place."""

    is_active: Flag = True

    def values(self) -> dict[str, Any]:
        """With all defaults: one that changes later must not change what a stored template means."""
        return self.model_dump(mode="json", by_alias=True)


class UploadTemplateUpdate(Patch):
    name: TemplateName = UNCHANGED
    description: Text | None = None
    file_format: FileFormat = UNCHANGED
    reader_config: ReaderConfig = UNCHANGED
    validation_rules: ValidationRules = UNCHANGED
    transformation_rules: TransformationRules = UNCHANGED
    destination_type: DestinationType = UNCHANGED
    destination_config: DestinationConfig = UNCHANGED
    upload_mode: UploadMode = UNCHANGED
    max_file_size_mb: Annotated[int, Field(ge=1, le=1_048_576)] = UNCHANGED
    is_active: Flag = UNCHANGED


class UploadRead(Read):
    """`details` says what the reader understood, what was loaded, and the most frequent reasons for refusals. `progress` is
    there while loading takes longer than a moment. A dry run ends as `previewed`: its counts are what would have been."""

    template_id: UUID
    template_version: int | None
    file_name: str
    file_size_bytes: int
    file_hash: str | None
    records_processed: int
    records_success: int
    records_failed: int
    status: UploadStatus
    processing_time_ms: int | None
    source: UploadSource
    batch_id: UUID | None
    parent_upload_id: UUID | None
    duplicate_of_id: UUID | None
    dagster_run_id: str | None
    attempt: int
    error_type: str | None
    error_message: str | None
    details: UploadDetails
    started_at: datetime | None
    completed_at: datetime | None
    superseded_at: datetime | None
    is_dry_run: bool
    progress: UploadProgress | None
    cancel_requested_at: datetime | None
    owner: PersonRead | None = INCLUDED
    template: UploadTemplateRead | None = INCLUDED


class UploadForm(Input):
    """The fields beside the file. The template is named by its id, by its name, or by `resend_of`."""

    template_id: UUID | None = Field(None, description="The template's id.")
    template: TemplateName | None = Field(None, description="Or the template's name.")
    resend_of: UUID | None = Field(
        None, description="The upload whose rejected rows this file brings back corrected."
    )
    dry_run: bool = Field(False, description="Show what would happen; change nothing.")


class UploadState(BaseModel):
    """What server-sent events tell of an upload. `is_final`: there is no more to come."""

    id: UUID
    status: UploadStatus
    is_final: bool
    is_being_cancelled: bool
    progress: UploadProgress | None
    records_processed: int
    records_success: int
    records_failed: int
    error_message: str | None
    updated_at: datetime

    @classmethod
    def of(cls, state: State) -> "UploadState":
        return cls(**vars(state), is_final=state.is_final)


class RejectedRowRead(Read):
    """`raw` is the row as it stood in the file, `errors` why it was refused."""

    upload_id: UUID
    line_number: int
    errors: list[RowError]
    raw: list[JsonValue]
