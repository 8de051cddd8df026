"""Whether a message that is due is sent now, later or never."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dataviz_pipelines.core.models.notifications import DeliveryStatus
from dataviz_pipelines.core.notifications.store import DIGEST, Due
from dataviz_pipelines.core.notifications.timing import Habits, Wait

MAX_ATTEMPTS: Final = 8
_FIRST_PAUSE: Final = timedelta(seconds=15)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_GROWTH: Final = 4
_SPREAD: Final = 0.2


@dataclass(frozen=True)
class Drop:
    """It is not sent. `FAILED` if it should have been."""

    status: DeliveryStatus
    why: str


def plan(due: Due, now: datetime, *, can_mail: bool) -> Drop | Wait | None:
    """None: it is sent now."""
    if due.attempt >= MAX_ATTEMPTS:
        return Drop(DeliveryStatus.FAILED, "Whoever sent it ended before it was done, every time.")
    if due.channel_kind != "email":
        return _to_channel(due)
    if not can_mail:
        return Drop(DeliveryStatus.SUPPRESSED, "No mail server is configured.")
    return None if due.user_id is None else _to_person(due, now)


def pause(attempt: int, chance: float) -> timedelta:
    """After the attempt with this number, from 1. `chance`, from 0 to 1, spreads what failed together."""
    growth: int = _GROWTH ** (attempt - 1)
    whole = min(_FIRST_PAUSE * growth, _LONGEST_PAUSE)
    return whole * (1 + _SPREAD * (2 * chance - 1))


def _to_channel(due: Due) -> Drop | None:
    if due.channel_id is None:
        return Drop(DeliveryStatus.FAILED, f"There is no notification channel {due.target}.")
    if not due.channel_is_active:
        return Drop(DeliveryStatus.SUPPRESSED, "The channel is switched off.")
    return None


def _to_person(due: Due, now: datetime) -> Drop | Wait | None:
    habits = Habits.of(due.preferences, due.timezone)
    if not due.is_active:
        return Drop(DeliveryStatus.SUPPRESSED, "The account is not active.")
    if habits.emails == "never":
        return Drop(DeliveryStatus.SUPPRESSED, "The person wants no mails.")
    return habits.wait(due.severity, now, is_digest=due.kind == DIGEST)
