"""Types and values without a server: the emulator has no BIGNUMERIC column, and forgets lengths and digits."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from google.cloud.bigquery import SchemaField
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.destinations.base import POSITIONS_SCHEMA
from dataviz_pipelines.core.ingestion.destinations.bigquery.columns import (
    TableColumn,
    created_field,
    created_type,
    narrowed,
    numeric_type,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.staging_file import (
    StagingFile,
    staged_fields,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import identifier, literal
from dataviz_pipelines.core.ingestion.parsing import parse_column
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

_T = ColumnType


def rule(kind: ColumnType = _T.DECIMAL, **options: Any) -> ColumnRule:
    return ColumnRule(name="n", type=kind, **options)


def column(kind: str, **options: Any) -> TableColumn:
    return TableColumn.of(SchemaField("n", kind, **options))


@pytest.mark.parametrize(
    ("precision", "scale", "expected"),
    [
        (38, 9, "NUMERIC"),
        (29, 0, "NUMERIC"),
        (30, 0, "BIGNUMERIC"),
        (38, 10, "BIGNUMERIC"),
        (38, 38, "BIGNUMERIC"),
        (9, 9, "NUMERIC"),
    ],
)
def test_a_decimal_gets_the_smaller_type_that_holds_it(
    precision: int, scale: int, expected: str
) -> None:
    made = created_field(rule(precision=precision, scale=scale))
    assert (made.field_type, made.precision, made.scale) == (expected, precision, scale)
    assert (
        created_type(rule(precision=precision, scale=scale)) == f"{expected}({precision}, {scale})"
    )
    (staged, *_) = staged_fields([rule(precision=precision, scale=scale)])
    assert staged.field_type == expected


@given(st.integers(1, 38).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p))))
def test_whatever_digits_a_template_wants_fit_the_type_that_is_made(
    digits: tuple[int, int],
) -> None:
    """NUMERIC(P, S) takes S up to 9 and P up to S + 29, BIGNUMERIC S and P - S up to 38."""
    precision, scale = digits
    most_scale, most_whole = {"NUMERIC": (9, 29), "BIGNUMERIC": (38, 38)}[numeric_type(*digits)]
    assert scale <= most_scale
    assert precision - scale <= most_whole


@pytest.mark.parametrize(
    ("kind", "options", "asked", "digits"),
    [
        ("NUMERIC", {}, (38, 9), (38, 9)),
        ("NUMERIC", {}, (38, 20), (27, 9)),
        ("NUMERIC", {}, (38, 0), (29, 0)),
        ("NUMERIC", {"precision": 10, "scale": 2}, (38, 9), (10, 2)),
        ("NUMERIC", {"precision": 10}, (12, 3), (9, 0)),
        ("BIGNUMERIC", {}, (38, 30), (38, 30)),
        ("BIGNUMERIC", {"precision": 40, "scale": 38}, (20, 2), (4, 2)),
    ],
)
def test_what_does_not_fit_an_existing_column_is_rejected_row_by_row(
    kind: str, options: dict[str, int], asked: tuple[int, int], digits: tuple[int, int]
) -> None:
    found = narrowed(rule(precision=asked[0], scale=asked[1]), column(kind, **options), "t")
    assert (found.precision, found.scale) == digits


def test_integers_keep_within_a_decimal_column() -> None:
    found = narrowed(rule(_T.INTEGER, min=-5), column("NUMERIC", precision=5, scale=2), "t")
    assert (found.min, found.max) == (Decimal(-5), Decimal(999))
    assert narrowed(rule(_T.INTEGER), column("BIGNUMERIC"), "t").max is None


def test_a_time_that_is_in_the_year_10000_elsewhere_is_above_the_maximum() -> None:
    assert narrowed(rule(_T.TIMESTAMPTZ), column("TIMESTAMP"), "t").max is not None
    assert narrowed(rule(_T.TIMESTAMP), column("DATETIME"), "t").max is None


def test_lengths_and_nullability_of_the_column_count_too() -> None:
    found = narrowed(rule(_T.TEXT), column("STRING", max_length=4, mode="REQUIRED"), "t")
    assert (found.max_length, found.nullable) == (4, False)


TEXTS = {
    _T.TEXT: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    _T.INTEGER: st.integers(-(2**63), 2**63 - 1).map(str),
    _T.DECIMAL: st.decimals(-(10**28), 10**28, places=9).map(lambda each: f"{each:f}"),
    _T.FLOAT: st.floats(allow_nan=False, allow_infinity=False).map(repr),
    _T.BOOLEAN: st.sampled_from(["true", "false"]),
    _T.DATE: st.dates(min_value=date(1900, 1, 1)).map(str),
    _T.TIME: st.times().map(lambda each: each.isoformat("microseconds")),
    _T.TIMESTAMP: st.datetimes(min_value=datetime(1900, 1, 1)).map(  # noqa: DTZ001
        lambda each: each.isoformat(timespec="microseconds")
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
@given(data=st.data())
def test_the_staging_file_holds_the_values_that_were_read(kind: ColumnType, data: Any) -> None:
    texts = data.draw(st.lists(TEXTS[kind] | st.just(""), max_size=5))
    wanted = rule(kind)
    typed, _ = parse_column(pl.Series("n", texts, dtype=pl.String), wanted)
    positions = pl.DataFrame(
        {"row": range(len(texts)), "line": range(len(texts))}, schema=POSITIONS_SCHEMA
    )
    file = StagingFile([wanted])
    try:
        file.write(pl.DataFrame({"n": typed}), positions)
        read = pq.read_table(file.finished())
    finally:
        file.close()
    assert read.column("c0").to_pylist() == typed.to_list()
    assert read.column("source_row").to_pylist() == list(range(len(texts)))


def test_names_and_texts_are_quoted() -> None:
    assert identifier("a`b\\c\n") == "`a\\`b\\\\c\\n`"
    assert literal("it's \\ \n") == "'it\\'s \\\\ \\n'"
