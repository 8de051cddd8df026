"""Jobs of the scheduler, and their runs."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from api.schemas.base import INCLUDED, UNCHANGED, Flag, Input, Moment, Name, Patch, Read
from api.schemas.people import PersonRead
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import JsonObject, TimeZone
from dataviz_pipelines.core.models.documents.scheduler import (
    CronExpression,
    NotificationConfig,
    RunPolicy,
)
from dataviz_pipelines.core.models.scheduler import (
    JobRunStatus,
    JobType,
    PauseReason,
    RunCause,
    SkipReason,
)


def _as_it_is(config: object) -> object:
    """Which of them it must be, the job's own type decides when it is saved."""
    return config


_CONFIGS: Any = reduce(or_, (runner.config for runner in RUNNERS.values()))
JobConfig = Annotated[
    JsonObject,
    BeforeValidator(_as_it_is, json_schema_input_type=_CONFIGS),
    Field(description="As the job's type wants it."),
]
Schedule = Annotated[
    CronExpression, Field(description="Cron, in `timezone`; null: something else starts the job.")
]
RunAt = Annotated[Moment, Field(description="When the job runs once, without a schedule.")]
StartsAt = Annotated[Moment, Field(description="The first moment at which the schedule counts.")]
EndsAt = Annotated[Moment, Field(description="The first moment at which it counts no more.")]


class SchedulerJobRead(Read):
    """`next_run_at` is for the scheduler to say. `job_config` has no type of its own: of types that nothing but `job_type` tells
    apart, some clients take the first."""

    name: str
    job_type: JobType
    schedule_expression: str | None
    timezone: str
    run_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    target_resource_type: ResourceType | None
    target_resource_id: UUID | None
    job_config: JsonObject
    notification_config: NotificationConfig
    run_policy: RunPolicy
    is_active: bool
    pause_reason: PauseReason | None
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
    run_at: RunAt | None = None
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None
    target_resource_type: ResourceType | None = None
    target_resource_id: UUID | None = None
    job_config: JobConfig = Field(default_factory=dict)
    notification_config: NotificationConfig = Field(default_factory=NotificationConfig)
    run_policy: RunPolicy = Field(default_factory=RunPolicy)
    is_active: Flag = True


class SchedulerJobUpdate(Patch):
    name: Name = UNCHANGED
    job_type: JobType = UNCHANGED
    schedule_expression: Schedule | None = None
    timezone: TimeZone = UNCHANGED
    run_at: RunAt | None = None
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None
    target_resource_type: ResourceType | None = None
    target_resource_id: UUID | None = None
    job_config: JobConfig = UNCHANGED
    notification_config: NotificationConfig = UNCHANGED
    run_policy: RunPolicy = UNCHANGED
    is_active: Flag = UNCHANGED


class SchedulerJobRunRead(Read):
    job_id: UUID
    run_id: str
    status: JobRunStatus
    scheduled_for: datetime | None
    cause: RunCause
    skip_reason: SkipReason | None
    not_before: datetime | None
    priority: int
    attempt: int
    lost_count: int
    cancel_requested: bool
    batch_id: UUID | None
    dagster_run_id: str | None
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    output_log: str | None
    error_log: str | None
    job: SchedulerJobRead | None = INCLUDED


class Backfill(Input):
    """Both ends belong to the range."""

    first: Moment
    last: Moment


class BackfillRead(BaseModel):
    """The runs that were made, by their ids."""

    run_ids: list[UUID]


class DecisionRead(BaseModel):
    """What became of one slot, and why."""

    scheduled_for: datetime
    status: JobRunStatus
    skip_reason: SkipReason | None
    cause: RunCause
    run_id: UUID
    dagster_run_id: str | None
    started_at: datetime | None
    completed_at: datetime | None
    explanation: str


class WhyRead(BaseModel):
    """`summary` says what is to be expected of the job; `decisions` are about its slots, the latest first."""

    job_id: UUID
    job_name: str
    summary: str
    next_run_at: datetime | None
    decisions: list[DecisionRead]
