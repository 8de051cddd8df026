"""Counts what the platform's logs hold, at the times of a job."""

from datetime import timedelta
from typing import Final

from pydantic import Field

from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.rolling import Rolled, roll_marked, roll_range
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.rollups import Grain
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner


class AnalyticsRollupConfig(Document):
    """`last_hours` before the time that the run is for; None: whatever has changed since it was counted."""

    last_hours: int | None = Field(None, ge=1, le=8_784)


def count(context: JobContext[AnalyticsRollupConfig]) -> None:
    rolled = _rolled(context)
    for name in sorted({*rolled.hours, *rolled.days}):
        hours, days, rows = rolled.hours[name], rolled.days[name], rolled.rows[name]
        context.log.say(f"{name}: {hours} hours, {days} days, {rows} rows")
    if not rolled.hours and not rolled.days:
        context.log.say("Nothing has changed since it was counted.")


def _rolled(context: JobContext[AnalyticsRollupConfig]) -> Rolled:
    hours = context.config.last_hours
    if hours is None:
        return roll_marked(context.engine, _say_nothing)
    end = context.slot or utc_now()
    return roll_range(context.engine, Range(end - timedelta(hours=hours), end), _say_nothing)


def _say_nothing(_grain: Grain, _done: int, _total: int) -> None:
    """Nobody looks on."""


ANALYTICS_ROLLUP: Final = Runner(
    job_type=JobType.ANALYTICS_ROLLUP,
    config=AnalyticsRollupConfig,
    run=count,
    timeout_s=3_600,
    heavy=True,
    pool="rollups",
    permissions=("pipelines:operate",),
    is_repeatable=True,
)
