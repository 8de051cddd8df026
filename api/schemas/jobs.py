"""Jobs of the scheduler, and their runs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.base import INCLUDED, UNCHANGED, Flag, Input, Name, Patch, Read
from api.schemas.people import PersonRead
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import JsonObject, TimeZone
from dataviz_pipelines.core.models.documents.scheduler import CronExpression, NotificationConfig
from dataviz_pipelines.core.models.scheduler import JobRunStatus, JobType

Schedule = Annotated[
    CronExpression, Field(description="Cron, in `timezone`; null: something else starts the job.")
]


class SchedulerJobRead(Read):
    """`next_run_at` is for the scheduler to say."""

    name: str
    job_type: JobType
    schedule_expression: str | None
    timezone: str
    target_resource_type: str | None
    target_resource_id: UUID | None
    job_config: JsonObject
    notification_config: NotificationConfig
    is_active: bool
    next_run_at: datetime | None
    consecutive_failures: int
    owner: PersonRead | None = INCLUDED


class SchedulePreview(BaseModel):
    """What an expression means, and its next times."""

    description: str
    next_runs: list[datetime]


class SchedulerJobCreate(Input):
    name: Name
    job_type: JobType
    schedule_expression: Schedule | None = None
    timezone: TimeZone = "UTC"
    target_resource_type: ResourceType | None = None
    target_resource_id: UUID | None = None
    job_config: JsonObject = Field(default_factory=dict)
    notification_config: NotificationConfig = Field(default_factory=NotificationConfig)
    is_active: Flag = True


class SchedulerJobUpdate(Patch):
    name: Name = UNCHANGED
    job_type: JobType = UNCHANGED
    schedule_expression: Schedule | None = None
    timezone: TimeZone = UNCHANGED
    target_resource_type: ResourceType | None = None
    target_resource_id: UUID | None = None
    job_config: JsonObject = UNCHANGED
    notification_config: NotificationConfig = UNCHANGED
    is_active: Flag = UNCHANGED


class SchedulerJobRunRead(Read):
    job_id: UUID
    run_id: str
    status: JobRunStatus
    scheduled_for: datetime | None
    dagster_run_id: str | None
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    output_log: str | None
    error_log: str | None
    job: SchedulerJobRead | None = INCLUDED
