"""Hours, days and months of UTC, and ranges that consist of whole ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dataviz_pipelines.core.models.tables import Grain

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LENGTHS: Final = {Grain.HOUR: HOUR, Grain.DAY: DAY}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Range:
    """From `starts_at` up to, but without, `ends_at`."""

    starts_at: datetime
    ends_at: datetime

    def values(self) -> dict[str, datetime]:
        return {"starts_at": self.starts_at, "ends_at": self.ends_at}


def floor(moment: datetime, grain: Grain) -> datetime:
    moment = moment.astimezone(UTC)
    return moment - (moment - _EPOCH) % LENGTHS[grain]


def ceiling(moment: datetime, grain: Grain) -> datetime:
    below = floor(moment, grain)
    return below if below == moment else below + LENGTHS[grain]


def whole(starts_at: datetime, ends_at: datetime, grain: Grain) -> Range:
    """The smallest range of whole hours or days that holds the moments."""
    return Range(floor(starts_at, grain), ceiling(ends_at, grain))


def month(moment: datetime) -> datetime:
    return floor(moment, Grain.DAY).replace(day=1)


def next_month(moment: datetime) -> datetime:
    return month(month(moment) + 31 * DAY)


def by_day(given: Range) -> Iterator[Range]:
    """The range cut at each midnight."""
    start = given.starts_at
    while start < given.ends_at:
        end = min(floor(start, Grain.DAY) + DAY, given.ends_at)
        yield Range(start, end)
        start = end


def by_month(given: Range) -> Iterator[Range]:
    start = given.starts_at
    while start < given.ends_at:
        end = min(next_month(start), given.ends_at)
        yield Range(start, end)
        start = end
