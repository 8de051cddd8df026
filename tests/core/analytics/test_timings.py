"""Percentiles of merged histograms against those of the values themselves."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dataviz_pipelines.core.analytics.timings import (
    ERROR,
    Times,
    bucket_sql,
    entries_sql,
    histogram_sql,
)

values = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=40)


def cut(engine: Engine, given: list[int]) -> bytes:
    """The histogram that the database makes."""
    cut = f"SELECT {bucket_sql('value')} AS bucket, count(*) AS number FROM unnest(:given ::integer[]) AS value GROUP BY 1"
    statement = f"SELECT {histogram_sql('bucket', 'number')} FROM ({cut}) AS part"
    with engine.connect() as connection:
        found: bytes = connection.execute(text(statement), {"given": given}).scalar_one()
        return found


@settings(max_examples=60)
@given(
    parts=st.lists(values, min_size=1, max_size=4),
    share=st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0]),
)
def test_F95_a_percentile_of_many_parts_is_that_of_all_their_values(
    parts: list[list[int]], share: float, app_engine: Engine
) -> None:
    together = sorted(value for part in parts for value in part)
    wanted = together[math.ceil(share * len(together)) - 1]
    (found,) = Times.of(cut(app_engine, part) for part in parts).percentiles([share])

    assert found == pytest.approx(wanted, rel=ERROR + 1e-9, abs=0.001)


def test_nothing_has_no_percentile() -> None:
    assert Times.of([b""]).percentiles([0.5, 0.9]) == [None, None]


def test_a_histogram_is_read_by_the_database_as_it_was_made(app_engine: Engine) -> None:
    numbers = {-1: 3, 0: 1, 255: 256, 1_091: 2**31 - 1}
    pairs = ", ".join(f"({bucket}, {number}), (NULL, 5)" for bucket, number in numbers.items())
    made = f"SELECT {histogram_sql('bucket', 'number')} AS made FROM (VALUES {pairs}) AS pair (bucket, number)"
    statement = (
        f"SELECT entry.* FROM ({made}) AS item CROSS JOIN LATERAL ({entries_sql('made')}) AS entry"
    )
    with app_engine.connect() as connection:
        assert dict(connection.execute(text(statement)).all()) == numbers
