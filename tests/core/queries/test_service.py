"""Queries are run on real servers: values, caps, timeouts, cancellations, the log, and whose results are whose."""

import threading
from typing import Any
from uuid import uuid4

import psycopg
import pymysql
import pytest
from sqlalchemy import text

from dataviz_pipelines.core.queries.errors import (
    AskedNotFoundError,
    ExecutionOverError,
    ParametersInvalidError,
    QueryCancelledError,
    QueryFailedError,
    QueryRefusedError,
    QueryTimedOutError,
)
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.saved import run_saved_query
from dataviz_pipelines.core.queries.service import cancel_query
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from tests.core.queries.conftest import Desk, Joined
from tests.core.sources.places import Place
from tests.servers.workers import until

ENDLESS = {
    "postgresql": "SELECT count(*) FROM generate_series(1, 100000000000) AS a",
    "mysql": "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n WHERE a < 900) "
    "SELECT count(*) FROM n x, n y, n z, n w",
}
FLOOD = (
    "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n WHERE a < 900) "
    "SELECT x.a, repeat('x', 100) AS b FROM n x, n y, n z, n w"
)
"""Rows that come at once and do not end."""
CASTS = {
    "postgresql": {
        "integer": ":v::bigint",
        "decimal": ":v::numeric(9, 2)",
        "date": ":v::date",
        "datetime": ":v::timestamp",
        "string": ":v::text",
    },
    "mysql": {
        "date": "cast(:v AS date)",
        "datetime": "cast(:v AS datetime)",
        "decimal": "cast(:v AS decimal(9, 2))",
    },
}


def running(place: Place) -> list[str]:
    """What the source's server runs for the platform just now."""
    if place.connection_type == "postgresql":
        with psycopg.connect(place.admin_url, autocommit=True) as connection:
            rows: Any = connection.execute(
                "SELECT query FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = %s AND state = 'active'",
                [place.user],
            ).fetchall()
    else:
        with (
            pymysql.connect(host="127.0.0.1", port=place.port, user="root") as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "SELECT info FROM information_schema.processlist WHERE user = %s AND info IS NOT NULL",
                [place.user],
            )
            rows = cursor.fetchall()
    return [row[0] for row in rows]


def test_a_query_is_answered(desk: Desk) -> None:
    result = desk.ask("SELECT city FROM cities")
    assert result.table.rows == [["Wien"]]
    assert [(each.name, each.type) for each in result.table.columns] == [("city", "string")]
    assert (result.table.truncated, result.cached_at) == (False, None)


def test_columns_are_told_when_there_are_no_rows(desk: Desk) -> None:
    result = desk.ask("SELECT city, 1 AS one FROM cities WHERE city = 'Graz'")
    assert result.table.rows == []
    assert [(each.name, each.type) for each in result.table.columns] == [
        ("city", "string"),
        ("one", "integer"),
    ]


def test_columns_of_one_name_are_told_apart(desk: Desk) -> None:
    result = desk.ask("SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a")
    assert [each.name for each in result.table.columns] == ["a", "a_2", "a_2_2", "a_3"]


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE cities; --", "\\", "\\'; --", "%s", "100%", ":city", "ü€😀", ""]
)
def test_F61_values_are_bound_and_never_spliced(desk: Desk, value: str) -> None:
    found = desk.rows("SELECT :given AS a, '%s :x' AS b", parameters={"given": value})
    assert found == [[value, "%s :x"]]
    assert desk.rows("SELECT count(*) FROM cities", use_cache=False) == [[1]]


def test_F61_a_list_is_bound_value_by_value(desk: Desk) -> None:
    sql = "SELECT city FROM cities WHERE city IN (:names) OR city = :one"
    assert desk.rows(sql, parameters={"names": ["Graz", "Wien"], "one": "x"}) == [["Wien"]]
    assert desk.rows(sql, parameters={"names": ["Graz"], "one": "') OR ('1' = '1"}) == []


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("integer", 7, 7),
        ("integer", 2**60, str(2**60)),
        ("decimal", "1.50", "1.50"),
        ("date", "2026-01-31", "2026-01-31"),
        ("datetime", "2026-01-31T10:20:30", "2026-01-31T10:20:30"),
        ("string", None, None),
    ],
)
def test_F61_values_have_types(desk: Desk, place: Place, kind: str, value: Any, shown: Any) -> None:
    expression = CASTS[place.connection_type].get(kind, ":v")
    found = desk.rows(f"SELECT {expression} AS v", parameters={"v": {"type": kind, "value": value}})
    assert found == [[shown]]


