"""BigQuery, as far as its emulator goes: values, estimates, caps and budgets (F67, F68)."""

from decimal import Decimal
from typing import Any

import pytest
from google.cloud import bigquery

from dataviz_pipelines.core.queries.checking import check_saved_queries, estimate_query
from dataviz_pipelines.core.queries.engines import bigquery as engine
from dataviz_pipelines.core.queries.engines.bigquery import Estimate
from dataviz_pipelines.core.queries.errors import (
    BudgetExceededError,
    QueryFailedError,
    QueryRefusedError,
    TooExpensiveError,
)
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.service import Asked
from dataviz_pipelines.core.sources.connections import CONNECTIONS
from tests.core.queries.conftest import Added, Desk, Joined
from tests.servers.bigquery import PROJECT


@pytest.fixture
def bq(added: Added, bigquery_endpoint: str) -> Desk:
    document = {"connection_type": "bigquery", "project": PROJECT, "endpoint": bigquery_endpoint}
    return added(CONNECTIONS.validate_python(document))


def reads(monkeypatch: pytest.MonkeyPatch, size: int, kind: str = "SELECT") -> None:
    """The emulator bills nobody: what Google's dry run says is said in its place."""
    monkeypatch.setattr(engine, "estimate", lambda *_: Estimate(size, kind))


def test_a_query_is_answered(bq: Desk) -> None:
    result = bq.ask(
        "SELECT :name AS name, :n + 1 AS n, NUMERIC '1.50' AS d, [1, 2] AS many, TIMESTAMP '2026-01-31 00:00:00+00' AS t",
        parameters={"name": "'; DROP", "n": 2},
    )
    name, n, d, *others = result.table.rows[0]
    assert (name, n, others) == ("'; DROP", 3, [[1, 2], "2026-01-31T00:00:00Z"])
    assert Decimal(str(d)) == Decimal("1.5")
    assert [each.type for each in result.table.columns] == [
        "string",
        "integer",
        "decimal",
        "array",
        "timestamp",
    ]


def test_F61_a_list_is_bound_value_by_value(bq: Desk) -> None:
    sql = "SELECT x FROM UNNEST([1, 2, 3]) AS x WHERE x IN (:ids) ORDER BY x"
    assert bq.rows(sql, parameters={"ids": [1, 3, 9]}) == [[1], [3]]


def test_S54_rows_are_capped(bq: Desk) -> None:
    result = bq.ask("SELECT x FROM UNNEST([1, 2, 3]) AS x", max_rows=2)
    assert (len(result.table.rows), result.table.truncated) == (2, True)


def test_a_mistake_is_told_without_the_address(bq: Desk) -> None:
    with pytest.raises(QueryFailedError) as failed:
        bq.ask("SELECT * FROM missing.nothing")
    assert "http" not in failed.value.message
    assert bq.log() == [("failed",)]


def test_F67_F68_what_costs_too_much_is_not_run(
    bq: Desk, analyst: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads(monkeypatch, 2**60)
    with pytest.raises(TooExpensiveError):
        bq.ask("SELECT 1", analyst(bq.source_id))
    assert bq.log("status, bytes_billed") == [("refused", None)]


def test_F68_a_person_has_a_budget_for_the_day(
    bq: Desk, analyst: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    bq.change("bigquery_daily_gb", 1)
    monkeypatch.setattr(engine.BigQueryRun, "bytes_billed", 700 * 2**20, raising=False)
    reads(monkeypatch, 700 * 2**20)
    person, other = analyst(bq.source_id), analyst(bq.source_id)
    bq.ask("SELECT 1", person)
    with pytest.raises(BudgetExceededError):
        bq.ask("SELECT 2", person)
    bq.ask("SELECT 1", person)
    bq.ask("SELECT 2", other)
    assert [status for (status,) in bq.log()] == ["succeeded", "succeeded", "refused", "succeeded"]


def test_F62_what_bigquery_calls_no_select_is_refused(
    bq: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job: Any = type("Job", (), {"total_bytes_processed": 0, "statement_type": "SCRIPT"})()
    monkeypatch.setattr(engine, "_dry_run", lambda *_: job)
    with pytest.raises(QueryRefusedError, match="SCRIPT"):
        bq.ask("SELECT 1")


def test_F67_an_estimate_runs_nothing(bq: Desk, analyst: Joined) -> None:
    person = analyst(bq.source_id)
    asked = Asked(parameters=parse_parameters({"a": 1}))
    cost = estimate_query(bq.platform, person, bq.source_id, "SELECT :a", asked)
    assert (cost.bytes_processed, cost.maximum_bytes_billed) == (0, 10 * 2**30)
    assert cost.left_today == 100 * 2**30
    assert bq.log() == []


def test_F70_saved_queries_are_checked_by_a_dry_run(
    bq: Desk, bigquery_client: bigquery.Client
) -> None:
    dataset = bigquery_client.default_query_job_config.default_dataset  # type: ignore[union-attr]
    bigquery_client.query("CREATE TABLE cities (city STRING)").result()
    bq.save(f"SELECT city FROM {dataset.dataset_id}.cities", "fine")
    bq.save(f"SELECT city FROM {dataset.dataset_id}.missing", "lost")
    found = check_saved_queries(bq.platform, None, bq.source_id)
    assert [(each.name, each.is_ok) for each in found] == [("fine", True), ("lost", False)]
