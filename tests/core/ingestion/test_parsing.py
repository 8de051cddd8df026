"""Text to values: an accepted value equals its source, and what does not parse is a finding, never NULL."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.parsing import parse_column, parse_columns
from dataviz_pipelines.core.ingestion.polars_types import polars_type
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBER_LIKE = st.text("0123456789+-.,eE_ ٣xn", max_size=24)


def parse(*texts: str | None, **rule: Any) -> tuple[list[Any], list[int]]:
    """Values, and the positions of those that did not parse."""
    values, found = parse_column(
        pl.Series("c", texts, dtype=pl.String), ColumnRule(name="c", **rule)
    )
    assert values.dtype == polars_type(ColumnRule(name="c", **rule))
    return values.to_list(), found["row"].to_list()


def accepted(text: str, **rule: Any) -> Any:
    values, bad = parse(text, **rule)
    assert bad == [], f"{text!r} was not accepted"
    return values[0]


def is_refused(text: str, **rule: Any) -> bool:
    return parse(text, **rule) == ([None], [0])


@pytest.mark.parametrize("kind", list(ColumnType))
@given(text=ANY_TEXT | NUMBER_LIKE)
def test_F26_whatever_the_text_it_is_a_value_or_a_finding_but_never_quietly_null(
    kind: ColumnType, text: str
) -> None:
    values, bad = parse(text, type=kind, null_values=[])
    assert (values[0] is None) == (bad == [0])


@pytest.mark.parametrize("kind", list(ColumnType))
def test_null_and_the_templates_null_values_are_null_without_a_finding(kind: ColumnType) -> None:
    assert parse(None, "", "NA", type=kind, null_values=["", "NA"]) == ([None] * 3, [])


def test_a_finding_says_which_cell_and_what_was_expected() -> None:
    values, found = parse_column(
        pl.Series("n", ["1", "x", None]), ColumnRule(name="n", type=ColumnType.INTEGER)
    )
    assert values.to_list() == [1, None, None]
    assert found.rows() == [(1, "n", "type", "x", "is not a whole number of at most 64 bits")]


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_64_bit_integer_is_itself(number: int) -> None:
    assert accepted(str(number), type="integer") == number


@given(number=NUMBER_LIKE)
def test_an_accepted_integer_equals_its_text(number: str) -> None:
    (value,), bad = parse(number, type="integer", null_values=[])
    assert bad == [0] or Decimal(number.strip()) == value


@pytest.mark.parametrize(
    "text",
    [
        str(2**63),
        str(-(2**63) - 1),
        "1.5",
        "1e3",
        "1_000",
        "0x10",
        "٣",
        ".",
        "-",
        "",
        "1 2",
        "1\n2",
    ],
)
def test_what_is_no_64_bit_integer_is_refused(text: str) -> None:
    assert is_refused(text, type="integer", null_values=[])


@given(st.integers(-(10**18), 10**18), st.sampled_from([",", ".", " ", "'", "\u00a0", "\u202f"]))
def test_grouped_integers_are_read_with_any_separator(number: int, separator: str) -> None:
    text = f"{number:,}".replace(",", separator)
    rule = {"thousands": separator, "decimal": "," if separator == "." else "."}
    assert accepted(text, type="integer", **rule) == number


@given(st.decimals(-(10**20), 10**20, places=6, allow_nan=False), st.booleans())
def test_grouped_decimals_of_another_locale_are_exact(number: Decimal, grouped: bool) -> None:
    text = f"{number:,f}" if grouped else f"{number:f}"
    german = text.replace(",", "#").replace(".", ",").replace("#", ".")
    value = accepted(german, type="decimal", decimal=",", thousands=".", precision=30, scale=6)
    assert value == number


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12
    ),
    st.integers(0, 6),
)
def test_a_decimal_is_never_rounded_to_the_scale(number: Decimal, scale: int) -> None:
    (value,), bad = parse(f"{number:f}", type="decimal", precision=20, scale=scale)
    fits = number == number.quantize(Decimal(1).scaleb(-scale))
    assert (bad == []) == fits
    assert not fits or value == number


@given(number=NUMBER_LIKE)
def test_an_accepted_decimal_equals_its_text(number: str) -> None:
    (value,), bad = parse(number, type="decimal", precision=38, scale=9, null_values=[])
    assert bad == [0] or Decimal(number.strip()) == value


@pytest.mark.parametrize(
    "text", ["1000", "-1000", "999.999", "12345678901234567890123456789012345678901"]
)
def test_more_digits_than_the_precision_are_refused(text: str) -> None:
    assert is_refused(text, type="decimal", precision=5, scale=2)


@pytest.mark.parametrize(
    "text", ["12,34", "1,2345", ",123", "1,234,5", "1,,234", "1.234,5", "1234,567"]
)
def test_a_misplaced_thousands_separator_is_refused(text: str) -> None:
    assert is_refused(text, type="decimal", thousands=",")


@pytest.mark.parametrize("text", ["1.5", "1,5,5", "1.000"])
def test_a_point_is_no_decimal_comma(text: str) -> None:
    assert is_refused(text, type="decimal", decimal=",")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back_from_its_repr(number: float) -> None:
    assert accepted(repr(number), type="float") == number


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-Infinity", "1e400", "1e-400", "0.1234567890123456789", "1_0", "0x1p3", "1f"],
)
def test_what_a_double_cannot_hold_is_refused(text: str) -> None:
    assert is_refused(text, type="float")


@pytest.mark.parametrize("text", ["0", "0.000", "-0.0", "0e-999", "1000000000000000000000"])
def test_zeros_are_not_counted_as_lost_digits(text: str) -> None:
    assert accepted(text, type="float") == float(text)


@pytest.mark.parametrize(("text", "value"), [("Ja", True), (" nein ", False), ("JA", True)])
def test_booleans_are_read_without_regard_to_case(text: str, value: bool) -> None:
    assert accepted(text, type="boolean", true_values=["ja"], false_values=["Nein"]) is value


@pytest.mark.parametrize("text", ["vielleicht", "true", "1", "0"])
def test_only_the_templates_words_are_booleans(text: str) -> None:
    assert is_refused(text, type="boolean", true_values=["ja"], false_values=["nein"])


@given(st.uuids(), st.sampled_from(["{}", "{{{}}}", " {} "]), st.booleans())
def test_uuids_are_read_in_every_usual_spelling(value: UUID, frame: str, upper: bool) -> None:
    for text in (str(value), value.hex):
        spelled = frame.format(text.upper() if upper else text)
        assert accepted(spelled, type="uuid") == str(value)


@given(text=st.text("0123456789abcdef-{}", max_size=40))
def test_an_accepted_uuid_equals_its_text(text: str) -> None:
    (value,), bad = parse(text, type="uuid", null_values=[])
    assert bad == [0] or UUID(text).hex == UUID(value).hex


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON_VALUES)
def test_accepted_json_is_kept_as_it_was_written(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    (kept,), bad = parse(text, type="json", null_values=[])
    assert kept == text or (bad == [0] and "\\u0000" in text) or "\ud800" <= max(text) <= "\udfff"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{'a': 1}",
        "NaN",
        "[Infinity]",
        '"\\u0000"',
        '"\\ud800"',
        '["\\udc00\\ud800"]',
        "1e999999",
        "1e-99999",
        "[" * 100_000,
    ],
)
def test_json_that_postgresql_would_refuse_is_refused(text: str) -> None:
    assert is_refused(text, type="json")


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', "1e300", "12345678901234567890.123", "-0.5E-20"]
)
def test_json_that_only_looks_unusual_is_taken(text: str) -> None:
    assert accepted(text, type="json") == text


@given(ANY_TEXT)
def test_text_is_kept_to_the_last_character(text: str) -> None:
    (value,), bad = parse(text, null_values=[])
    assert value == text or (bad == [0] and "\x00" in text)


@pytest.mark.parametrize(
    "text", ["007", "NA", "null", "1e5", " padded ", "01/02/03", "12345678901234567890"]
)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert accepted(text) == text


def test_a_column_that_the_frame_lacks_is_null() -> None:
    rules = [ColumnRule(name="a"), ColumnRule(name="b", type=ColumnType.DATE)]
    typed, found = parse_columns(pl.DataFrame({"a": ["x", "y"]}), rules)
    assert typed.rows() == [("x", None), ("y", None)]
    assert found.is_empty()


def test_native_numbers_are_plain_whatever_the_templates_separators() -> None:
    rule = ColumnRule(name="n", type=ColumnType.DECIMAL, decimal=",", thousands=".", scale=3)
    typed, found = parse_columns(pl.DataFrame({"n": ["1.234"]}), [rule], native=True)
    assert (typed["n"].to_list(), found.is_empty()) == ([Decimal("1.234")], True)
