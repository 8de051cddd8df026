"""Histograms of times that can be added up, so that a percentile of a year comes from those of its hours.

Buckets are those of DDSketch: bucket i holds values above GROWTH ** (i - 1), up to GROWTH ** i. Whatever value a bucket
stands for, it is at most ERROR away from any value in it. Zeros have a bucket of their own.

A histogram is kept as six bytes for each bucket that holds something, in their order: its number, counted from that of the
zeros, and how many values it holds, with the highest byte first. Histograms are added up by putting them one behind the other.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

ERROR: Final = 0.02
"""Relative, of every percentile."""
GROWTH: Final = (1 + ERROR) / (1 - ERROR)
ZEROS: Final = -1

_BYTES: Final = 6
_ENTRY: Final = np.dtype([("bucket", ">u2"), ("number", ">u4")])


def bucket_sql(column: str) -> str:
    """The bucket of a column's value, NULL for none."""
    return (
        f"CASE WHEN {column} > 0 THEN ceil(ln({column}::float8) / {math.log(GROWTH)!r})::integer "
        f"WHEN {column} = 0 THEN {ZEROS} END"
    )


def histogram_sql(bucket: str, number: str) -> str:
    """The histogram of grouped rows of different buckets; those without one are left out."""
    return (
        f"coalesce(string_agg({entry_sql(bucket, number)}, ''::bytea ORDER BY {bucket}), ''::bytea)"
    )


def entry_sql(bucket: str, number: str) -> str:
    """The histogram of some values of one bucket, NULL without one."""
    return f"int2send(({bucket} - {ZEROS})::smallint) || int4send({number}::integer)"


def entries_sql(histogram: str) -> str:
    """The rows `bucket`, `number` that a histogram is made of."""
    bucket, number = _integer_sql(histogram, 0, 2), _integer_sql(histogram, 2, 6)
    return (
        f"SELECT ({bucket} + {ZEROS})::integer AS bucket, {number} AS number "
        f"FROM generate_series(0, length({histogram}) - {_BYTES}, {_BYTES}) AS at"
    )


def _integer_sql(histogram: str, first: int, last: int) -> str:
    """Of some bytes of the entry at `at`, of which the first is the highest."""
    number = "0::bigint"
    for place in range(first, last):
        number = f"({number} << 8 | get_byte({histogram}, at + {place}))"
    return number


@dataclass(frozen=True)
class Times:
    """How many values each bucket holds, the zeros first. They are added up as floats, which hold every integer up to 2 ** 53."""

    numbers: "NDArray[np.float64]"

    @classmethod
    def of(cls, histograms: Iterable[bytes]) -> "Times":
        entries = np.frombuffer(b"".join(histograms), _ENTRY)
        counted = np.bincount(entries["bucket"], entries["number"])
        return cls(counted.astype(np.float64, copy=False))  # they are, which its types do not say

    @classmethod
    def together(cls, parts: Sequence["Times"]) -> "Times":
        numbers = np.zeros(max((part.numbers.size for part in parts), default=0))
        for part in parts:
            numbers[: part.numbers.size] += part.numbers
        return cls(numbers)

    @property
    def number(self) -> int:
        return int(self.numbers.sum())

    def percentiles(self, shares: Sequence[float]) -> list[float | None]:
        """For each share the smallest value that so many of all values do not exceed, give or take ERROR; None of nothing."""
        if not self.numbers.size:
            return [None for _ in shares]
        up_to = self.numbers.cumsum()
        places = up_to.searchsorted(np.ceil(np.multiply(shares, up_to[-1])))
        return [_value(place + ZEROS) for place in places.tolist()]


@cache
def _value(bucket: int) -> float:
    return 0.0 if bucket == ZEROS else round(2 * GROWTH**bucket / (GROWTH + 1), 3)
