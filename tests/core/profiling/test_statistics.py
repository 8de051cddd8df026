"""Statistics of values as queries answer them."""

from typing import Any

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.profiling.statistics import (
    LONGEST,
    Statistics,
    as_texts,
    estimate_distinct,
    summarize,
)


def found(kind: str, *values: Any) -> Statistics:
    normalized = NormalizedType(kind)
    return summarize(as_texts(values, normalized), normalized)


def test_F16_numbers_are_ordered_as_numbers() -> None:
    numbers = found("integer", 9, 10, None, 10, "9007199254740993", -1)
    assert (numbers.null_count, numbers.distinct, numbers.singles) == (1, 4, 3)
    assert (numbers.min_value, numbers.max_value) == ("-1", "9007199254740993")
    assert numbers.top_values == (("10", 2), ("-1", 1), ("9", 1), ("9007199254740993", 1))


def test_F16_quantiles_lie_between_numbers() -> None:
    assert found("integer", *range(101), None).quantiles == {
        "0.05": 5.0,
        "0.25": 25.0,
        "0.5": 50.0,
        "0.75": 75.0,
        "0.95": 95.0,
    }
    assert found("decimal", "1.5", "2.5").quantiles == {
        "0.05": 1.55,
        "0.25": 1.75,
        "0.5": 2.0,
        "0.75": 2.25,
        "0.95": 2.45,
    }


def test_F16_decimals_that_are_equal_are_one_value() -> None:
    decimals = found("decimal", "1.50", "1.5", "10", "100", "0.00")
    assert (decimals.distinct, decimals.min_value, decimals.max_value) == (4, "0", "100")


def test_F16_what_is_no_number_is_in_no_quantile() -> None:
    floats = found("float", "NaN", "Infinity", 1.0, 3.0)
    assert (floats.min_value, floats.max_value) == ("1.0", "Infinity")
    assert floats.quantiles is not None
    assert floats.quantiles["0.5"] == 2.0
    assert found("float", "NaN").quantiles is None
    assert found("float", "NaN").min_value is None


def test_F16_moments_without_an_order_have_no_ends() -> None:
    days = found("date", "2026-01-31", "2025-12-31")
    assert (days.min_value, days.max_value) == ("2025-12-31", "2026-01-31")
    assert found("date", "infinity", "2025-12-31").max_value is None
    assert found("time", "-30:00:01", "12:00:00").min_value is None


def test_F16_long_values_are_cut_off_and_hold_no_nul() -> None:
    texts = found("string", "a\x00" * 1_000)
    assert texts.min_value == "a\N{REPLACEMENT CHARACTER}" * (LONGEST // 2)


def test_F16_only_what_is_frequent_is_listed_of_many_values() -> None:
    texts = found("string", *map(str, range(50)), "7")
    assert texts.top_values == (("7", 2),)
    assert (texts.distinct, texts.singles) == (50, 49)


def test_F16_nested_and_unread_values_are_only_counted() -> None:
    assert found("array", [1], [1], None, {"a": "b"}) == Statistics(1, distinct=2, singles=1)
    assert found("binary", 1, None) == Statistics(null_count=1)


def test_F16_no_values_have_no_statistics() -> None:
    assert found("integer", None, None) == Statistics(2, 0, 0, None, None, None, ())
    assert found("string") == Statistics(0, 0, 0, None, None, None, ())


def test_F16_distinct_values_are_estimated_for_the_whole_table() -> None:
    unique, few = found("integer", *range(100)), found("integer", *[1, 2] * 50)
    assert estimate_distinct(unique, sampled=100, rows=5_000) == 5_000
    assert estimate_distinct(few, sampled=100, rows=5_000) == 2
    assert estimate_distinct(unique, sampled=100, rows=100) == 100
    assert estimate_distinct(unique, sampled=100, rows=None) is None
    assert estimate_distinct(unique, sampled=100, rows=50) is None
