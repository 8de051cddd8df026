"""Dates and times: the formats of a template or ISO 8601, exactly, and nothing that has to be guessed."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.ingestion.test_parsing import accepted, is_refused, parse

DATES = st.dates(date(1000, 1, 1), date(9999, 12, 31))
DATE_FORMATS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%Y%m%d",
    "%Y-%j",
    "%a %d %m %Y",
]
TIMES = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001  # local times
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize("form", DATE_FORMATS)
@given(DATES)
def test_a_date_is_read_back_in_every_format_it_was_written_in(form: str, day: date) -> None:
    assert accepted(day.strftime(form), type="date", formats=[form]) == day


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_two_digit_years_are_those_of_1970_to_2069(day: date) -> None:
    assert accepted(day.strftime("%d/%m/%y"), type="date", formats=["%d/%m/%y"]) == day


def test_the_first_format_that_fits_decides() -> None:
    formats = ["%d/%m/%Y", "%m/%d/%Y"]
    values, bad = parse("01/02/2003", "01/13/2003", "13/13/2003", type="date", formats=formats)
    assert (values, bad) == ([date(2003, 2, 1), date(2003, 1, 13), None], [2])


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "2024-13-01",
        "24-01-01",
        "0024-01-01",
        "12024-01-01",
        "2024-01-01x",
        "2024-01-01T00:00",
        "01/02/2024",
        "20240101",
        "today",
    ],
)
def test_what_is_no_iso_date_is_refused(text: str) -> None:
    assert is_refused(text, type="date")


def test_a_weekday_that_contradicts_its_date_is_refused() -> None:
    assert is_refused("Tue 2024-01-01", type="date", formats=["%a %Y-%m-%d"])


@given(st.times())
def test_every_time_of_day_is_itself(value: time) -> None:
    assert accepted(value.isoformat(), type="time") == value


@pytest.mark.parametrize(
    "text", ["24:00", "23:59:60", "12:60", "10", "10:00:00.1234567", "1:00 PM"]
)
def test_what_is_no_time_of_day_to_the_microsecond_is_refused(text: str) -> None:
    assert is_refused(text, type="time")


@pytest.mark.parametrize(
    ("text", "value"),
    [("12:30 PM", time(12, 30)), ("12:05 AM", time(0, 5)), ("01:00 pm", time(13))],
)
def test_twelve_hour_times_know_their_half_of_the_day(text: str, value: time) -> None:
    assert accepted(text, type="time", formats=["%I:%M %p"]) == value


@given(TIMES, st.sampled_from(["T", " "]))
def test_every_timestamp_is_itself(value: datetime, separator: str) -> None:
    assert accepted(value.isoformat(separator), type="timestamp") == value


@given(TIMES)
def test_a_format_with_fractions_reads_them_to_the_microsecond(value: datetime) -> None:
    form = "%d.%m.%Y %H:%M:%S.%f"
    assert accepted(value.strftime(form), type="timestamp", formats=[form]) == value


@pytest.mark.parametrize("zeros", ["", "0", "000"])
def test_trailing_zeros_are_no_lost_digits(zeros: str) -> None:
    expected = datetime(2024, 1, 1, 10, 0, 0, 123456)  # noqa: DTZ001
    assert accepted(f"2024-01-01T10:00:00.123456{zeros}", type="timestamp") == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T10:00:00.1234567",
        "2016-12-31T23:59:60",
        "2024-01-01T25:00:00",
        "2024-01-01T10:00:00Z",
        "2024-01-01T10:00:00+01:00",
    ],
)
def test_a_timestamp_is_never_cut_rolled_over_or_stripped_of_its_offset(text: str) -> None:
    assert is_refused(text, type="timestamp")


@given(TIMES, OFFSETS, st.sampled_from(["T", " "]))
def test_every_time_with_an_offset_is_the_same_moment(
    local: datetime, zone: timezone, separator: str
) -> None:
    value = local.replace(tzinfo=zone)
    assert accepted(value.isoformat(separator), type="timestamptz") == value


@pytest.mark.parametrize("offset", ["Z", "z", "+00", "+00:00", "+0000", "-00:00"])
def test_every_spelling_of_utc_is_known(offset: str) -> None:
    expected = datetime(2024, 7, 1, 12, 30, tzinfo=UTC)
    assert accepted(f"2024-07-01 12:30:00{offset}", type="timestamptz") == expected


def test_offsets_of_hours_alone_are_read_as_postgresql_writes_them() -> None:
    expected = datetime(2024, 7, 1, 17, 30, tzinfo=UTC)
    assert accepted("2024-07-01 12:30:00.5-05", type="timestamptz") == expected.replace(
        microsecond=500_000
    )


@given(
    TIMES,
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_R24_a_local_time_is_that_moment_or_refused_when_the_zone_skips_or_repeats_it(
    local: datetime, name: str
) -> None:
    zone = ZoneInfo(name)
    values, bad = parse(local.isoformat(), type="timestamptz", time_zone=name)
    if _exists_once(local, zone):
        assert (values, bad) == ([local.replace(tzinfo=zone)], [])
    else:
        assert (values, bad) == ([None], [0])


def _exists_once(local: datetime, zone: ZoneInfo) -> bool:
    early, late = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    return early.utcoffset() == late.utcoffset()


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2024-03-31 02:30:00", "Europe/Berlin"),
        ("2024-10-27 02:30:00", "Europe/Berlin"),
        ("2024-03-10 02:00:00", "America/New_York"),
        ("2024-11-03 01:59:59", "America/New_York"),
    ],
)
def test_R24_the_hour_that_a_zone_skips_and_the_hour_that_it_repeats_are_refused(
    text: str, zone: str
) -> None:
    assert is_refused(text, type="timestamptz", time_zone=zone)


def test_R24_an_offset_tells_the_repeated_hour_apart() -> None:
    both = ["2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"]
    values, bad = parse(*both, type="timestamptz", time_zone="Europe/Berlin")
    assert [value.hour for value in values] == [0, 1]
    assert bad == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2024-01-01 10:00:00", {}),
        ("2016-12-31T23:59:60Z", {}),
        ("20161231T235960+0000", {"formats": ["%Y%m%dT%H%M%S%z"]}),
        ("20161231T235960Z", {"formats": ["%Y%m%dT%H%M%S%z"]}),
        ("9999-12-31T23:59:59-05:00", {}),
    ],
)
def test_a_moment_that_cannot_be_known_or_kept_is_refused(text: str, rule: dict[str, Any]) -> None:
    assert is_refused(text, type="timestamptz", **rule)


def test_a_year_that_ends_in_60_is_no_leap_second() -> None:
    expected = datetime(1960, 1, 1, tzinfo=UTC)
    assert (
        accepted("19600101T000000+0000", type="timestamptz", formats=["%Y%m%dT%H%M%S%z"])
        == expected
    )
