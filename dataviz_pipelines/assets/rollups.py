"""Rollups as assets: for each log one by hour and one by day, with a partition for every hour and day."""

import time
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import dagster as dg

from dataviz_pipelines.core.analytics.checking import different_periods
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.rolling import roll
from dataviz_pipelines.core.analytics.rollups import ROLLUPS, Rollup
from dataviz_pipelines.core.analytics.store import Counted
from dataviz_pipelines.core.models.rollups import Grain
from dataviz_pipelines.failures import as_failure
from dataviz_pipelines.resources import Platform

START: Final = "2024-01-01-00:00"
"""Dagster wants fewer than 100,000 partitions, of which hours make 8,766 a year. What is older is counted without one."""
hours = dg.HourlyPartitionsDefinition(start_date=START, end_offset=1)
days = dg.DailyPartitionsDefinition(start_date=START[:10], end_offset=1)

PARTITIONS: Final = {Grain.HOUR: hours, Grain.DAY: days}
_WINDOWS: Final = {
    Grain.HOUR: (timedelta(hours=2), timedelta(hours=6)),
    Grain.DAY: (timedelta(hours=30), timedelta(hours=54)),
}
_GROUP: Final = "analytics"
_OWNERS: Final = ["team:data-platform"]
_CHECK: Final = "rollup_equals_raw"
_MOST_SHOWN: Final = 10

LOGS: Final = [
    dg.AssetSpec(
        rollup.source,
        group_name=_GROUP,
        kinds={"postgres", "table"},
        owners=_OWNERS,
        description=f"The platform's table `{rollup.source}`, to which its own parts write.",
    )
    for rollup in ROLLUPS.values()
]


def _rollup(rollup: Rollup, grain: Grain) -> dg.AssetsDefinition:
    warn, fail = _WINDOWS[grain]

    @dg.asset(
        name=_name(rollup, grain),
        deps=[rollup.source if grain is Grain.HOUR else _name(rollup, Grain.HOUR)],
        partitions_def=PARTITIONS[grain],
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=_GROUP,
        kinds={"sql", "postgres"},
        owners=_OWNERS,
        pool="rollups",
        description=f"Rows of `{rollup.source}`, counted by {grain.value} in `{rollup.table}`. A partition is replaced "
        "in one transaction; changes of its rows mark it to be counted anew.",
        freshness_policy=dg.FreshnessPolicy.time_window(warn_window=warn, fail_window=fail),
        check_specs=[_check(rollup, grain)],
    )
    def asset(
        context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        """Key: the partition, which is replaced."""
        given = Range(*context.partition_time_window)
        started = time.monotonic()
        with as_failure():
            counted = roll(platform.engine, rollup, grain, given)
            seconds = time.monotonic() - started
            wrong = different_periods(platform.engine, rollup, grain, given)
        yield _materialized(rollup, counted, seconds)
        yield _checked(wrong)

    return asset


def _check(rollup: Rollup, grain: Grain) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        _CHECK,
        asset=_name(rollup, grain),
        blocking=True,
        description=f"Every {grain.value} is what `{rollup.source}` says, unless it is marked to be counted anew.",
    )


def _materialized(rollup: Rollup, counted: Counted, seconds: float) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        metadata={
            "dagster/table_name": rollup.table,
            "dagster/partition_row_count": counted.rows,
            "events": counted.events,
            "duration_s": round(seconds, 3),
        }
    )


def _checked(wrong: Sequence[datetime]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=_CHECK,
        passed=not wrong,
        metadata={
            "different": len(wrong),
            "first": ", ".join(f"{each:%Y-%m-%d %H:%M}" for each in wrong[:_MOST_SHOWN]),
        },
    )


def _name(rollup: Rollup, grain: Grain) -> str:
    return f"{rollup.name.value}_by_{grain.value}"


with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore", dg.BetaWarning
    )  # backfill_policy; without it a range of hours is a run for each
    HOURLY: Final = [_rollup(rollup, Grain.HOUR) for rollup in ROLLUPS.values()]
    DAILY: Final = [_rollup(rollup, Grain.DAY) for rollup in ROLLUPS.values()]