def test_a_value_without_a_name_and_a_name_without_a_value_are_refused(desk: Desk) -> None:
    with pytest.raises(ParametersInvalidError) as refused:
        desk.ask("SELECT :a", parameters={"b": 1})
    assert [each.place for each in refused.value.faults] == ["/parameters/a", "/parameters/b"]
    assert desk.log() == [("refused",)]


def test_an_instant_that_has_no_utc_is_refused() -> None:
    value = {"type": "timestamp", "value": "0001-01-01T00:00:00+14:00"}
    with pytest.raises(ParametersInvalidError) as refused:
        parse_parameters({"v": value})
    assert [each.place for each in refused.value.faults] == ["/parameters/v"]


def test_values_of_postgresql_are_shown_exactly(pg: Desk) -> None:
    result = pg.ask(
        "SELECT 1.10::numeric, 'NaN'::numeric, 'Infinity'::float8, 0.1::float8, 9007199254740993::int8, true, "
        "'\\xff00'::bytea, 'infinity'::timestamptz, '2026-01-31 10:00+02'::timestamptz, '0044-03-15 BC'::date, "
        "'1 day 2 hours'::interval, ARRAY[1.5, NULL], '{\"a\": 1.10}'::jsonb, '[1,5)'::int4range, "
        "'00000000-0000-0000-0000-000000000001'::uuid, NULL, ROW(1, 'a')"
    )
    assert result.table.rows[0] == [
        "1.10",
        "NaN",
        "Infinity",
        0.1,
        "9007199254740993",
        True,
        "/wA=",
        "infinity",
        "2026-01-31T08:00:00Z",
        "0044-03-15 BC",
        "P1DT2H",
        ["1.5", None],
        '{"a": 1.10}',
        "[1,5)",
        "00000000-0000-0000-0000-000000000001",
        None,
        "(1,a)",
    ]
    assert [each.native_type for each in result.table.columns][:3] == [
        "numeric",
        "numeric",
        "float8",
    ]


def test_values_of_mysql_are_shown_exactly(my: Desk) -> None:
    result = my.ask(
        "SELECT cast(1.10 AS decimal(9, 2)), 1e0 / 3, 9007199254740993, x'ff00', cast('-30:00:01' AS time), "
        "timestamp'2026-01-31 10:00:00', date'2026-01-31', NULL, 'a'"
    )
    assert result.table.rows[0] == [
        "1.10",
        1 / 3,
        "9007199254740993",
        "/wA=",
        "-30:00:01",
        "2026-01-31T10:00:00",
        "2026-01-31",
        None,
        "a",
    ]
    assert [each.type for each in result.table.columns][:4] == [
        "decimal",
        "float",
        "integer",
        "binary",
    ]


def test_an_enum_and_a_domain_have_names(pg: Desk, postgresql: Place) -> None:
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('good')")
    found = pg.ask("SELECT 'good'::mood AS m").table
    assert (found.rows, found.columns[0].native_type, found.columns[0].type) == (
        [["good"]],
        "mood",
        "enum",
    )


def test_S54_rows_are_capped_and_the_rest_is_not_read(desk: Desk, place: Place) -> None:
    result = desk.ask(FLOOD, max_rows=10)
    assert (len(result.table.rows), result.table.truncated) == (10, True)
    until(lambda: running(place) == [])
    assert desk.rows("SELECT 1 AS a") == [[1]]


def test_S54_bytes_are_capped(desk: Desk, place: Place) -> None:
    desk.change("query_max_result_mb", 1)
    desk.change("query_max_rows", 10_000_000)
    result = desk.ask(FLOOD)
    assert result.table.truncated
    assert 5_000 < len(result.table.rows) < 10_500
    until(lambda: running(place) == [])


def test_a_result_of_exactly_the_cap_is_whole(desk: Desk) -> None:
    result = desk.ask("SELECT 1 AS a UNION ALL SELECT 2", max_rows=2)
    assert (len(result.table.rows), result.table.truncated) == (2, False)


def test_S54_F64_a_long_query_is_ended_on_the_server_at_its_limit(desk: Desk, place: Place) -> None:
    with pytest.raises(QueryTimedOutError):
        desk.ask(ENDLESS[place.connection_type], timeout_s=0.3)
    assert running(place) == []
    assert desk.log("status, rows_returned") == [("timed_out", None)]


