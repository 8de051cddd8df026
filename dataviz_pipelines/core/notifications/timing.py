"""When a person is mailed: at once, after their quiet hours, or with what else came that day. Their clock decides."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from dataviz_pipelines.core.models.documents.settings import QuietHours, UserPreferences
from dataviz_pipelines.core.models.notifications import Severity

KEYS: Final = (
    "notification_emails",
    "notification_digest_hour",
    "notification_quiet_hours",
    "timezone",
)


@dataclass(frozen=True)
class Wait:
    """`in_digest`: it is gathered into a mail with others then."""

    until: datetime
    in_digest: bool = False


@dataclass(frozen=True)
class Habits:
    """What a person wants, in their time zone."""

    emails: str
    digest_hour: int
    quiet: QuietHours | None
    zone: ZoneInfo

    @classmethod
    def of(cls, preferences: dict[str, Any], timezone: str | None) -> "Habits":
        """A time zone among the preferences goes before the account's. A value that its key does not take, of a time when
        the platform did not know the key, counts for nothing."""
        wanted = {"timezone": timezone or "UTC", **preferences}
        known = UserPreferences(
            **{key: value for key, value in wanted.items() if _is_known(key, value)}
        )
        return cls(
            known.notification_emails,
            known.notification_digest_hour,
            known.notification_quiet_hours,
            ZoneInfo(known.timezone),
        )

    def wait(self, severity: Severity, now: datetime, *, is_digest: bool) -> Wait | None:
        """None: now is the time."""
        if self.emails == "daily" and severity is Severity.INFO and not is_digest:
            return Wait(next_time(now, self.zone, time(self.digest_hour)), in_digest=True)
        until = None if self.quiet is None else quiet_until(now, self.zone, self.quiet)
        return None if until is None else Wait(until)


def _is_known(key: str, value: Any) -> bool:
    try:
        UserPreferences.model_validate({key: value})
    except ValidationError:
        return False
    return True


def quiet_until(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime | None:
    """None when it is not quiet. By the clock on the wall, whatever it jumps over or shows twice."""
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    wall = now.astimezone(zone).time()
    is_quiet = start <= wall < end if start < end else wall >= start or wall < end
    return next_time(now, zone, end, twice=True) if is_quiet else None


def next_time(now: datetime, zone: ZoneInfo, wall: time, *, twice: bool = False) -> datetime:
    """When the clock shows it next. An hour that is shown twice counts once, unless `twice`; one that is left out is when
    it would have been."""
    today = now.astimezone(zone).date()
    moments = (
        datetime.combine(today + timedelta(days=days), wall.replace(fold=fold), tzinfo=zone)
        for days in (0, 1)
        for fold in ((0, 1) if twice else (0,))
    )
    return next(
        moment for moment in (each.astimezone(now.tzinfo) for each in moments) if moment > now
    )
