"""Formats that pass the check read back exactly what they have written."""

from datetime import datetime

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.parsing import parse_column
from dataviz_pipelines.core.ingestion.time_formats import FormatKind, format_problem, kind_of
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

TYPES = {
    FormatKind.DATE: ColumnType.DATE,
    FormatKind.TIME: ColumnType.TIME,
    FormatKind.TIMESTAMP: ColumnType.TIMESTAMP,
}
WORKING = st.builds(
    lambda date, clock, mark, first: (
        " ".join(part for part in (mark.join(date), ":".join(clock)) if part)
        if first
        else " ".join(part for part in (":".join(clock), mark.join(date)) if part)
    ),
    st.sampled_from(
        [
            ["%Y", "%m", "%d"],
            ["%d", "%m", "%Y"],
            ["%m", "%d", "%y"],
            ["%d", "%b", "%Y"],
            ["%B", "%d", "%Y"],
            ["%A", "%d", "%B", "%Y"],
            ["%Y", "%j"],
            [],
        ]
    ),
    st.sampled_from([["%H", "%M"], ["%H", "%M", "%S"], ["%H", "%M", "%S.%f"], ["%I", "%M %p"], []]),
    st.sampled_from(["-", "/", ".", " ", ", "]),
    st.booleans(),
)


@given(WORKING, st.datetimes(datetime(1970, 1, 1), datetime(2069, 12, 31)))  # noqa: DTZ001  # local
def test_a_format_reads_back_what_it_has_written(form: str, moment: datetime) -> None:
    assume(form != "")
    assert format_problem(form) is None
    written = moment.strftime(form)
    kind = kind_of(form)
    rule = ColumnRule(name="a", type=TYPES[kind], formats=[form])
    typed, bad = parse_column(pl.Series("a", [written]), rule)
    assert bad.is_empty()
    assert typed[0].strftime(form) == written


SHUFFLED = st.builds(
    lambda date, clock, extra: [*date, *clock, *extra],
    st.sampled_from(
        [["%Y", "%m", "%d"], ["%y", "%B", "%d"], ["%Y", "%j"], ["%Y", "%m", "%j", "%d"], []]
    ),
    st.sampled_from(
        [["%H", "%M"], ["%I", "%M", "%p"], ["%H", "%M", "%S.%f"], ["%H", "%I", "%p", "%M"], []]
    ),
    st.lists(st.sampled_from(["%a", "%%", " ", "-", "x"]), max_size=3),
).flatmap(lambda parts: st.permutations(parts).map("".join))


@given(SHUFFLED)
def test_a_format_that_passes_the_check_never_breaks_the_parser(form: str) -> None:
    assume(format_problem(form) is None and kind_of(form) in TYPES)
    rule = ColumnRule(name="a", type=TYPES[kind_of(form)], formats=[form])
    typed, _ = parse_column(pl.Series("a", ["2024-02-29 12:30", "x"]), rule)
    assert len(typed) == 2


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("", "year, month and day"),
        ("%", "% is not a known directive"),
        ("%d.%m.%Q", "%Q is not a known directive"),
        ("%Y-%m", "year, month and day"),
        ("%Y-%m-%d %H", "hour and minute"),
        ("%I:%M", "belong together"),
        ("%H:%M.%f", "no second"),
        ("%H:%M:%S%f", "only after a point"),
        ("%Y-%Y-%m-%d", "the year twice"),
    ],
)
def test_a_format_that_cannot_be_read_says_why(form: str, problem: str) -> None:
    assert problem in (format_problem(form) or "")