def test_S54_F64_the_least_of_all_limits_holds(desk: Desk, place: Place) -> None:
    desk.change("query_timeout_seconds", 1)
    with pytest.raises(QueryTimedOutError, match="longer than 1 second"):
        desk.ask(ENDLESS[place.connection_type], timeout_s=3_600)


def test_F64_a_cancel_really_ends_the_query(desk: Desk, place: Place, analyst: Joined) -> None:
    person, execution_id = analyst(desk.source_id), uuid4()
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            desk.ask(ENDLESS[place.connection_type], person, execution_id=execution_id)
        except BaseException as error:  # noqa: BLE001  # looked at below
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    until(lambda: len(running(place)) == 1)
    assert f"user={person.user_id} query={execution_id}" in running(place)[0]
    assert desk.log("status, user_id") == [("running", person.user_id)]
    with pytest.raises(AskedNotFoundError):
        cancel_query(desk.platform.database, analyst(desk.source_id), execution_id)
    cancel_query(desk.platform.database, person, execution_id)
    thread.join(10)
    assert [type(error) for error in ended] == [QueryCancelledError]
    until(lambda: running(place) == [])
    assert desk.log() == [("cancelled",)]
    with pytest.raises(ExecutionOverError):
        cancel_query(desk.platform.database, person, execution_id)
    assert desk.rows("SELECT 1 AS a", person) == [[1]]


def test_F69_every_end_is_in_the_log(desk: Desk, analyst: Joined) -> None:
    person = analyst(desk.source_id)
    desk.ask("SELECT city FROM cities", person)
    desk.ask("SELECT city FROM cities", person)
    with pytest.raises(QueryRefusedError):
        desk.ask("DELETE FROM cities", person)
    with pytest.raises(QueryFailedError):
        desk.ask("SELECT nothing FROM cities", person)
    found = desk.log("status, cache_hit, rows_returned, user_id, data_source_id, query_text")
    assert found == [
        (*each, person.user_id, desk.source_id, text)
        for each, text in [
            (("failed", False, None), "SELECT nothing FROM cities"),
            (("refused", False, None), "DELETE FROM cities"),
            (("succeeded", True, 1), "SELECT city FROM cities"),
            (("succeeded", False, 1), "SELECT city FROM cities"),
        ]
    ]
    (message, hashed, took) = desk.log("error_message, query_hash, execution_time_ms")[0]
    assert "nothing" in message
    assert (len(hashed), took >= 0) == (64, True)


def test_F69_what_a_lost_process_ran_is_failed_by_the_next_query(desk: Desk) -> None:
    with desk.platform.database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO query_execution_logs (query_text, query_hash, status, deadline_at) "
                "VALUES ('SELECT 1', 'x', 'running', now() - interval '1 second'), "
                "('SELECT 2', 'x', 'running', now() + interval '1 minute')"
            )
        )
    desk.ask("SELECT 3")
    assert sorted(desk.log("query_text, status")) == [
        ("SELECT 1", "failed"),
        ("SELECT 2", "running"),
        ("SELECT 3", "succeeded"),
    ]


def test_an_execution_id_is_taken_once(desk: Desk) -> None:
    execution_id = uuid4()
    desk.ask("SELECT 1", execution_id=execution_id)
    with pytest.raises(Exception, match="execution of this id"):
        desk.ask("SELECT 1", execution_id=execution_id)
    assert len(desk.log()) == 1


def test_a_mistake_is_told_with_its_place_and_without_the_server(pg: Desk) -> None:
    with pytest.raises(QueryFailedError) as failed:
        pg.ask("SELECT :a::text, -- one\n  nothing FROM cities", parameters={"a": "x"})
    assert failed.value.message == 'Column "nothing" does not exist. (line 2, column 3)'.replace(
        "Column", "column"
    )


def test_a_right_that_is_missing_is_no_mistake_in_the_query(desk: Desk) -> None:
    with pytest.raises(QueryFailedError) as failed:
        desk.ask("SELECT * FROM hidden")
    assert failed.value.message.endswith(".")
    assert "let the data source's user read it" in (failed.value.remedy or "")
    with pytest.raises(QueryFailedError) as failed:
        desk.ask("SELECT nothing FROM cities")
    assert failed.value.remedy == "Correct the query."


