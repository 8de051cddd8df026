"""F53: quiet hours and the daily mail, by the clock on the person's wall, also when it is put forward or back."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from dataviz_pipelines.core.models.documents.settings import QuietHours
from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications import Notice
from dataviz_pipelines.core.notifications.timing import next_time, quiet_until
from tests.core.notifications.outbox import NOTICE, Outbox
from tests.servers.smtp import MailServer

VIENNA = ZoneInfo("Europe/Vienna")
NIGHT = QuietHours(start="22:00", end="07:00")
Look = Callable[[], int]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-07-01 19:59", None),
        ("2026-07-01 20:00", "2026-07-02 05:00"),
        ("2026-07-02 04:59", "2026-07-02 05:00"),
        ("2026-07-02 05:00", None),
        (
            "2026-03-28 22:00",
            "2026-03-29 05:00",
        ),  # the clock is put forward that night: it is an hour shorter
        ("2026-10-24 21:00", "2026-10-25 06:00"),  # and put back
    ],
)
def test_nights_end_when_the_clock_on_the_wall_says_so(now: str, until: str | None) -> None:
    assert quiet_until(utc(now), VIENNA, NIGHT) == (None if until is None else utc(until))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-10-24 23:00", "2026-10-25 00:30"),  # 01:00, and 02:30 comes twice: the first ends it
        ("2026-10-25 00:40", None),
        ("2026-10-25 01:10", "2026-10-25 01:30"),  # 02:10 for the second time
        ("2026-03-29 00:30", "2026-03-29 01:30"),  # 01:30, and 02:30 is left out that night
    ],
)
def test_an_end_within_the_hour_that_is_left_out_or_comes_twice(
    now: str, until: str | None
) -> None:
    quiet = QuietHours(start="01:00", end="02:30")
    assert quiet_until(utc(now), VIENNA, quiet) == (None if until is None else utc(until))


def test_quiet_hours_within_a_day() -> None:
    quiet = QuietHours(start="12:00", end="13:00")
    assert quiet_until(utc("2026-01-01 10:59"), VIENNA, quiet) is None
    assert quiet_until(utc("2026-01-01 11:30"), VIENNA, quiet) == utc("2026-01-01 12:00")


@pytest.mark.parametrize(
    ("now", "hour", "then"),
    [
        ("2026-07-01 05:59", 8, "2026-07-01 06:00"),
        ("2026-07-01 06:00", 8, "2026-07-02 06:00"),
        ("2026-10-24 23:59", 2, "2026-10-25 00:00"),
        ("2026-10-25 00:00", 2, "2026-10-26 01:00"),  # not again an hour later
        ("2026-03-29 00:30", 2, "2026-03-29 01:00"),  # there is no 02:00: at 03:00
        ("2026-03-29 01:00", 2, "2026-03-30 00:00"),
    ],
)
def test_the_daily_mail_comes_once_a_day(now: str, hour: int, then: str) -> None:
    assert next_time(utc(now), VIENNA, time(hour)) == utc(then)


def test_in_quiet_hours_mails_wait_whatever_they_say(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    outbox.now = utc("2027-03-27 23:00")
    ada = outbox.person(
        timezone="Europe/Vienna", notification_quiet_hours={"start": "22:00", "end": "07:00"}
    )
    outbox.mail(ada, notice=Notice("x", "Failed", "It failed.", severity=Severity.ERROR))
    assert deliverer() == 0
    assert outbox.rows("status, next_attempt_at") == [("queued", utc("2027-03-28 05:00"))]
    outbox.later(hours=5, minutes=59)
    assert deliverer() == 0
    outbox.later(minutes=1)
    assert deliverer() == 1
    assert mails.next().message["Subject"] == "Failed"


def test_the_accounts_time_zone_counts_where_no_other_is_preferred(
    outbox: Outbox, deliverer: Look
) -> None:
    outbox.now = utc("2027-07-01 03:00")
    ada = outbox.person(notification_quiet_hours={"start": "11:00", "end": "13:00"})
    outbox.run("UPDATE users SET timezone = 'Asia/Tokyo' WHERE id = %(ada)s", ada=ada)
    outbox.mail(ada)
    assert deliverer() == 0
    assert outbox.rows("next_attempt_at") == [(utc("2027-07-01 04:00"),)]


def test_a_daily_mail_gathers_what_is_not_urgent(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    outbox.now = utc("2027-07-01 10:00")
    ada = outbox.person(
        timezone="Europe/Vienna", notification_emails="daily", notification_digest_hour=7
    )
    bob = outbox.person("bob@example.org", notification_emails="daily")
    for number in range(3):
        outbox.mail(ada, notice=Notice("x", f"News {number}", "Something."))
    outbox.mail(bob)
    outbox.mail(ada, notice=Notice("x", "Failed", "It failed.", severity=Severity.ERROR))
    assert deliverer() == 1
    assert mails.next().message["Subject"] == "Failed"
    outbox.now = utc("2027-07-02 05:00")
    assert deliverer() == 1
    digest = mails.next()
    assert (digest.recipients, digest.message["Subject"]) == (["ada@example.org"], "3 notices")
    assert digest.message.get_content().splitlines()[:3] == ["- News 0", "- News 1", "- News 2"]
    outbox.now = utc("2027-07-02 08:00")
    assert deliverer() == 1
    bobs = mails.next()
    assert (bobs.recipients, bobs.message["Subject"]) == (["bob@example.org"], "1 notice")
    assert deliverer() == 0


def test_a_daily_mail_is_no_longer_than_it_can_be_read(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    outbox.now = utc("2027-07-01 10:00")
    ada = outbox.person(notification_emails="daily")
    for _ in range(103):
        outbox.mail(ada)
    deliverer()
    outbox.later(days=1)
    deliverer()
    lines = mails.next().message.get_content().splitlines()
    assert lines[:101] == [f"- {NOTICE.title}"] * 100 + ["- and 3 more"]


def test_who_wants_no_mails_gets_none(outbox: Outbox, deliverer: Look, mails: MailServer) -> None:
    outbox.mail(outbox.person(notification_emails="never"))
    assert deliverer() == 0
    assert outbox.rows("status, last_error") == [("suppressed", "The person wants no mails.")]
    assert mails.delivered.empty()
    assert outbox.messages() == [NOTICE.message]


def test_a_preference_that_makes_no_sense_keeps_no_mail_back(
    outbox: Outbox, deliverer: Look, mails: MailServer
) -> None:
    """It was kept by a page before the platform knew the key."""
    outbox.mail(
        outbox.person(
            timezone="Mars/Olympus",
            notification_emails=7,
            notification_quiet_hours="always",
            notification_digest_hour="noon",
        )
    )
    assert deliverer() == 1
    assert mails.next().recipients == ["ada@example.org"]
