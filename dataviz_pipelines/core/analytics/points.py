"""The points of a chart: a range of time, cut into hours, days, weeks or months as a time zone has them."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from dataviz_pipelines.core.analytics.errors import RangeError, UnevenZoneError
from dataviz_pipelines.core.analytics.periods import (
    DAY,
    HOUR,
    Range,
    ceiling,
    floor,
    whole,
)
from dataviz_pipelines.core.models.tables import Grain

MOST_POINTS: Final = 1_000
LONGEST: Final = 3_660 * DAY
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)
DEFAULT: Final = 30 * DAY


class By(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def asked(since: datetime | None, until: datetime) -> Range:
    """The whole hours that hold the moments, by default the last 30 days. Raises RangeError."""
    if not EARLIEST + DEFAULT <= until <= LATEST or (since and since < EARLIEST):
        raise RangeError("The range must lie between the years 1970 and 3000.")
    since = since or until - DEFAULT
    if since >= until:
        raise RangeError("The range is empty.", remedy="Ask for a `to` after `from`.")
    if until - since > LONGEST:
        raise RangeError("The range is longer than ten years.", remedy="Ask for a shorter one.")
    return whole(since, until, Grain.HOUR)


@dataclass(frozen=True)
class Points:
    """`starts` are in UTC and in order; the first is that of the range, so the first and the last point may be cut short. A week
    begins on Monday."""

    given: Range
    starts: tuple[datetime, ...]

    @classmethod
    def of(cls, given: Range, by: By, zone: str) -> "Points":
        """Raises RangeError for too many points, UnevenZoneError for a zone of which they cannot be made."""
        starts = [given.starts_at]
        for start in _starts(given, by, ZoneInfo(zone)):
            if start != floor(start, Grain.HOUR):
                raise UnevenZoneError(
                    f"Days of {zone} do not begin with an hour of UTC, so hours cannot be put together to days.",
                    remedy="Ask by hour, or in a time zone that is whole hours away from UTC.",
                )
            if start > starts[-1]:
                starts.append(start)
            if len(starts) > MOST_POINTS:
                raise RangeError(
                    f"A chart has at most {MOST_POINTS:,} points.",
                    remedy="Ask for a shorter range, or for longer parts of it.",
                )
        return cls(given, tuple(starts))

    @property
    def ranges(self) -> list[Range]:
        ends = (*self.starts[1:], self.given.ends_at)
        return [Range(start, end) for start, end in zip(self.starts, ends, strict=True)]

    def number(self, moment: datetime) -> int:
        """Of the point that holds a moment."""
        return bisect_right(self.starts, moment) - 1

    @property
    def pieces(self) -> list[tuple[Grain, Range]]:
        """What to read: days as far as each lies within one point, else hours."""
        is_even = all(start == floor(start, Grain.DAY) for start in self.starts[1:])
        return pieces(self.given) if is_even else [(Grain.HOUR, self.given)]


def pieces(given: Range) -> list[tuple[Grain, Range]]:
    """The days of the range, and the hours before and after them."""
    first, last = ceiling(given.starts_at, Grain.DAY), floor(given.ends_at, Grain.DAY)
    if first >= last:
        return [(Grain.HOUR, given)]
    found = [
        (Grain.HOUR, Range(given.starts_at, first)),
        (Grain.DAY, Range(first, last)),
        (Grain.HOUR, Range(last, given.ends_at)),
    ]
    return [(grain, part) for grain, part in found if part.starts_at < part.ends_at]


def _starts(given: Range, by: By, zone: ZoneInfo) -> Iterator[datetime]:
    """Of the points after the one that the range begins in."""
    if by is By.HOUR:
        for number in range(1, given.hours):
            yield given.starts_at + number * HOUR
        return
    day = _next(given.starts_at.astimezone(zone).date(), by)
    while (
        start := datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    ) < given.ends_at:
        yield start
        day = _next(day, by)


def _next(day: date, by: By) -> date:
    if by is By.DAY:
        return day + timedelta(days=1)
    if by is By.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
