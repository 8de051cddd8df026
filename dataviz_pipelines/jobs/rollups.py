"""The jobs that count hours and days, and the schedules that see to it that each gets its partition, empty ones too."""

import dagster as dg

from dataviz_pipelines.assets.rollups import DAILY, HOURLY, PARTITIONS
from dataviz_pipelines.core.analytics.periods import LENGTHS
from dataviz_pipelines.core.models.rollups import Grain

roll_hours = dg.define_asset_job(
    "roll_hours",
    selection=dg.AssetSelection.assets(*HOURLY),
    executor_def=dg.in_process_executor,
    description="Counts the logs of an hour, or of a range of them.",
)
roll_days = dg.define_asset_job(
    "roll_days",
    selection=dg.AssetSelection.assets(*DAILY),
    executor_def=dg.in_process_executor,
    description="Puts the hours of a day together, or of a range of days.",
)
JOBS = {Grain.HOUR: roll_hours, Grain.DAY: roll_days}


def _schedule(name: str, grain: Grain, cron: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job=JOBS[grain],
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Counts the {grain.value} that has ended, also when nothing happened in it.",
    )
    def due(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """Key: the partition."""
        ended = context.scheduled_execution_time - LENGTHS[grain]
        key = PARTITIONS[grain].get_partition_key_for_timestamp(ended.timestamp())
        return dg.RunRequest(run_key=key, partition_key=key)

    return due


SCHEDULES = [
    _schedule("every_hour", Grain.HOUR, "2 * * * *"),
    _schedule("every_day", Grain.DAY, "10 0 * * *"),
]
