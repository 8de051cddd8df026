"""When jobs are due, where clocks are turned too."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dataviz_pipelines.core.models.documents.scheduler import CronExpression
from dataviz_pipelines.core.scheduling.timetable import Timetable

CHECK: TypeAdapter[str] = TypeAdapter(CronExpression)
START = datetime(2024, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu")


def due(zone: str, expression: str, after: str, count: int) -> list[str]:
    """Times in UTC; `after` is UTC too."""
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    times = islice(Timetable(expression, zone).after(moment), count)
    return [time.strftime("%m-%d %H:%M") for time in times]


@pytest.mark.parametrize(
    ("zone", "expression", "after", "expected"),
    [
        # the gap: 02:30 is left out on March 8 and comes at 03:00 EDT
        ("America/New_York", "30 2 * * *", "2026-03-07T12:00", ["03-08 07:00", "03-09 06:30"]),
        # the repeat: 01:30 EDT, and not 01:30 EST again
        ("America/New_York", "30 1 * * *", "2026-10-31T12:00", ["11-01 05:30", "11-02 06:30"]),
        ("Europe/London", "30 1 * * *", "2026-03-28T12:00", ["03-29 01:00", "03-30 00:30"]),
        ("Europe/London", "30 1 * * *", "2026-10-24T12:00", ["10-25 00:30", "10-26 01:30"]),
        # half an hour is left out, and repeated
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00", ["10-03 15:30", "10-04 15:15"]),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00", ["04-04 14:45", "04-05 15:15"]),
        # midnight is left out, and 23:30 repeated
        ("America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00", ["11-04 03:00", "11-05 02:00"]),
        ("America/Sao_Paulo", "30 23 * * *", "2018-02-17T12:00", ["02-18 01:30", "02-19 02:30"]),
    ],
)
def test_R24_a_fixed_time_comes_once_a_day(
    zone: str, expression: str, after: str, expected: list[str]
) -> None:
    assert due(zone, expression, after, 2) == expected


def test_R24_an_interval_follows_the_time_that_passes() -> None:
    times = due("America/New_York", "*/30 * * * *", "2026-11-01T04:59", 5)
    assert times == ["11-01 05:00", "11-01 05:30", "11-01 06:00", "11-01 06:30", "11-01 07:00"]
    assert due("Europe/London", "0 * * * *", "2026-03-29T00:30", 2) == [
        "03-29 01:00",
        "03-29 02:00",
    ]


def test_R24_asked_within_the_repeated_hour_nothing_comes_again() -> None:
    """At 06:10 UTC the clocks of New York show 01:10 for the second time."""
    assert due("America/New_York", "30 1 * * *", "2026-11-01T06:10", 1) == ["11-02 06:30"]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(("30 2 * * *", "*/7 * * * *", "0 */3 * * *", "15 1,2 * * 0", "0 0 1 * *")),
    st.integers(0, 4 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
)
def test_times_are_later_than_asked_and_each_comes_once(
    zone: str, expression: str, moment: datetime
) -> None:
    times = list(islice(Timetable(expression, zone).after(moment), 30))
    assert all(earlier < later for earlier, later in pairwise([moment, *times]))
    asked_step_by_step = [moment]
    for _ in times:
        following = Timetable(expression, zone).next_after(asked_step_by_step[-1])
        assert following is not None
        asked_step_by_step.append(following)
    assert asked_step_by_step[1:] == times


def test_it_is_due_from_its_start_on_and_before_its_end() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    table = Timetable("0 * * * *", "UTC", starts_at=noon, ends_at=noon + timedelta(hours=2))
    assert list(table.after(noon - timedelta(days=1))) == [noon, noon + timedelta(hours=1)]
    assert table.next_after(noon + timedelta(hours=1)) is None
    assert table.next_after(noon) == noon + timedelta(hours=1)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_after_the_end_of_the_calendar_it_is_not_due_any_more(zone: str) -> None:
    last = datetime(9999, 12, 31, 12, tzinfo=UTC)
    assert list(islice(Timetable("0 0 29 2 *", zone).after(last), 3)) == []
    assert Timetable("0 0 29 2 *", zone, starts_at=last).next_after(START) is None


def test_slots_of_a_range_are_bounded() -> None:
    first = datetime(2026, 5, 1, tzinfo=UTC)
    table = Timetable("0 0 * * *", "Europe/Vienna")
    month = table.between(first, first + timedelta(days=31), most=100)
    assert len(month) == 31
    assert table.between(first, first + timedelta(days=31), most=3) == month[:3]
    assert {time.astimezone(ZoneInfo("Europe/Vienna")).hour for time in month} == {0}


@pytest.mark.parametrize(
    ("expression", "description"),
    [
        ("30 9 * * 1-5", "At 09:30 on Monday through Friday"),
        ("*/15 * * * *", "Every 15th minute of every hour"),
        ("0 9 L * *", "At 09:00 on the last day of every month"),
    ],
)
def test_F47_an_expression_is_said_in_english(expression: str, description: str) -> None:
    assert Timetable(CHECK.validate_python(expression), "UTC").description == description


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 30 2 *",
        "0 0 31 4 *",
        "R * * * *",
        "@daily",
        "* * * * * *",
        "60 * * * *",
        "0 24 * * *",
        "",
        "0 0 * * 8",
    ],
)
def test_F47_what_never_comes_or_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValidationError):
        CHECK.validate_python(expression)
