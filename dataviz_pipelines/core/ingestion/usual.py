"""Values as most programs write them, read for all columns at once.

Polars takes a tenth of a millisecond for each step on each column, and a value is checked in several. Here a column is one
expression, which gives NULL wherever anything is unusual: `parsing` reads those cells with all its care. Every other value is
what `parsing` would give.
"""

from collections.abc import Callable, Mapping

import polars as pl

from dataviz_pipelines.core.ingestion.polars_types import polars_type
from dataviz_pipelines.core.ingestion.temporal import (
    EARLIEST_YEAR,
    ISO_DATES,
    ISO_TIMESTAMPS,
    LATEST_YEAR,
    chrono_format,
    leap_second,
)
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

FLOAT_BYTES = 17  # with so many a double holds every digit
ZERO_BYTES = 3  # as in `0.0`: what is longer may be a number that is too small

Reader = Callable[[pl.Expr, ColumnRule], pl.Expr | None]


def usual_values(rule: ColumnRule) -> pl.Expr | None:
    """The values of the rule's column of text; None for a rule under which nothing is usual."""
    reader = READERS.get(rule.type)
    return None if reader is None else reader(pl.col(rule.name), rule)


def _text(text: pl.Expr, rule: ColumnRule) -> pl.Expr:  # noqa: ARG001  # the table's signature
    return pl.when(text.str.contains("\x00", literal=True).any()).then(None).otherwise(text)


def _integer(text: pl.Expr, rule: ColumnRule) -> pl.Expr | None:
    return text.cast(pl.Int64, strict=False) if _is_plain(rule) else None


def _decimal(text: pl.Expr, rule: ColumnRule) -> pl.Expr | None:
    if not _is_plain(rule):
        return None
    fits = text.str.contains(rf"^-?[0-9]+(\.[0-9]{{0,{rule.scale}}}0*)?$")
    return pl.when(fits).then(text.cast(polars_type(rule), strict=False))


def _float(text: pl.Expr, rule: ColumnRule) -> pl.Expr | None:
    if not _is_plain(rule):
        return None
    values, length = text.cast(pl.Float64, strict=False), text.str.len_bytes()
    is_short = (length <= FLOAT_BYTES) | (
        text.str.starts_with("0.") & (length <= FLOAT_BYTES + len("0."))
    )
    is_no_underflow = (values != 0) | (length <= ZERO_BYTES)
    return pl.when(values.is_finite() & is_short & is_no_underflow).then(values)


def _boolean(text: pl.Expr, rule: ColumnRule) -> pl.Expr:
    true, false = (
        [each.lower() for each in given] for given in (rule.true_values, rule.false_values)
    )
    return pl.when(text.is_in(true)).then(True).when(text.is_in(false)).then(False)


def _date(text: pl.Expr, rule: ColumnRule) -> pl.Expr | None:
    form = chrono_format((rule.formats or ISO_DATES)[0])
    return None if "%H" in form else _within_years(text.str.to_date(form, strict=False))


def _timestamp(text: pl.Expr, rule: ColumnRule) -> pl.Expr | None:
    form = chrono_format((rule.formats or ISO_TIMESTAMPS)[0])
    if "%.f" in form:
        return None
    values = _within_years(text.str.to_datetime(form, strict=False, time_unit="us"))
    leap = leap_second(form)
    return values if leap is None else pl.when(~text.str.contains(leap)).then(values)


def _within_years(values: pl.Expr) -> pl.Expr:
    return pl.when(values.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)).then(values)


def _is_plain(rule: ColumnRule) -> bool:
    return rule.thousands is None and rule.decimal == "."


READERS: Mapping[ColumnType, Reader] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.DECIMAL: _decimal,
    ColumnType.FLOAT: _float,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE: _date,
    ColumnType.TIMESTAMP: _timestamp,
}
