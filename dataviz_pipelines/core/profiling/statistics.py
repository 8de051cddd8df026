"""What the values of one column look like. Nothing here knows whether they are all of them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl
from pydantic import JsonValue

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.profiling.sampling import UNREAD

TOP: Final = 10
LONGEST: Final = 200
"""Characters of a value that are kept."""
SHARES: Final = ("0.05", "0.25", "0.5", "0.75", "0.95")
NUMBERS: Final = frozenset({NormalizedType.INTEGER, NormalizedType.DECIMAL, NormalizedType.FLOAT})
_TEXTS: Final = frozenset({NormalizedType.STRING, NormalizedType.ENUM, NormalizedType.UUID})
_MOMENTS: Final = frozenset(
    {
        NormalizedType.DATE,
        NormalizedType.TIME,
        NormalizedType.DATETIME,
        NormalizedType.TIMESTAMP,
    }
)
_SHOWN: Final = NUMBERS | _TEXTS | _MOMENTS | {NormalizedType.BOOLEAN}
"""Of other types, such as JSON and ranges, no single value says anything."""
_ORDERED: Final = re.compile(r"(\d{4}-\d\d-\d\d(T[\d:.]+)?|\d\d:\d\d:[\d.]+)Z?")
"""Moments whose order is that of their letters; not `infinity`, years before Christ or -30 hours."""


@dataclass(frozen=True)
class Statistics:
    """`distinct` and `singles`, those that are there once, are None where values were not read. Smallest, largest and top
    values are cut off at LONGEST; `quantiles` are of numbers alone, by their share."""

    null_count: int
    distinct: int | None = None
    singles: int | None = None
    min_value: str | None = None
    max_value: str | None = None
    quantiles: dict[str, float] | None = None
    top_values: tuple[tuple[str, int], ...] | None = None


def as_texts(values: Sequence[JsonValue], kind: NormalizedType) -> "pl.Series":
    """NULLs included. Numbers that are equal are the same text."""
    return pl.Series("value", [_text(value, kind) for value in values], dtype=pl.String)


def summarize(texts: "pl.Series", kind: NormalizedType) -> Statistics:
    """`texts` as `as_texts` makes them."""
    null_count, found = texts.null_count(), texts.drop_nulls()
    if kind in UNREAD:
        return Statistics(null_count)
    counts = found.value_counts(name="count").sort(["count", "value"], descending=[True, False])
    distinct, singles = counts.height, counts.filter(pl.col("count") == 1).height
    if kind not in _SHOWN:
        return Statistics(null_count, distinct, singles)
    least, most = _extremes(counts["value"].to_list(), kind)
    return Statistics(
        null_count,
        distinct,
        singles,
        least,
        most,
        _quantiles(found) if kind in NUMBERS else None,
        _top(counts),
    )


def estimate_distinct(found: Statistics, *, sampled: int, rows: int | None) -> int | None:
    """Of a table of `rows`; of all of them it is what was counted, of fewer it is by the estimator of PostgreSQL's own ANALYZE (Haas and Stokes): what is there once in a sample
    is likely to stand for others. None where nothing can be said."""
    if rows == sampled:
        return found.distinct
    n = sampled - found.null_count
    if rows is None or rows < sampled or not n or found.distinct is None or found.singles is None:
        return None
    total = rows * n / sampled
    estimate = n * found.distinct / (n - found.singles + found.singles * n / total)
    return max(found.distinct, round(estimate))


def _text(value: JsonValue, kind: NormalizedType) -> str | None:
    if value is None or isinstance(value, str):
        is_fraction = kind is NormalizedType.DECIMAL and value is not None and "." in value
        return value.rstrip("0").rstrip(".") if is_fraction and value else value
    if kind is NormalizedType.BOOLEAN or not isinstance(value, int | float):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _extremes(values: list[str], kind: NormalizedType) -> tuple[str | None, str | None]:
    """None where they have no order."""
    if kind in NUMBERS:
        numbers = [value for value in values if not Decimal(value).is_nan()]
        return (min(numbers, key=Decimal), max(numbers, key=Decimal)) if numbers else (None, None)
    if not values or (kind in _MOMENTS and not all(map(_ORDERED.fullmatch, values))):
        return None, None
    return _cut(min(values)), _cut(max(values))


def _quantiles(texts: "pl.Series") -> dict[str, float] | None:
    numbers = texts.cast(pl.Float64, strict=False).drop_nulls()
    numbers = numbers.filter(numbers.is_finite())
    found = {share: numbers.quantile(float(share), "linear") for share in SHARES}
    return {share: value for share, value in found.items() if value is not None} or None


def _top(counts: "pl.DataFrame") -> tuple[tuple[str, int], ...]:
    """Where there are many, what is there once is no more frequent than anything else."""
    if counts.height > TOP:
        counts = counts.filter(pl.col("count") > 1)
    return tuple((_cut(value), count) for value, count in counts.head(TOP).iter_rows())


def _cut(value: str) -> str:
    """The database that keeps it takes no NUL."""
    return value[:LONGEST].replace("\x00", "\N{REPLACEMENT CHARACTER}")
