"""Dates and times of a template's formats, rewritten as ISO 8601."""

from dataclasses import dataclass

import polars as pl

from dataviz_pipelines.core.ingestion.temporal import (
    in_utc,
    parse_date,
    parse_time,
    parse_timestamp,
    parse_timestamptz,
)
from dataviz_pipelines.core.ingestion.time_formats import FormatKind, kind_of
from dataviz_pipelines.core.models.documents.steps import ParseDate
from dataviz_pipelines.core.models.documents.uploads import ColumnRule

_NATIVE = (
    r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]([T ][0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?)?$",
    r"^[0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?$",
)


@dataclass(frozen=True)
class Rewritten:
    """`dates` is NULL where nothing fits. `unclear` marks local times that the zone skips or repeats."""

    dates: pl.Series
    unclear: pl.Series


def rewrite_dates(text: pl.Series, step: ParseDate, *, native: bool) -> Rewritten:
    """Later formats see only what the earlier ones could not read. `native` dates are ISO already and stay."""
    dates = pl.Series(text.name, [None], dtype=pl.String).new_from_index(0, len(text))
    unclear = pl.repeat(False, len(text), eager=True)
    if native:
        for form in _NATIVE:
            dates = text.zip_with(text.str.contains(form).fill_null(False), dates)
    for form in step.formats:
        left = dates.is_null() & text.is_not_null() & ~unclear
        rows = left.arg_true()
        if rows.is_empty():
            break
        written, doubtful = _one_format(text.gather(rows), form, step.time_zone)
        dates, unclear = dates.scatter(rows, written), unclear.scatter(rows, doubtful)
    return Rewritten(dates, unclear)


def _one_format(text: pl.Series, form: str, zone: str | None) -> tuple[pl.Series, pl.Series]:
    rule = ColumnRule(name="value", formats=[form])
    clear = pl.repeat(False, len(text), eager=True)
    kind = kind_of(form)
    if kind is FormatKind.DATE:
        return parse_date(text, rule).dt.strftime("%Y-%m-%d"), clear
    if kind is FormatKind.TIME:
        return parse_time(text, rule).dt.strftime("%H:%M:%S%.f"), clear
    if kind is FormatKind.OFFSET_TIMESTAMP:
        return _iso(parse_timestamptz(text, rule)) + "Z", clear
    local = parse_timestamp(text, rule)
    if zone is None:
        return _iso(local), clear
    moments = in_utc(local, zone)
    return _iso(moments) + "Z", moments.is_null() & local.is_not_null()


def _iso(moments: pl.Series) -> pl.Series:
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
