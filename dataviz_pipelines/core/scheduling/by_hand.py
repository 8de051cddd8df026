"""What the command line does with jobs: on nobody's behalf, with every permission."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import Connection

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document, JsonObject
from dataviz_pipelines.core.models.documents.scheduler import NotificationConfig, RunPolicy
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.checks import check_clash, check_config
from dataviz_pipelines.core.scheduling.errors import JobInvalidError, faults_within
from dataviz_pipelines.core.scheduling.job_types import Runners, Scheduling
from dataviz_pipelines.core.scheduling.planning import times_of
from dataviz_pipelines.core.scheduling.running import run_batch


class JobDocument(Document):
    """A job as a file has it. Its fields are the columns of `scheduler_jobs`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
    job_type: JobType
    schedule_expression: str | None = None
    timezone: str = "UTC"
    run_at: AwareDatetime | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    target_resource_type: ResourceType | None = None
    target_resource_id: UUID | None = None
    job_config: JsonObject = Field(default_factory=dict)
    notification_config: NotificationConfig = Field(default_factory=NotificationConfig)
    run_policy: RunPolicy = Field(default_factory=RunPolicy)


def add_job(connection: Connection, text: str, runners: Runners, *, now: datetime) -> UUID:
    """Raises JobInvalidError with every mistake."""
    try:
        job = JobDocument.model_validate_json(text)
    except ValidationError as error:
        raise JobInvalidError(faults_within(error, "")) from None
    values = job.model_dump()
    check_config(values, runners)
    check_clash(connection, values, runners)
    job_id = new_id()
    documents: dict[str, Any] = {
        name: Jsonb(job.model_dump(mode="json")[name])
        for name in ("job_config", "notification_config", "run_policy")
    }
    next_run_at = times_of(values).next_slot(now, None)
    store.run(connection, "insert_job", **values | documents, id=job_id, next_run_at=next_run_at)
    return job_id


def parse_credentials(text: str) -> JsonObject:
    """Raises JobInvalidError, without what stands there."""
    try:
        return TypeAdapter(JsonObject).validate_json(text)
    except ValidationError as error:
        raise JobInvalidError(faults_within(error, "")) from None


def run_here(scheduling: Scheduling, run_id: UUID) -> None:
    """Does a queued run without Dagster; returns when it has ended."""
    batch_id = new_id()
    with scheduling.engine.begin() as connection:
        store.assign(connection, {batch_id: [run_id]})
    for _ in run_batch(scheduling, batch_id, None):
        pass


def read_run(connection: Connection, run_id: UUID) -> store.Row:
    found = store.row(connection, "run", run_id=run_id)
    assert found is not None  # noqa: S101  # its id was just given out
    return found
