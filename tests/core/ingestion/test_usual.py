"""What is read for all columns at once is what careful reading gives, or NULL."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.parsing import PARSERS, parse_columns
from dataviz_pipelines.core.ingestion.usual import READERS, usual_values
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

WRITTEN = st.one_of(
    st.from_regex(r"[ ]?[+-]?[0-9]{0,20}[.,]?[0-9]{0,22}(e-?[0-9]{1,3})?[ ]?", fullmatch=True),
    st.from_regex(
        r"[0-9]{2,5}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?", fullmatch=True
    ),
    st.sampled_from(
        ["true", "False", "1", " no", "inf", "nan", "2016-12-31T23:59:60", "0.1000000000000000055"]
    ),
    st.text(max_size=6),
)
RULES: list[dict[str, Any]] = [
    {},
    {"scale": 0},
    {"decimal": ","},
    {"thousands": ","},
    {"true_values": ["Yes", "1"], "false_values": ["No", "0"]},
    {"formats": ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]},
    {"formats": ["%d-%m-%Y", "%Y-%m-%d"]},
]


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("options", RULES)
@given(texts=st.lists(st.none() | WRITTEN, max_size=8))
@example(texts=["0", "0.0", "1e-400", "0.30000000000000004", "12345678901234567890", "1.10", "5."])
@example(texts=["21-02-03", "0999-01-01", "2024-02-30", "2024-02-29", "2024-02-29T25:00:00"])
def test_the_usual_reading_is_the_careful_one(
    kind: ColumnType, options: dict[str, Any], texts: list[str | None]
) -> None:
    rule = ColumnRule.model_validate({"name": "a", "type": kind, "null_values": [], **options})
    text = pl.Series("a", texts, dtype=pl.String)
    careful = PARSERS[kind](text, rule).alias("a")
    reader = usual_values(rule)
    if reader is not None:
        usual = pl.DataFrame(text).select(reader).to_series()
        assert usual.dtype == careful.dtype
        assert [
            one for one, other in zip(usual, careful, strict=True) if one not in (None, other)
        ] == []
    values, found = parse_columns(pl.DataFrame(text), [rule])
    assert values["a"].equals(careful, null_equal=True)
    assert found["row"].to_list() == [
        at for at, one in enumerate(texts) if one is not None and careful[at] is None
    ]


def test_one_unusual_value_costs_the_others_nothing() -> None:
    text = pl.DataFrame({"a": ["1.50", " 2.5", None, "+3", "x"]})
    values, found = parse_columns(text, [ColumnRule(name="a", type=ColumnType.DECIMAL)])
    assert values["a"].to_list() == [Decimal("1.5"), Decimal("2.5"), None, Decimal(3), None]
    assert found["value"].to_list() == ["x"]
