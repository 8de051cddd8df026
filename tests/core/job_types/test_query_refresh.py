"""A table that a query's result is kept in: as the source has it, all of it or as it was before."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from dataviz_pipelines.core.models.tables import UploadTemplate
from dataviz_pipelines.core.scheduling.by_hand import add_job
from dataviz_pipelines.core.scheduling.checks import check_clash, check_config
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from tests.core.job_types.bench import Bench
from tests.core.scheduling.given import NOON

NUMBERS = "SELECT n AS id FROM generate_series(1, 3) AS n"
EVERYTHING = r"""
SELECT 9007199254740993::bigint AS i, 1.10::numeric AS d, 1e-7::float8 AS f, 0.1::float4 AS r, 'NaN'::float8 AS nan,
    true AS b, E'a\tb\n\\N "ä"' AS t, '' AS empty, '\x00ff'::bytea AS raw, DATE '0044-03-15 BC' AS day, TIME '23:59:59.999999' AS hour,
    TIMESTAMP '2026-03-29 02:30:00.000001' AS local, TIMESTAMPTZ '2026-10-25 02:30:00.5+02' AS moment,
    'infinity'::timestamptz AS forever, INTERVAL '1 month -2 days' AS span, gen_random_uuid() AS u,
    '{"a": [1.10, null, "ü"]}'::jsonb AS j, 'null'::jsonb AS j_null, ARRAY[1, 2] AS list, int4range(1, 5) AS r4, NULL::int AS nothing,
    1 AS a, 2 AS a
