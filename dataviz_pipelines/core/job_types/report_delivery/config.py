"""What a job says of its report."""

import re
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from dataviz_pipelines.core.job_types.querying import Parameters
from dataviz_pipelines.core.job_types.report_delivery.naming import FileName, OneLine
from dataviz_pipelines.core.models.business import EMAIL_PATTERN
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel

_ADDRESS: Final = re.compile(EMAIL_PATTERN)
_LONGEST_ADDRESS: Final = 254


class ReportChannel(NotificationChannel):
    """A mail without a `target` goes to the job's owner."""

    kind: Literal["email", "webhook"]

    @field_validator("target")
    @classmethod
    def _address(cls, target: str | None, info: ValidationInfo) -> str | None:
        if target is None or info.data.get("kind") != "email":
            return target
        if len(target) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(target):
            raise ValueError("it is not an e-mail address")
        return target


class ReportDeliveryConfig(Document):
    """`file_name` is without its ending. `subject` None: the job's name. `max_rows` and `max_mb` of the file: beyond, nothing
    is sent."""

    parameters: Parameters = Field(default_factory=dict)
    format: Literal["csv", "xlsx"] = "csv"
    file_name: FileName = "report-{date}"
    channels: list[ReportChannel] = Field(default_factory=list, max_length=50)
    user_ids: list[UUID] = Field(default_factory=list, max_length=100)
    role_ids: list[UUID] = Field(default_factory=list, max_length=20)
    subject: OneLine | None = None
    message: Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")] = ""
    send_when_empty: bool = True
    max_rows: int | None = Field(None, ge=1, le=10_000_000)
    max_mb: int = Field(10, ge=1, le=50)

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if not (self.channels or self.user_ids or self.role_ids):
            raise ValueError("it needs channels, user_ids or role_ids: somebody whom it is sent to")
        return self
