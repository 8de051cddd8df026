"""Percentiles of merged histograms against those of the values themselves."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dataviz_pipelines.core.analytics.timings import ERROR, bucket_sql, merged, percentiles

values = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=40)


def cut(engine: Engine, given: list[int]) -> dict[str, int]:
    """The histogram that the database makes."""
    statement = f"SELECT {bucket_sql('value')}, count(*) FROM unnest(:given ::integer[]) AS value GROUP BY 1"
    with engine.connect() as connection:
        found = connection.execute(text(statement), {"given": given})
        return {str(bucket): number for bucket, number in found}


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
    (found,) = percentiles(merged([cut(app_engine, part) for part in parts]), [share])

    assert found == pytest.approx(wanted, rel=ERROR, abs=0.001)


def test_nothing_has_no_percentile() -> None:
    assert percentiles(merged([{}, {}]), [0.5, 0.9]) == [None, None]
