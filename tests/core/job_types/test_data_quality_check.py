"""What a query answers is compared exactly, and what cannot be compared is no success."""

from typing import Any

import pytest

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.scheduling.checks import check_config
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from tests.core.job_types.bench import Bench

SMALL: dict[str, Any] = {"operator": "<=", "threshold": "0.3"}


def outcome(bench: Bench, sql: str, **config: Any) -> Any:
    return bench.run(bench.job("data_quality_check", bench.save(sql), **config))


def test_a_value_that_is_as_it_should_be_is_said(bench: Bench) -> None:
    row = outcome(bench, "SELECT 0.1 + 0.2 AS share", **SMALL)
    assert row.error_log is None
    assert row.status == "succeeded"
    assert row.output_log == "share is 0.3; it should be <= 0.3."


def test_a_decimal_is_compared_to_its_last_digit(bench: Bench) -> None:
    row = outcome(bench, "SELECT 0.30000000000000000001 AS share", **SMALL)
    assert row.status == "failed"
    assert row.error_log == "share is 0.30000000000000000001, and should be <= 0.3."


def test_another_column_and_parameters_are_chosen(bench: Bench) -> None:
    sql = "SELECT 1 AS a, CAST(:most AS int) + 1 AS b"
    given = {"parameters": {"most": {"type": "integer", "value": 4}}, "column": "b"}
    assert outcome(bench, sql, operator="=", threshold=5, **given).status == "succeeded"
    missing = outcome(bench, "SELECT 1 AS a", column="b", operator="=", threshold=5)
    assert missing.error_log == "The result has no column b. It has a."


def test_rows_are_counted_and_never_a_part_of_them(bench: Bench) -> None:
    counted = {"measure": "rows", "operator": "=", "threshold": 3}
    assert outcome(bench, "SELECT generate_series(1, 3)", **counted).status == "succeeded"
    bench.set("query_max_rows", 3)
    row = outcome(bench, "SELECT generate_series(1, 4)", **counted)
    assert row.error_log.startswith("There are more than 3 rows")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 AS a WHERE false", "The query answers no row"),
        ("SELECT NULL::int AS a", "The value of a is NULL"),
        ("SELECT '1' AS a", "The value of a is not a number, but text."),
        ("SELECT 'NaN'::numeric AS a", "The value of a is not a number"),
        ("SELECT 1 / 0 AS a", "division by zero"),
    ],
)
def test_what_compares_with_nothing_fails(bench: Bench, sql: str, said: str) -> None:
    row = outcome(bench, sql, **SMALL)
    assert row.status == "failed"
    assert said in row.error_log


def test_the_owner_must_see_the_query_and_its_source_whenever_it_runs(bench: Bench) -> None:
    query = bench.save("SELECT 0")
    seen = (("saved_query", query), ("data_source", bench.source_id))
    owner = bench.owner("saved_queries:run", "saved_queries:view", "data_sources:view", sees=seen)
    job = bench.job("data_quality_check", query, owner=owner, **SMALL)
    assert bench.run(job).status == "succeeded"
    bench.rows("DELETE FROM resource_permissions WHERE resource_type = 'data_source' RETURNING 1")
    assert "There is no data source" in bench.run(job).error_log
    bench.rows("DELETE FROM resource_permissions RETURNING 1")
    assert "There is no saved query" in bench.run(job).error_log


def test_an_owner_who_may_not_run_queries_any_more_runs_none(bench: Bench) -> None:
    query = bench.save("SELECT 0")
    owner = bench.owner("saved_queries:view", sees=(("saved_query", query),))
    row = bench.run(bench.job("data_quality_check", query, owner=owner, **SMALL))
    assert row.error_log.startswith("This needs the permission saved_queries:run.")


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"operator": "~", "threshold": 1}, "/operator"),
        ({"operator": "=", "threshold": "many"}, "/threshold"),
        ({"operator": "=", "threshold": "NaN"}, "/threshold"),
        ({"operator": "="}, "/threshold"),
        ({**SMALL, "measure": "columns"}, "/measure"),
        ({**SMALL, "measure": "rows", "column": "a"}, ""),
        ({**SMALL, "parameters": {"a": {"type": "date", "value": "soon"}}}, "/parameters/a"),
    ],
)
def test_a_check_that_cannot_be_made_is_refused_when_it_is_saved(
    bench: Bench, config: dict[str, Any], place: str
) -> None:
    values = {"job_type": "data_quality_check", "target_resource_type": "saved_query"}
    with pytest.raises(JobInvalidError) as raised:
        check_config({**values, "job_config": config}, bench.jobs.scheduling.runners)
    assert [fault.place for fault in raised.value.faults] == [f"/job_config{place}"]


def test_a_check_without_a_query_is_refused_when_it_is_saved(bench: Bench) -> None:
    with pytest.raises(JobInvalidError) as raised:
        check_config({"job_type": "data_quality_check"}, bench.jobs.scheduling.runners)
    fault = Fault("/target_resource_type", "the job works on a saved_query")
    assert raised.value.faults == [fault]
