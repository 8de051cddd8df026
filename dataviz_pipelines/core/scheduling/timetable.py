"""When a job is due: a cron expression on the clocks of a time zone.

Where clocks are turned, the rule is Debian cron's. A time that the clocks leave out comes at the first moment after the gap; a
time that they show twice comes the first time. Expressions whose minute or hour begins with `*` follow the time that passes
instead: every 15 minutes stays every 15 minutes.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim


@dataclass(frozen=True)
class Timetable:
    """A checked expression (`CronExpression`) and an IANA zone. `starts_at` is the first moment at which it can be due,
    `ends_at` the first at which it cannot any more."""

    expression: str
    zone: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def description(self) -> str:
        """In English, such as `At 09:30 on Monday through Friday`."""
        return CronSim(self.expression, datetime.now(UTC)).explain()

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Every time later than `moment`, in order, in UTC, as long as there is a calendar."""
        with suppress(OverflowError):
            yield from self._after(moment)

    def _after(self, moment: datetime) -> Iterator[datetime]:
        earlier = moment.astimezone(UTC)
        if self.starts_at is not None:
            earlier = max(earlier, self.starts_at.astimezone(UTC) - timedelta.resolution)
        for wall in CronSim(self.expression, earlier.astimezone(ZoneInfo(self.zone))):
            time = wall.astimezone(UTC)
            if self.ends_at is not None and time >= self.ends_at:
                return
            if (
                time > earlier
            ):  # while clocks show an hour again, what comes next may be in its first run
                yield time
                earlier = time

    def next_after(self, moment: datetime) -> datetime | None:
        return next(self.after(moment), None)

    def between(self, first: datetime, last: datetime, *, most: int) -> list[datetime]:
        """Those later than `first` and not later than `last`, the earliest `most` of them."""
        return list(islice(takewhile(lambda time: time <= last, self.after(first)), most))
