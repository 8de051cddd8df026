"""Schedules before they are given to a job."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Edge, Requires
from api.resources import PREFIX
from api.schemas.jobs import SchedulePreview
from dataviz_pipelines.core.models.documents.document import TimeZone
from dataviz_pipelines.core.models.documents.scheduler import CronExpression
from dataviz_pipelines.core.scheduling.timetable import Timetable

router = APIRouter(prefix=f"{PREFIX}/schedules", tags=["scheduler jobs"])


@router.get("/preview", operation_id="preview_schedule", response_model=SchedulePreview)
def preview(
    edge: Annotated[Edge, Depends(Requires("scheduler_jobs:view", rows=True))],
    schedule_expression: Annotated[CronExpression, Query(description="Five fields of cron.")],
    timezone: Annotated[TimeZone, Query(description="An IANA time zone.")] = "UTC",
    count: Annotated[int, Query(ge=1, le=100)] = 5,
) -> SchedulePreview:
    """What it means in English, and when it would be due next."""
    edge.caller()
    table = Timetable(schedule_expression, timezone)
    return SchedulePreview(
        description=table.description,
        next_runs=list(islice(table.after(datetime.now(UTC)), count)),
    )
