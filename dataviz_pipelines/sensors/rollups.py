"""Has hours and days counted anew whose rows have changed since they were counted."""

from datetime import UTC, datetime

import dagster as dg

from dataviz_pipelines.assets.rollups import PARTITIONS, hours
from dataviz_pipelines.core.analytics.periods import HOUR, LENGTHS, Range
from dataviz_pipelines.core.analytics.rolling import marked_ranges, roll_before
from dataviz_pipelines.core.models.rollups import Grain
from dataviz_pipelines.jobs.rollups import JOBS
from dataviz_pipelines.resources import Platform

INTERVAL_S = 600
MOST_RUNS = 10
MOST_OLD = 100
GAP = 3
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(
    jobs=[*JOBS.values()],
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Has hours and days counted anew that rows were added to, changed in or taken from.",
)
def changed_hours(
    context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
) -> dg.SensorResult:
    """Hours first; days when none is left, since they are made of them. No key: what is marked is asked for until it is counted,
    but not while a run of the same job is under way. What is older than the first partition is counted here. The first tick of all
    asks for nothing: a platform that has just started has other things to do."""
    if context.cursor is None:
        return dg.SensorResult(
            skip_reason=dg.SkipReason("The first look comes with the next tick."), cursor="started"
        )
    roll_before(platform.engine, hours.start, most=MOST_OLD)
    for grain, job in JOBS.items():
        if context.instance.get_runs(dg.RunsFilter(job_name=job.name, statuses=UNDER_WAY), limit=1):
            return dg.SensorResult(skip_reason=dg.SkipReason(f"{job.name} is under way."))
        known = Range(hours.start, _end(grain))
        ranges = marked_ranges(
            platform.engine,
            grain,
            known=known,
            quiet_from=_end(Grain.HOUR) - HOUR,
            most=MOST_RUNS,
            gap=GAP,
        )
        if ranges:
            return dg.SensorResult(run_requests=[_request(grain, each) for each in ranges])
    return dg.SensorResult(skip_reason=dg.SkipReason("Everything is counted."))


def _end(grain: Grain) -> datetime:
    """Of the partition that has begun."""
    last = PARTITIONS[grain].get_last_partition_key()
    assert last is not None  # noqa: S101  # the first is long ago
    return _start(grain, last) + LENGTHS[grain]


def _start(grain: Grain, key: str) -> datetime:
    return PARTITIONS[grain].time_window_for_partition_key(key).start.astimezone(UTC)


def _request(grain: Grain, given: Range) -> dg.RunRequest:
    partitions = PARTITIONS[grain]
    moments = (given.starts_at, given.ends_at - LENGTHS[grain])
    keys = [partitions.get_partition_key_for_timestamp(each.timestamp()) for each in moments]
    return dg.RunRequest(job_name=JOBS[grain].name, tags=dict(zip(RANGE_TAGS, keys, strict=True)))
