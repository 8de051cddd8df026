"""Dates and times from text, in the formats of a template or in ISO 8601.

Polars parses leniently in ways that would change a value (`21` as the year 21, a leap second as the next day, a seventh
decimal dropped), so what it returns is only believed where the text bears it out.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from dataviz_pipelines.core.models.documents.uploads import ColumnRule

ISO_DATES = ("%Y-%m-%d",)
ISO_TIMES = ("%H:%M:%S", "%H:%M:%S%.f", "%H:%M")
ISO_TIMESTAMPS = (  # fractions last: Polars reads them five times slower
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
ISO_OFFSET_TIMESTAMPS = tuple(f"{form}%z" for form in ISO_TIMESTAMPS[:-1])
EARLIEST_YEAR, LATEST_YEAR = (
    1000,
    9999,
)  # four digits, so that a two-digit year never passes for `%Y`
LAST_YEAR_OF_ZONES = 2099
_TOO_PRECISE = r"\.\d{6}\d*[1-9]"
_LEAP_SECONDS = {":%S": ":60", "%S$": "60$", "%S%z": r"60([+-]\d{2}:?\d{2}|[+-]\d{2}|[zZ])$"}

Attempt = Callable[[pl.Series, str], pl.Series]


def parse_date(text: pl.Series, rule: ColumnRule) -> pl.Series:
    def attempt(part: pl.Series, form: str) -> pl.Series:
        if "%H" in form:  # a workbook's date may carry a midnight
            return _timestamps(part, form).cast(pl.Date)
        return part.str.to_date(form, strict=False)

    return _first_that_fits(text, _formats(rule, ISO_DATES), attempt, pl.Date())


def parse_time(text: pl.Series, rule: ColumnRule) -> pl.Series:
    def attempt(part: pl.Series, form: str) -> pl.Series:
        return part.set(_inexact(part, form), None).str.to_time(form, strict=False)

    return _first_that_fits(text, _formats(rule, ISO_TIMES), attempt, pl.Time())


def parse_timestamp(text: pl.Series, rule: ColumnRule) -> pl.Series:
    return _first_that_fits(text, _formats(rule, ISO_TIMESTAMPS), _timestamps, pl.Datetime("us"))


def parse_timestamptz(text: pl.Series, rule: ColumnRule) -> pl.Series:
    """In UTC. A local time that the zone skips or repeats is not guessed at."""

    def attempt(part: pl.Series, form: str) -> pl.Series:
        if "%z" in form:
            return _offset_timestamps(part, form)
        return _local_timestamps(part, form, rule.time_zone)

    formats = _formats(rule, (*ISO_OFFSET_TIMESTAMPS, *ISO_TIMESTAMPS))
    return _first_that_fits(text, formats, attempt, pl.Datetime("us", "UTC"))


def _formats(rule: ColumnRule, iso: Sequence[str]) -> list[str]:
    return [chrono_format(form) for form in rule.formats or iso]


def chrono_format(form: str) -> str:
    """strptime's `.%f` is a fraction of a second; to Polars it would be a number of nanoseconds."""
    return form.replace(".%f", "%.f")


def _first_that_fits(
    text: pl.Series, formats: Sequence[str], attempt: Attempt, dtype: pl.DataType
) -> pl.Series:
    """Later formats see only the rows that the earlier ones could not read."""
    trimmed = text.str.strip_chars()
    values = _within_years(attempt(trimmed, formats[0]))
    for form in formats[1:]:
        left = values.is_null() & trimmed.is_not_null()
        if not left.any():
            break
        rows = left.arg_true()
        values = values.scatter(rows, _within_years(attempt(trimmed.gather(rows), form)))
    return values.cast(dtype)


def _timestamps(text: pl.Series, form: str) -> pl.Series:
    return text.set(_inexact(text, form), None).str.to_datetime(form, strict=False, time_unit="us")


def _offset_timestamps(text: pl.Series, form: str) -> pl.Series:
    spelled = text.set(_inexact(text, form), None).str.replace(r"[zZ]$", "+00:00")
    if form.endswith("%z"):
        spelled = spelled.str.replace(r"([+-]\d{2})$", "${1}:00")  # as PostgreSQL writes them
    return spelled.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")


def _local_timestamps(text: pl.Series, form: str, zone: str | None) -> pl.Series:
    if zone is None:
        return pl.Series([None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(text))
    return in_utc(_timestamps(text, form), zone)


def in_utc(local: pl.Series, zone: str) -> pl.Series:
    """Local times of a zone as moments; NULL where the zone skips or repeats one."""
    aware = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    moments = aware.dt.convert_time_zone("UTC")
    late = (local.dt.year() > LAST_YEAR_OF_ZONES).arg_true()
    return moments.scatter(late, _late_moments(local.gather(late), zone)) if len(late) else moments


def _late_moments(local: pl.Series, zone: str) -> pl.Series:
    """Polars knows no daylight saving time after 2099; Python's rules go on."""
    place = ZoneInfo(zone)
    moments = [None if value is None else _moment(value, place) for value in local]
    return pl.Series(moments, dtype=pl.Datetime("us", "UTC"))


def _moment(local: datetime, place: ZoneInfo) -> datetime | None:
    early, late = local.replace(tzinfo=place), local.replace(tzinfo=place, fold=1)
    if early.utcoffset() != late.utcoffset():
        return None
    try:
        return early.astimezone(UTC)
    except OverflowError:  # the year 10000
        return None


def leap_second(form: str) -> str | None:
    """What one looks like in this format, as a pattern."""
    return next((mark for part, mark in _LEAP_SECONDS.items() if part in f"{form}$"), None)


def _inexact(text: pl.Series, form: str) -> pl.Series:
    """Where a value would come out as another one: leap seconds, and digits beyond microseconds."""
    leap = leap_second(form)
    too_precise = (
        text.str.contains(_TOO_PRECISE)
        if "%.f" in form
        else pl.repeat(False, len(text), eager=True)
    )
    return too_precise if leap is None else too_precise | text.str.contains(leap)


def _within_years(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Time:
        return values
    outside = ~values.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)
    return values.set(outside, None) if outside.any() else values
