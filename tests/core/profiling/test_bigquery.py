"""BigQuery's tables are profiled, as far as its emulator goes: their types, what is sent, and what it may cost (F16, F67)."""

from typing import Any
from uuid import uuid4

import pytest
from google.cloud import bigquery

from dataviz_pipelines.core.models.metadata import NormalizedType, TableType
from dataviz_pipelines.core.profiling.sampling import Column, Table, sample, share_of
from dataviz_pipelines.core.profiling.service import Failure, profile_tables
from dataviz_pipelines.core.queries.engines import bigquery as engine
from dataviz_pipelines.core.queries.engines.bigquery import Estimate
from dataviz_pipelines.core.queries.errors import TooExpensiveError
from tests.core.profiling.conftest import Opened

ODD = (
    "CREATE TABLE odd (amount NUMERIC, exact BIGNUMERIC, ratio FLOAT64, at TIMESTAMP, raw BYTES, area GEOGRAPHY, document JSON, "
    "pair STRUCT<x INT64, y STRING>, many ARRAY<INT64>)",
    "INSERT INTO odd (amount, exact, ratio, at, raw, area, document, pair, many) VALUES (NUMERIC '1.50', BIGNUMERIC '0.25', 0.5, "
    "TIMESTAMP '2026-01-31 12:00:00+02', FROM_BASE64('AP8='), ST_GEOGPOINT(1, 2), JSON '{\"a\": 1}', STRUCT(1, 'a'), [1, 2])",
    "INSERT INTO odd (amount) VALUES (NUMERIC '3')",
)


def test_F16_numbers_and_moments_of_bigquery_are_told(bq: Opened) -> None:
    found = bq(*ODD).profile("odd")
    assert {(each.sampled_rows, each.is_exact) for each in found.values()} == {(2, True)}
    amount, exact, ratio, at = (found[name] for name in ("amount", "exact", "ratio", "at"))
    assert (amount.min_value, amount.max_value, amount.null_count) == ("1.5", "3", 0)
    assert amount.quantiles is not None
    assert amount.quantiles["0.5"] == 2.25
    assert (exact.min_value, exact.null_count, exact.quantiles) == (
        "0.25",
        1,
        dict.fromkeys(("0.05", "0.25", "0.5", "0.75", "0.95"), 0.25),
    )
    assert (ratio.min_value, at.min_value, at.sampled_distinct) == (
        "0.5",
        "2026-01-31T10:00:00Z",
        1,
    )


def test_F16_of_bytes_and_geography_only_nulls_are_counted(bq: Opened) -> None:
    found = bq(*ODD).profile("odd")
    for name in ("raw", "area"):
        told = found[name]
        assert (told.null_count, told.sampled_distinct, told.min_value) == (1, None, None)
        assert told.top_values is None


def test_F16_of_structs_arrays_and_json_values_are_counted_and_not_shown(bq: Opened) -> None:
    found = bq(*ODD).profile("odd")
    told = {
        name: (found[name].null_count, found[name].sampled_distinct, found[name].top_values)
        for name in ("document", "pair", "many")
    }
    nothing_is_empty = (0, 2, None)
    assert told == {"document": (1, 1, None), "pair": (1, 1, None), "many": nothing_is_empty}


def test_F16_views_of_bigquery_are_read_from_their_beginning(bq: Opened) -> None:
    shop = bq(
        "CREATE TABLE sales AS SELECT x AS id, MOD(x, 2) AS kind FROM UNNEST(GENERATE_ARRAY(1, 50)) AS x",
        "CREATE VIEW odd_ones AS SELECT id FROM sales WHERE kind = 1",
    )
    told = shop.profile("odd_ones")["id"]
    assert (told.sampled_rows, told.is_exact, told.max_value) == (25, True, "49")
    sample = shop.profile("odd_ones", rows=10)["id"]
    assert (sample.sampled_rows, sample.is_exact, sample.distinct_estimate) == (10, False, None)
    assert all("TABLESAMPLE" not in sent for (sent,) in shop.desk.log("query_text"))


def test_F16_S_personal_columns_of_bigquery_keep_no_values(bq: Opened) -> None:
    shop = bq(
        "CREATE TABLE people (email STRING, pair STRUCT<note STRING>)",
        "INSERT INTO people VALUES ('x', STRUCT('ask ada@example.org'))",
    )
    found = shop.profile("people")
    assert [each.looks_personal for each in found.values()] == [True, True]
    assert {each.min_value for each in found.values()} == {None}


def counted(rows: int, table_type: TableType = TableType.TABLE) -> Table:
    return Table(uuid4(), uuid4(), "bigquery", "shop", "sales", "city", table_type, rows)


def text_of(table: Table, rows: int) -> str:
    columns = [Column(uuid4(), "city", NormalizedType.STRING)]
    return sample(table, columns, rows=rows, share=share_of(table, rows))


def test_F16_blocks_of_large_tables_are_chosen_where_bigquery_can() -> None:
    """BigQuery chooses none of a view, and a materialized one is a view. Of a table it reads and bills only those chosen."""
    text = text_of(counted(1_000_000), 100)
    assert text == (
        "SELECT sampled.`city` FROM `shop`.`sales`.`city` AS sampled TABLESAMPLE SYSTEM (0.012000 PERCENT) LIMIT 101"
    )
    for table in (counted(100), counted(1_000_000, TableType.MATERIALIZED_VIEW)):
        assert "TABLESAMPLE" not in text_of(table, 100)
    assert "(0.000001 PERCENT)" in text_of(counted(10**18), 100)


def test_F16_bigquery_takes_what_is_sent_for_a_large_table(bq: Opened) -> None:
    shop = bq(
        "CREATE TABLE city AS SELECT CAST(x AS STRING) AS city FROM UNNEST(GENERATE_ARRAY(1, 3000)) AS x"
    )
    shop.values("UPDATE database_metadata SET row_count = 3000")
    told = shop.profile("city", rows=500)["city"]
    assert not told.is_exact
    assert 0 < told.sampled_rows <= 500
    assert told.sampled_distinct == told.sampled_rows
    assert told.distinct_estimate == 3000
    assert any("(20.000000 PERCENT)" in sent for (sent,) in shop.desk.log("query_text"))


def test_F67_a_table_that_costs_too_much_is_told_and_not_read(
    bq: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = bq("CREATE TABLE sales AS SELECT 1 AS id")
    monkeypatch.setattr(engine, "estimate", lambda *_: Estimate(2**60, "SELECT"))
    (found,) = profile_tables(shop.desk.platform, shop.desk.source_id)
    assert isinstance(found, Failure)
    assert isinstance(found.error, TooExpensiveError)
    assert shop.desk.log() == [("refused",)]


def test_F67_a_profile_has_googles_own_limit_on_what_it_may_cost(
    bq: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = bq("CREATE TABLE sales AS SELECT 1 AS id")
    sent: list[int | None] = []
    config = engine._config

    def noted(statement: Any) -> bigquery.QueryJobConfig:
        made = config(statement)
        sent.append(made.maximum_bytes_billed)
        return made

    monkeypatch.setattr(engine, "_config", noted)
    shop.profile("sales")
    assert sent == [10 * 2**30]
