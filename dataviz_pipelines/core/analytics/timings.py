"""Histograms of times that can be added up, so that a percentile of a year comes from those of its hours.

Buckets are those of DDSketch: bucket i holds values above GROWTH ** (i - 1), up to GROWTH ** i. Whatever value a bucket
stands for, it is at most ERROR away from any value in it. Zeros have a bucket of their own.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

ERROR: Final = 0.02
"""Relative, of every percentile."""
GROWTH: Final = (1 + ERROR) / (1 - ERROR)
ZERO: Final = -1

Histogram = Mapping[str, int]
"""Numbers of values by bucket."""


def bucket_sql(column: str) -> str:
    """The bucket of a column's value, NULL for none."""
    return (
        f"CASE WHEN {column} > 0 THEN ceil(ln({column}::float8) / {math.log(GROWTH)!r})::integer "
        f"WHEN {column} = 0 THEN {ZERO} END"
    )


def merged(histograms: Iterable[Histogram]) -> Histogram:
    found = [histogram for histogram in histograms if histogram]
    if len(found) == 1:
        return found[0]
    total: dict[str, int] = defaultdict(int)
    for histogram in found:
        for bucket, number in histogram.items():
            total[bucket] += number
    return total


def percentiles(histogram: Histogram, shares: Sequence[float]) -> list[float | None]:
    """For each share the smallest value that so many of all values do not exceed, give or take ERROR; None of nothing."""
    buckets = sorted(histogram, key=int)
    counts = list(accumulate(map(histogram.__getitem__, buckets)))
    if not counts:
        return [None for _ in shares]
    ranks = [math.ceil(share * counts[-1]) for share in shares]
    return [_value(int(buckets[bisect_left(counts, rank)])) for rank in ranks]


def _value(bucket: int) -> float:
    return 0.0 if bucket == ZERO else round(2 * GROWTH**bucket / (GROWTH + 1), 3)
