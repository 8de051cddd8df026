"""From what people wrote about a job to its timetable, and to the slot that is decided about next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ValidationError, model_validator

from dataviz_pipelines.core.models.documents.document import TimeZone
from dataviz_pipelines.core.models.documents.scheduler import CronExpression
from dataviz_pipelines.core.scheduling.errors import JobInvalidError, faults_within
from dataviz_pipelines.core.scheduling.timetable import Timetable


class Times(BaseModel):
    """The columns of a job that say when it runs."""

    schedule_expression: CronExpression | None = None
    timezone: TimeZone = "UTC"
    run_at: AwareDatetime | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> "Times":
        if self.schedule_expression is not None and self.run_at is not None:
            raise ValueError("a job runs by schedule_expression or once at run_at, not by both")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be later than starts_at")
        return self

    @property
    def timetable(self) -> Timetable | None:
        if self.schedule_expression is None:
            return None
        return Timetable(self.schedule_expression, self.timezone, self.starts_at, self.ends_at)

    def next_slot(self, now: datetime, planned: datetime | None) -> datetime | None:
        """`planned`: the slot that was to be decided about until now. It stays if it is still one, so that a change of
        something else never makes a slot vanish."""
        table = self.timetable
        if table is None:
            return self.run_at
        if planned is not None and table.next_after(planned - timedelta.resolution) == planned:
            return planned
        return table.next_after(now)


def times_of(job: Mapping[str, Any]) -> Times:
    """Raises JobInvalidError."""
    try:
        return Times.model_validate({name: job[name] for name in Times.model_fields if name in job})
    except ValidationError as error:
        raise JobInvalidError(faults_within(error, "")) from error