"""


def refreshing(bench: Bench, sql: str, **config: Any) -> tuple[UUID, UUID]:
    query = bench.save(sql)
    return bench.job("query_refresh", query, **{"table": "kept", **config}), query


def kept(bench: Bench, columns: str = "id") -> list[tuple[Any, ...]]:
    return bench.rows(f"SELECT {columns} FROM uploads.kept ORDER BY 1")


def test_the_table_is_made_and_then_replaced(bench: Bench) -> None:
    job, query = refreshing(bench, NUMBERS)
    row = bench.run(job)
    assert (row.error_log, row.status) == (None, "succeeded")
    assert kept(bench) == [(1,), (2,), (3,)]
    bench.change(query, "SELECT 7 AS id")
    row = bench.run(job)
    assert row.output_log == "uploads.kept has 1 rows; before, it had 3."
    assert kept(bench) == [(7,)]
    bench.change(query, "SELECT 7 AS id WHERE false")
    assert bench.run(job).status == "succeeded"
    assert kept(bench) == []


def test_values_are_as_the_source_has_them(bench: Bench) -> None:
    job, _ = refreshing(bench, EVERYTHING)
    row = bench.run(job)
    assert row.error_log is None
    (found,) = bench.rows("SELECT to_jsonb(kept) FROM uploads.kept")
    (wanted,) = bench.rows(
        f"SELECT to_jsonb(q) FROM ({EVERYTHING.replace('2 AS a', '2 AS a_2')}) AS q".replace(
            ":", r"\:"
        )
    )
    got, known = found[0], wanted[0]
    assert got.pop("u") != known.pop("u")
    assert (got.pop("r4"), known.pop("r4")) == ("[1,5)", "[1,5)")
    assert got == known
    types = bench.rows(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'kept'"
    )
    assert dict(types) == {
        "i": "bigint",
        "d": "numeric",
        "f": "double precision",
        "r": "real",
        "nan": "double precision",
        "b": "boolean",
        "t": "text",
        "empty": "text",
        "raw": "bytea",
        "day": "date",
        "hour": "time without time zone",
        "local": "timestamp without time zone",
        "moment": "timestamp with time zone",
        "forever": "timestamp with time zone",
        "span": "interval",
        "u": "uuid",
        "j": "jsonb",
        "j_null": "jsonb",
        "list": "jsonb",
        "r4": "text",
        "nothing": "bigint",
        "a": "bigint",
        "a_2": "bigint",
    }


def test_columns_that_do_not_fit_any_more_are_named_and_nothing_is_changed(bench: Bench) -> None:
    job, query = refreshing(bench, "SELECT 1 AS id, 'Wien' AS city, 1 AS old")
    assert bench.run(job).status == "succeeded"
    bench.change(query, "SELECT 'one' AS id, 'Graz' AS city, now() AS new")
    row = bench.run(job)
    assert row.status == "failed"
    assert row.error_log.startswith(
        "The result does not fit table uploads.kept: new is not in the table; old is not in the result; "
        "id is bigint in the table, and would be text. Nothing was changed."
    )
    assert kept(bench, "id, city, old") == [(1, "Wien", 1)]


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("numeric(4,1)", "SELECT 1.25 AS id"),
        ("timestamptz(0)", "SELECT now() AS id"),
        ("varchar(3)", "SELECT 'ab' AS id"),
        ("integer", "SELECT 1 AS id"),
    ],
)
def test_a_column_that_would_round_or_cut_values_does_not_fit(
    bench: Bench, kind: str, sql: str
) -> None:
    with bench.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE uploads.kept (id {kind})"))
    job, _ = refreshing(bench, sql)
    assert "does not fit table uploads.kept: id is" in bench.run(job).error_log


def test_a_value_that_the_table_cannot_hold_is_not_told_and_changes_nothing(bench: Bench) -> None:
    job, query = refreshing(bench, NUMBERS)
    bench.run(job)
    with bench.engine.begin() as connection:
        connection.execute(text("ALTER TABLE uploads.kept ADD CHECK (id < 1000)"))
    bench.change(query, "SELECT 4711 AS id")
    row = bench.run(job)
    assert "The result breaks kept_id_check of table uploads.kept." in row.error_log
    assert "4711" not in row.error_log
    assert kept(bench) == [(1,), (2,), (3,)]


def test_a_result_that_is_cut_off_is_not_kept(bench: Bench) -> None:
    job, query = refreshing(bench, "SELECT 1 AS id")
    bench.run(job)
    bench.change(query, NUMBERS)
    bench.set("query_max_rows", 2)
    row = bench.run(job)
    assert row.error_log.startswith("The result is larger than the 2 rows or 16 MB")
    assert kept(bench) == [(1,)]


def test_what_a_template_or_another_job_fills_is_left_alone(bench: Bench) -> None:
    first, _ = refreshing(bench, NUMBERS)
    other, _ = refreshing(bench, NUMBERS)
    said = "Table uploads.kept gets its rows from the job "
    assert bench.run(first).error_log.startswith(said)
    bench.jobs.set(other, job_config={"table": "another"})
    assert bench.run(first).status == "succeeded"
    with bench.engine.begin() as connection:
        connection.execute(
            insert(UploadTemplate).values(
                name="People",
                file_format="csv",
                validation_rules={},
                destination_config={"table": "kept"},
            )
        )
    assert "from the upload template People," in bench.run(first).error_log
    assert kept(bench) == [(1,), (2,), (3,)]


def test_a_table_that_something_else_fills_is_refused_when_the_job_is_saved(bench: Bench) -> None:
    first, query = refreshing(bench, NUMBERS)
    runners = bench.jobs.scheduling.runners
    job: dict[str, Any] = {
        "name": "Second",
        "job_type": "query_refresh",
        "target_resource_type": "saved_query",
        "target_resource_id": str(query),
        "job_config": {"schema": "uploads", "table": "kept"},
    }
    said = "/job_config/table: uploads.kept gets its rows from an upload template or another job"
    with bench.engine.begin() as connection:
        with pytest.raises(JobInvalidError, match=said):
            add_job(connection, json.dumps(job), runners, now=NOON)
        check_clash(connection, {**job, "id": first}, runners)
        job["job_config"]["table"] = "other"
        second = add_job(connection, json.dumps(job), runners, now=NOON)
    with bench.engine.begin() as connection:
        moved = {**job, "id": second, "job_config": {"table": "kept"}}
        with pytest.raises(JobInvalidError, match=said):
            check_clash(connection, moved, runners)
    assert bench.run(first).status == "succeeded"


def test_readers_see_the_old_rows_until_the_new_ones_are_there(bench: Bench) -> None:
    job, _ = refreshing(bench, NUMBERS)
    bench.run(job)
    with bench.engine.connect() as reader:
        reader.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        assert reader.execute(text("SELECT count(*) FROM uploads.kept")).scalar_one() == 3
        assert bench.run(job).status == "succeeded"  # a reader is in nobody's way
        assert reader.execute(text("SELECT count(*) FROM uploads.kept")).scalar_one() == 3


def test_the_owner_needs_the_right_to_load_and_to_see_the_query(bench: Bench) -> None:
    query = bench.save(NUMBERS)
    seen = (("saved_query", query), ("data_source", bench.source_id))
    may = ("saved_queries:run", "saved_queries:view", "data_sources:view")
    poor, rich = bench.owner(*may, sees=seen), bench.owner(*may, "uploads:create", sees=seen)
    row = bench.run(bench.job("query_refresh", query, owner=poor, table="poor"))
    assert row.error_log.startswith("This needs the permission uploads:create.")
    job = bench.job("query_refresh", query, owner=rich, table="kept")
    assert bench.run(job).status == "succeeded"
    bench.rows("DELETE FROM resource_permissions RETURNING 1")
    assert "There is no saved query" in bench.run(job).error_log


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({}, "/table"),
        ({"table": ""}, "/table"),
        ({"table": "a" * 64}, "/table"),
        ({"table": "users", "schema": "public"}, "/schema"),
        ({"table": "runs", "schema": "dagster"}, "/schema"),
        ({"table": "pg_class", "schema": "pg_catalog"}, "/schema"),
        ({"table": "kept", "parameters": {"1": 1}}, "/parameters/1"),
    ],
)
def test_a_table_that_is_not_anybodys_is_refused_when_it_is_saved(
    bench: Bench, config: dict[str, Any], place: str
) -> None:
    values = {"job_type": "query_refresh", "target_resource_type": "saved_query"}
    with pytest.raises(JobInvalidError) as raised:
        check_config({**values, "job_config": config}, bench.jobs.scheduling.runners)
    assert [fault.place for fault in raised.value.faults] == [f"/job_config{place}"]
