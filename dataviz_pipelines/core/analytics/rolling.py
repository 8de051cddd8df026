"""Counting hours from the logs, and days from hours.

A mark says that an hour has changed. It is written in the transaction of the change, and taken away in the one that counts
the hour anew, by a statement before those that count: whatever mark it sees, they see the change. A mark that is committed
later stays, and the hour is counted once more. So an hour without a mark is what its log says, at any time.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.analytics import store
from dataviz_pipelines.core.analytics.periods import (
    LENGTHS,
    Range,
    by_day,
    by_month,
    whole,
)
from dataviz_pipelines.core.analytics.rollups import ROLLUPS, Rollup
from dataviz_pipelines.core.analytics.store import Counted, Period
from dataviz_pipelines.core.models.tables import Grain, RollupName

_CUTS: Final = {Grain.HOUR: by_day, Grain.DAY: by_month}

Progress = Callable[[Grain, int, int], None]
"""Told the grain, and how many of its periods are done, of how many."""


@dataclass
class Rolled:
    """What was counted, by rollup."""

    hours: Counter[RollupName] = field(default_factory=Counter)
    days: Counter[RollupName] = field(default_factory=Counter)
    rows: Counter[RollupName] = field(default_factory=Counter)
    events: Counter[RollupName] = field(default_factory=Counter)


def roll(engine: Engine, rollup: Rollup, grain: Grain, given: Range) -> Counted:
    """Counts every hour or day that the range touches anew, those of a day (a month) in one transaction; each shows its old counts
    until it shows the new ones. Can be repeated."""
    parts = _CUTS[grain](whole(given.starts_at, given.ends_at, grain))
    done = [_replace(engine, rollup, grain, part) for part in parts]
    return Counted(sum(each.rows for each in done), sum(each.events for each in done))


def roll_range(engine: Engine, given: Range, on_progress: Progress) -> Rolled:
    """All rollups: the hours that the range touches, and then their days."""
    rolled = Rolled()
    for grain in Grain:
        parts = whole(given.starts_at, given.ends_at, grain)
        _roll_all(engine, grain, _periods(grain, parts), rolled, on_progress)
    return rolled


def roll_marked(engine: Engine, on_progress: Progress) -> Rolled:
    """What has changed since it was counted, or was never counted."""
    rolled = Rolled()
    for grain in Grain:
        with engine.connect() as connection:
            found = store.marked(connection, grain)
        _roll_all(engine, grain, found, rolled, on_progress)
    return rolled


def marked_ranges(
    engine: Engine, grain: Grain, *, known: Range, quiet_from: datetime, most: int, gap: int
) -> list[Range]:
    """Where something within `known` has to be counted anew, oldest first, as at most `most` ranges; up to `gap` periods between
    two that are marked are taken along. From `quiet_from` on, runs of jobs alone are no reason: to count is such a run."""
    with engine.connect() as connection:
        found = store.marked(connection, grain, since=known.starts_at, before=known.ends_at)
    starts = sorted(
        {
            period.starts_at
            for period in found
            if period.rollup is not RollupName.JOBS or period.starts_at < quiet_from
        }
    )
    length, ranges = LENGTHS[grain], list[Range]()
    for start in starts:
        if ranges and start - ranges[-1].ends_at <= gap * length:
            ranges[-1] = Range(ranges[-1].starts_at, start + length)
        else:
            ranges.append(Range(start, start + length))
    return ranges[:most]


def roll_before(engine: Engine, moment: datetime, *, most: int) -> int:
    """Counts marked hours and days before the moment, at most `most` of each; how many it were."""
    done = 0
    for grain in Grain:
        with engine.connect() as connection:
            found = store.marked(connection, grain, before=moment)
        for period in found[:most]:
            _roll_one(engine, grain, period)
            done += 1
    return done


def _replace(engine: Engine, rollup: Rollup, grain: Grain, given: Range) -> Counted:
    with engine.begin() as connection:
        store.lock(connection, rollup, grain, given.starts_at)
        if grain is Grain.DAY:  # it moves hours; before the numbers' lock, as who counts hours
            store.lock(connection, rollup, Grain.HOUR, given.starts_at)
        store.take_marks(connection, rollup, grain, given)
        counted = store.replace(connection, rollup, grain, given)
        if rollup.name is RollupName.DASHBOARDS:
            store.number_visitors(connection, given)
            store.replace_visitors(connection, grain, given)
        if grain is Grain.HOUR:
            store.mark_days(connection, rollup, given)
        else:
            _lay_together(connection, rollup, given)
    return counted


def _lay_together(connection: Connection, rollup: Rollup, given: Range) -> None:
    store.lay_together(connection, rollup.table, rollup.dimensions, given)
    if rollup.name is RollupName.DASHBOARDS:
        store.lay_together(connection, "dashboard_visitors", ("dashboard_id",), given)


def _roll_one(engine: Engine, grain: Grain, period: Period) -> Counted:
    given = Range(period.starts_at, period.starts_at + LENGTHS[grain])
    return _replace(engine, ROLLUPS[period.rollup], grain, given)


def _roll_all(
    engine: Engine,
    grain: Grain,
    periods: Iterable[Period],
    rolled: Rolled,
    on_progress: Progress,
) -> None:
    todo = list(periods)
    done = rolled.hours if grain is Grain.HOUR else rolled.days
    for number, period in enumerate(todo, 1):
        counted = _roll_one(engine, grain, period)
        done[period.rollup] += 1
        rolled.rows[period.rollup] += counted.rows
        if grain is Grain.HOUR:
            rolled.events[period.rollup] += counted.events
        on_progress(grain, number, len(todo))


def _periods(grain: Grain, given: Range) -> list[Period]:
    length = LENGTHS[grain]
    starts = [
        given.starts_at + number * length
        for number in range((given.ends_at - given.starts_at) // length)
    ]
    return [Period(name, start) for start in starts for name in ROLLUPS]
