"""Patterns in schemas: what they match, what they may cost, and which are refused."""

import time

import pytest

from dataviz_pipelines.core.libraries.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        (r"^\d+$", "123", True),
        (r"^\d+$", "١٢٣", False),
        (r"^[\w-]+$", "a-b", True),
        (r"^[\w-]+$", "é", False),
        (r"^\W$", "é", True),
        (r"^[^\s]$", " ", False),
        (r"^\\d$", "\\d", True),
        (r"^https:\/\/", "https://example.com", True),
        ("^(?:ab){2}$", "abab", True),
    ],
)
def test_patterns_mean_what_json_schema_says(pattern: str, text: str, matches: bool) -> None:
    assert compile_pattern(pattern).matches(text) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "(?=a)b",
        r"(a)\1",
        r"\pL",
        "(?i)a",
        "a" * 201,
        "(a{100}){100}",
        "((a{1,20}){1,20}){1,20}",
        "(a{0,}){9999999}",
    ],
)
def test_f79_a_pattern_that_looks_back_or_repeats_too_much_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"it |its |groups|Unicode"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x", r"^(\w+\s?)*$"])
def test_f79_no_pattern_takes_exponential_time(pattern: str) -> None:
    began = time.perf_counter()
    assert not compile_pattern(pattern).matches("a" * 50_000 + "!")
    assert time.perf_counter() - began < 1


def test_what_a_match_costs_grows_with_the_pattern_and_the_text() -> None:
    plain, repeated = compile_pattern("^#[0-9a-f]+$"), compile_pattern("^(#[0-9a-f]{1,40}){1,10}$")
    assert plain.cost("#aabbcc") < repeated.cost("#aabbcc") < repeated.cost("#aabbcc" * 10)
