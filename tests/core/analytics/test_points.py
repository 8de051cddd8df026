"""How ranges are cut into points, and what is read for them."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.analytics.errors import RangeError, UnevenZoneError
from dataviz_pipelines.core.analytics.periods import DAY, HOUR, Range
from dataviz_pipelines.core.analytics.points import By, Points, asked, pieces
from dataviz_pipelines.core.models.tables import Grain

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
hours = st.integers(0, 40_000).map(lambda number: datetime(2024, 1, 1, tzinfo=UTC) + number * HOUR)
ranges = st.tuples(hours, st.integers(1, 900)).map(
    lambda pair: Range(pair[0], pair[0] + pair[1] * HOUR)
)
zones = st.sampled_from(
    ["UTC", "Europe/Vienna", "America/New_York", "Pacific/Apia", "America/Havana"]
)


def starts(given: Range, by: By, zone: str = "UTC") -> list[str]:
    return [f"{each:%m-%d %H}" for each in Points.of(given, by, zone).starts]


def test_a_range_is_made_of_the_hours_it_touches() -> None:
    found = asked(NOON + timedelta(minutes=1), NOON + timedelta(minutes=61))

    assert found == Range(NOON, NOON + 2 * HOUR)


@pytest.mark.parametrize("length", [timedelta(0), -HOUR, 4_000 * DAY])
def test_a_range_of_nothing_or_of_decades_is_refused(length: timedelta) -> None:
    with pytest.raises(RangeError):
        asked(NOON, NOON + length)


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

    assert [each.hours for each in points.ranges] == [24, 23, 24, 1]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide"])
def test_days_that_do_not_begin_with_an_hour_are_refused(zone: str) -> None:
    with pytest.raises(UnevenZoneError, match=zone):
        Points.of(Range(NOON, NOON + 2 * DAY), By.DAY, zone)


def test_more_points_than_a_chart_shows_are_refused() -> None:
    with pytest.raises(RangeError, match="1,000 points"):
        Points.of(Range(NOON, NOON + 1_001 * HOUR), By.HOUR, "UTC")


@given(given=ranges, by=st.sampled_from(By), zone=zones)
def test_points_and_pieces_cover_the_range_without_overlap(given: Range, by: By, zone: str) -> None:
    points = Points.of(given, by, zone)
    for parts in (
        points.ranges,
        [part for _, part in points.pieces],
        [part for _, part in pieces(given)],
    ):
        assert (parts[0].starts_at, parts[-1].ends_at) == (given.starts_at, given.ends_at)
        assert all(one.ends_at == two.starts_at for one, two in itertools.pairwise(parts))
        assert all(part.starts_at < part.ends_at for part in parts)
    for grain, part in points.pieces:
        if grain is Grain.DAY:
            midnights = [part.starts_at + number * DAY for number in range(part.hours // 24)]
            assert all(
                points.number(each) == points.number(each + DAY - HOUR) for each in midnights
            )
