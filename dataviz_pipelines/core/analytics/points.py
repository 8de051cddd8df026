"""The points of a chart: a range of time, cut into hours, or into days, weeks or months as a time zone has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from dataviz_pipelines.core.analytics.errors import RangeError
from dataviz_pipelines.core.analytics.periods import (
    DAY,
    HOUR,
    Range,
    floor,
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


def asked(since: datetime | None, until: datetime, zone: str) -> Range:
    """The whole hours of the zone that hold the moments, by default the last 30 days. Raises RangeError."""
    if not EARLIEST + DEFAULT <= until <= LATEST or (since and since < EARLIEST):
        raise RangeError("The range must lie between the years 1970 and 3000.")
    since = since or until - DEFAULT
    if since >= until:
        raise RangeError("The range is empty.", remedy="Ask for a `to` after `from`.")
    if until - since > LONGEST:
        raise RangeError("The range is longer than ten years.", remedy="Ask for a shorter one.")
    return Range(_hour(since, zone), _hour(until + HOUR - timedelta.resolution, zone))


def _hour(moment: datetime, zone: str) -> datetime:
    """When the clock of the zone last struck."""
    local = moment.astimezone(ZoneInfo(zone))
    return moment.astimezone(UTC) - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )


@dataclass(frozen=True)
class Points:
    """`starts` are in UTC and in order; the first is that of the range, so the first and the last point may be cut short. Hours are
    those of UTC; a week begins on Monday."""

    given: Range
    starts: tuple[datetime, ...]

    @classmethod
    def of(cls, given: Range, by: By, zone: str) -> "Points":
        """Raises RangeError for too many points."""
        starts = [given.starts_at]
        for start in _starts(given, by, ZoneInfo(zone)):
            if start > starts[-1]:
                starts.append(start)
            if len(starts) > MOST_POINTS:
                raise RangeError(
                    f"A chart has at most {MOST_POINTS:,} points.",
                    remedy="Ask for a shorter range, or for longer parts of it.",
                )
        return cls(given, tuple(starts))

    @classmethod
    def one(cls, given: Range) -> "Points":
        """The range as a whole."""
        return cls(given, (given.starts_at,))

    @property
    def ranges(self) -> list[Range]:
        ends = (*self.starts[1:], self.given.ends_at)
        return [Range(start, end) for start, end in zip(self.starts, ends, strict=True)]

    def split(self, grain: Grain) -> list[datetime]:
        """Hours or days of which no point holds the whole although one holds a part, in order."""
        bounds = (*self.starts, self.given.ends_at)
        return sorted({period for each in bounds if (period := floor(each, grain)) != each})


def _starts(given: Range, by: By, zone: ZoneInfo) -> Iterator[datetime]:
    """Of the points after the one that the range begins in."""
    if by is By.HOUR:
        start = floor(given.starts_at, Grain.HOUR)
        while (start := start + HOUR) < given.ends_at:
            yield start
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