def test_a_mistake_on_mysql_tells_nothing_of_the_user(my: Desk, mysql: Place) -> None:
    with pytest.raises(QueryFailedError) as failed:
        my.ask("SELECT * FROM hidden")
    assert "denied" in failed.value.message
    assert mysql.user + "'@" not in failed.value.message
    assert "localhost" not in failed.value.message


def test_a_view_of_mysql_whose_definer_is_gone_is_no_wrong_password(my: Desk, mysql: Place) -> None:
    with pymysql.connect(
        host="127.0.0.1", port=mysql.port, user="root", database=mysql.database
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DEFINER = gone@nowhere VIEW orphaned AS SELECT city FROM cities")
        cursor.execute(f"GRANT SELECT ON orphaned TO {mysql.user}@'%'")
    with pytest.raises(QueryFailedError) as failed:
        my.ask("SELECT * FROM orphaned")
    assert failed.value.message == "Access denied for the user."


def test_F66_the_same_question_is_answered_from_the_cache(desk: Desk) -> None:
    first = desk.ask("SELECT city, :a AS a FROM cities", parameters={"a": "x"})
    again = desk.ask("SELECT city, :a AS a FROM cities", parameters={"a": "x"})
    assert (first.cached_at, again.cached_at is not None) == (None, True)
    assert again.table == first.table
    for other in (
        desk.ask("SELECT city, :a AS a FROM cities", parameters={"a": "y"}),
        desk.ask("SELECT city, :a AS b FROM cities", parameters={"a": "x"}),
        desk.ask("SELECT city, :a AS a FROM cities", parameters={"a": "x"}, use_cache=False),
        desk.ask("SELECT city, :a AS a FROM cities", parameters={"a": "x"}, max_rows=5),
    ):
        assert other.cached_at is None


def test_F66_what_one_person_asks_is_not_answered_to_another(desk: Desk, analyst: Joined) -> None:
    first, second = analyst(desk.source_id), analyst(desk.source_id)
    desk.ask("SELECT city FROM cities", first)
    assert desk.ask("SELECT city FROM cities", second).cached_at is None
    assert desk.ask("SELECT city FROM cities", first).cached_at is not None
    with pytest.raises(AskedNotFoundError):
        desk.ask("SELECT city FROM cities", analyst())


def test_F66_a_source_connected_in_another_way_has_other_results(desk: Desk, place: Place) -> None:
    from dataviz_pipelines.core.sources.by_hand import reconnect

    desk.ask("SELECT city FROM cities")
    with desk.platform.database.begin() as connection:
        changed = place.connection(limits={"max_connections": 1})
        reconnect(connection, "shop", changed, vault=desk.platform.vault)
    assert desk.ask("SELECT city FROM cities").cached_at is None


def test_F66_results_are_dropped_by_age_and_by_size(pg: Desk) -> None:
    def kept() -> int:
        with pg.platform.database.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM query_results")).scalar_one())

    pg.change("query_cache_mb", 1)
    for number in range(12):
        pg.ask(
            f"SELECT {number}, md5(a::text), md5((a + {number})::text) FROM generate_series(1, 5000) AS a"
        )
    assert 1 <= kept() < 12
    with pg.platform.database.begin() as connection:
        connection.execute(text("UPDATE query_results SET expires_at = now()"))
    assert pg.ask("SELECT 1").cached_at is None
    assert kept() == 1
    pg.change("query_cache_seconds", 0)
    pg.ask("SELECT 2")
    assert kept() == 1


def test_a_saved_query_counts_its_runs(desk: Desk) -> None:
    saved = desk.save("SELECT city FROM cities")
    for _ in range(3):
        run_saved_query(desk.platform, None, saved)
    with desk.platform.database.connect() as connection:
        row = connection.execute(
            text(
                "SELECT execution_count, avg_execution_time_ms, updated_at = created_at FROM saved_queries"
            )
        ).one()
    assert (row[0], row[1] is not None, row[2]) == (1, True, True)
    assert desk.log("cache_hit, saved_query_id") == [(True, saved), (True, saved), (False, saved)]


def test_a_disabled_source_is_not_asked(desk: Desk) -> None:
    with desk.platform.database.begin() as connection:
        connection.execute(text("UPDATE data_sources SET is_active = false"))
    with pytest.raises(SourceDisabledError):
        desk.ask("SELECT 1")
    assert desk.log() == [("failed",)]
