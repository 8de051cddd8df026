"""How ranges are cut into points, and what is read for them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.analytics.errors import RangeError
from dataviz_pipelines.core.analytics.periods import DAY, HOUR, LENGTHS, Range, floor
from dataviz_pipelines.core.analytics.points import By, Points, asked
from dataviz_pipelines.core.models.tables import Grain
from tests.core.analytics.zones import ZONES

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001  # UTC is put on
    lambda moment: moment.replace(tzinfo=UTC)
)
lengths = st.integers(1, 900 * 60).map(lambda number: number * MINUTE)


def starts(given: Range, by: By, zone: str = "UTC") -> list[str]:
    return [f"{each:%m-%d %H}" for each in Points.of(given, by, zone).starts]


def test_a_range_is_made_of_the_hours_it_touches() -> None:
    found = asked(NOON + MINUTE, NOON + 61 * MINUTE, "UTC")

    assert found == Range(NOON, NOON + 2 * HOUR)


@pytest.mark.parametrize(
    ("zone", "minutes"), [("Asia/Kolkata", 30), ("Asia/Kathmandu", 15), ("Africa/Cairo", 0)]
)
def test_hours_are_those_of_the_zone(zone: str, minutes: int) -> None:
    begin = NOON + minutes * MINUTE

    assert asked(begin, begin + HOUR, zone) == Range(begin, begin + HOUR)
    assert asked(begin + MINUTE, begin + HOUR + MINUTE, zone) == Range(begin, begin + 2 * HOUR)


@given(since=moments, length=lengths, zone=st.sampled_from(ZONES))
def test_what_is_asked_for_is_within_the_hours_that_are_taken(
    since: datetime, length: timedelta, zone: str
) -> None:
    if since + length < datetime(1970, 2, 1, tzinfo=UTC):
        return
    found = asked(since, since + length, zone)

    assert since - HOUR < found.starts_at <= since
    assert since + length <= found.ends_at < since + length + HOUR


@pytest.mark.parametrize("length", [timedelta(0), -HOUR, 4_000 * DAY])
def test_a_range_of_nothing_or_of_decades_is_refused(length: timedelta) -> None:
    with pytest.raises(RangeError):
        asked(NOON, NOON + length, "UTC")


def test_points_begin_where_the_range_does() -> None:
    given = Range(NOON, NOON + 2 * DAY)

    assert starts(given, By.DAY) == ["03-31 12", "04-01 00", "04-02 00"]
    assert starts(given, By.MONTH) == ["03-31 12", "04-01 00"]
    assert starts(given, By.HOUR)[:2] == ["03-31 12", "03-31 13"]


def test_weeks_begin_on_monday() -> None:
    assert starts(Range(NOON, NOON + 14 * DAY), By.WEEK) == ["03-31 12", "04-06 00", "04-13 00"]


def test_days_are_23_and_25_hours_long_when_the_clocks_change() -> None:
    spring = datetime(2026, 3, 27, 23, tzinfo=UTC)
    points = Points.of(Range(spring, spring + 3 * DAY), By.DAY, "Europe/Vienna")

    assert lengths_of(points) == [24 * HOUR, 23 * HOUR, 24 * HOUR, HOUR]


def test_days_begin_within_an_hour_of_utc_where_the_zone_has_them_so() -> None:
    autumn = datetime(2026, 4, 3, 13, tzinfo=UTC)
    points = Points.of(Range(autumn, autumn + 3 * DAY), By.DAY, "Australia/Lord_Howe")

    assert lengths_of(points) == [24 * HOUR, 24 * HOUR + 30 * MINUTE, 23 * HOUR + 30 * MINUTE]
    assert points.split(Grain.HOUR) == [autumn + 2 * DAY]
    assert points.split(Grain.DAY) == [autumn - 13 * HOUR + number * DAY for number in range(4)]


def lengths_of(points: Points) -> list[timedelta]:
    return [each.ends_at - each.starts_at for each in points.ranges]


def test_hours_of_a_chart_are_those_of_utc() -> None:
    begin = NOON + 30 * MINUTE
    points = Points.of(Range(begin, begin + 2 * HOUR), By.HOUR, "Asia/Kolkata")

    assert points.starts == (begin, NOON + HOUR, NOON + 2 * HOUR)


def test_more_points_than_a_chart_shows_are_refused() -> None:
    with pytest.raises(RangeError, match="1,000 points"):
        Points.of(Range(NOON, NOON + 1_001 * HOUR), By.HOUR, "UTC")


@given(
    begin=moments,
    length=lengths,
    by=st.sampled_from(By),
    zone=st.sampled_from(ZONES),
    grain=st.sampled_from(Grain),
)
def test_a_period_is_split_where_no_point_holds_all_that_one_holds_a_part_of(
    begin: datetime, length: timedelta, by: By, zone: str, grain: Grain
) -> None:
    points = Points.of(Range(begin, begin + length), by, zone)
    assert (points.ranges[0].starts_at, points.ranges[-1].ends_at) == (begin, begin + length)
    assert all(each.starts_at < each.ends_at for each in points.ranges)

    split, period = [], floor(begin, grain)
    while period < begin + length:
        end = period + LENGTHS[grain]
        held = [each.starts_at <= period and end <= each.ends_at for each in points.ranges]
        if not any(held):
            split.append(period)
        period = end
    assert points.split(grain) == split
