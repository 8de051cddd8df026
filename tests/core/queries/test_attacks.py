"""S52 and S53: what people have tried elsewhere, asked of real servers, of a role that may only read and of a superuser."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.queries.errors import QueryFailedError, QueryRefusedError
from dataviz_pipelines.core.queries.preparing import checked, tag
from dataviz_pipelines.core.sources.connecting import Session
from dataviz_pipelines.core.sources.errors import SourceError
from tests.core.queries.conftest import Added, Desk
from tests.core.sources.places import Place
from tests.servers.mariadb import MariaDB

BOTH = [
    "INSERT INTO cities VALUES ('Graz')",
    "UPDATE cities SET city = 'Graz'",
    "DELETE FROM cities",
    "TRUNCATE cities",
    "DROP TABLE cities",
    "CREATE TABLE made (a int)",
    "ALTER TABLE cities ADD b int",
    "GRANT ALL ON cities TO public",
    "SELECT 1; DROP TABLE cities",
    "SELECT 1;; SELECT 2",
    "BEGIN; SET TRANSACTION READ WRITE; CREATE TABLE made (a int)",
    "SET TRANSACTION READ WRITE",
    "COMMIT",
    "ROLLBACK",
    "CALL anything()",
    "PREPARE p AS SELECT 1",
    "EXPLAIN DELETE FROM cities",
    "EXPLAIN ANALYZE DELETE FROM cities",
    "LOCK TABLE cities",
    "SELECT * FROM cities FOR UPDATE",
    "/* SELECT */ DELETE FROM cities",
    "SELECT 1 -- \n; DELETE FROM cities",
    "",
    ";",
    "-- nothing",
    "nonsense",
]
POSTGRESQL = [
    *BOTH,
    "WITH gone AS (DELETE FROM cities RETURNING *) SELECT * FROM gone",
    "WITH a AS (SELECT 1), b AS (INSERT INTO cities VALUES ('x') RETURNING 1) SELECT * FROM a",
    "SELECT * INTO made FROM cities",
    "SELECT * FROM cities FOR SHARE",
    "SELECT * FROM cities FOR NO KEY UPDATE",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_catalog.pg_read_file('/etc/passwd')",
    "SELECT \"pg_read_file\"('/etc/passwd')",
    "SELECT PG_READ_FILE ('/etc/passwd')",
    "SELECT pg_read_file/* hidden */('/etc/passwd')",
    "SELECT pg_read_file -- hidden\n ('/etc/passwd')",
    "SELECT U&\"pg\\005fread_file\"('/etc/passwd')",
    'SELECT u&"\\0070g_sleep"(9)',
    "SELECT pg_read_binary_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT * FROM dblink('', 'SELECT 1') AS t(a int)",
    "SELECT dblink_exec('', 'DROP TABLE cities')",
    "COPY cities TO PROGRAM 'id'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY cities FROM PROGRAM 'id'",
    "COPY cities TO STDOUT",
    "SELECT pg_sleep(9)",
    "SELECT * FROM pg_sleep_for('9 seconds')",
    "SELECT 1 WHERE pg_sleep_until(now() + '9 s') IS NULL",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
    "SELECT pg_cancel_backend(1)",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT nextval('numbers')",
    "SELECT setval('numbers', 1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_reload_conf()",
    "SELECT pg_notify('a', 'b')",
    "SELECT query_to_xml('SELECT pg_sleep(9)', true, true, '')",
    "SELECT * FROM ts_stat('SELECT pg_sleep(9)')",
    "SELECT pg_something_of_a_later_version()",
    "DO $$ BEGIN DROP TABLE cities; END $$",
    "EXPLAIN (ANALYZE) INSERT INTO cities VALUES ('x')",
    "EXPLAIN (ANALYZE, FORMAT json) SELECT pg_sleep(9)",
    "EXECUTE p",
    "DECLARE c CURSOR FOR SELECT 1",
    "LISTEN a",
    "VACUUM",
    "RESET ALL",
    "SHOW ALL; DROP TABLE cities",
    "SELECT E'a'\n'\\', pg_sleep(9), '",
    "SELECT $a$ $b$ $a$; DROP TABLE cities; --$b$",
    "SELECT '\\'; DROP TABLE cities; --'",
]
MYSQL = [
    *BOTH,
    "SELECT 1 /*! ; DROP TABLE cities */; DROP TABLE cities",
    "SELECT * FROM cities LOCK IN SHARE MODE",
    "SELECT sleep(9)",
    "SELECT SLEEP (9)",
    "SELECT `sleep`(9)",
    "SELECT benchmark(1000000000, md5('a'))",
    "SELECT get_lock('a', 9)",
    "SELECT load_file('/etc/passwd')",
    "SELECT 'x' INTO OUTFILE '/tmp/dataviz-made'",
    "SELECT 'x' INTO DUMPFILE '/tmp/dataviz-made'",
    "SELECT 1 INTO @a",
    "SELECT @a := 1",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE cities",
    "DO sleep(9)",
    "HANDLER cities OPEN",
    "SELECT NEXT VALUE FOR numbers",
    "SELECT 1 --1, sleep(9)",
    "SELECT '\\', sleep(9), '\\' ",
    "SHOW TABLES WHERE sleep(9)",
    "EXPLAIN SELECT sleep(9)",
    "ANALYZE SELECT sleep(9)",
    "ANALYZE TABLE cities",
    "KILL 1",
    "USE mysql",
    "SET GLOBAL max_connections = 1",
    "XA START 'a'",
    "TABLE cities INTO OUTFILE '/tmp/dataviz-made'",
]
HARMLESS = {
    "postgresql": [
        "SELECT city FROM cities; -- the end",
        "WITH a AS (SELECT 1 AS b) SELECT * FROM a",
        "TABLE cities",
        "VALUES (1), (2)",
        "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT 1",
        "SHOW server_version",
        "EXPLAIN SELECT * FROM cities",
        "EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM cities",
        "SELECT pg_typeof(1), pg_size_pretty(1::bigint), current_user",
        'SELECT \'pg_sleep(1)\' AS text, "city" AS "into" FROM cities',
        "SELECT '; DROP TABLE cities', $$ -- $$, E'\\'' FROM cities",
        "SELECT count(*) FILTER (WHERE city > 'A') OVER (), array_agg(city) FROM cities GROUP BY city",
        "SELECT a.*, b FROM cities a CROSS JOIN LATERAL (SELECT 1 AS b) x",
        "SELECT data #>> '{a,b}' FROM (SELECT '{}'::jsonb AS data) x",
    ],
    "mysql": [
        "SELECT city FROM cities; # the end",
        "WITH a AS (SELECT 1 AS b) SELECT * FROM a",
        "SHOW TABLES",
        "SHOW COLUMNS FROM cities",
        "DESCRIBE cities",
        "EXPLAIN SELECT * FROM cities",
        'SELECT \'sleep(1)\' AS `into`, "a\\"b" FROM cities',
        "SELECT /*! 1, sleep(9) */ 2 AS a",
        "SELECT 5- -1 AS a, 100 % 7 AS b, 'it''s' AS c",
    ],
}


@pytest.mark.parametrize("sql", POSTGRESQL)
def test_S52_S53_on_postgresql_it_is_refused(sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        checked(sql, "postgresql")


@pytest.mark.parametrize("sql", MYSQL)
def test_S52_S53_on_mysql_it_is_refused(sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        checked(sql, "mysql")


@pytest.mark.parametrize(
    "sql",
    [
        *BOTH,
        "SELECT * FROM EXTERNAL_QUERY('a.b', 'SELECT 1')",
        "EXPORT DATA OPTIONS (uri = 'gs://a') AS SELECT 1",
        "BEGIN SELECT 1; END",
        "DECLARE x INT64 DEFAULT 1",
        "EXECUTE IMMEDIATE 'DROP TABLE a'",
        "CREATE TEMP FUNCTION f() AS (1); SELECT f()",
        "MERGE a USING b ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_S52_S53_on_bigquery_it_is_refused(sql: str) -> None:
    with pytest.raises(QueryRefusedError):
        checked(sql, "bigquery")


def test_S52_very_deep_queries_are_refused_and_break_nothing() -> None:
    for deep in ("(" * 20_000 + "1" + ")" * 20_000, "NOT " * 20_000 + "1"):
        with pytest.raises(QueryRefusedError):
            checked(f"SELECT {deep}", "postgresql")


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "bigquery"])
@pytest.mark.parametrize("opening", ["ARRAY[", "DATE(", "STRUCT(", "OBJECT(", "INT["])
def test_S54_what_the_parser_would_read_for_hours_is_refused(kind: str, opening: str) -> None:
    closing = "]" if "[" in opening else ")"
    with pytest.raises(QueryRefusedError):
        checked(f"SELECT {opening * 25}1{closing * 25}", kind)


def test_what_people_nest_is_read() -> None:
    checked("SELECT ARRAY[ARRAY[ARRAY[1, 2], ARRAY[3, 4]]], date(timestamp(date(a)))", "postgresql")
    checked("SELECT " + ", ".join(["CAST(DATE(a) AS DECIMAL(10, 2))"] * 1_000), "mysql")


def test_F63_what_only_reads_is_run(desk: Desk, place: Place) -> None:
    for sql in HARMLESS[place.connection_type]:
        assert desk.ask(sql).table.columns, sql


def test_F71_nothing_breaks_out_of_the_tag() -> None:
    made = tag("x */ DROP TABLE cities; /*", "*/ ' \" `\n-- # % /*!")  # type: ignore[arg-type]  # worse than any id
    _, _, who = made.partition("user=")
    assert "*/" not in who.split(" query=")[0]
    assert "%" not in who.split(" query=")[0]


@pytest.fixture
def superuser(added: Added, postgresql: Place) -> Iterator[Desk]:
    """A source that is connected as nobody should."""
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {postgresql.user} SUPERUSER")  # type: ignore[arg-type]  # a name of ours
    yield added(postgresql.connection())
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {postgresql.user} NOSUPERUSER")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sql",
    [
        "begin; set transaction read write; create table made (a int)",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'touch /tmp/dataviz-made'",
        "SELECT made_by_function()",
        "SELECT 1; CREATE TABLE made (a int)",
    ],
)
def test_S52_S53_even_a_superuser_changes_nothing(
    superuser: Desk, postgresql: Place, sql: str
) -> None:
    """A function of the database's own is stopped by the transaction; all else is not even sent."""
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION made_by_function() RETURNS int LANGUAGE sql AS "
            "'INSERT INTO cities VALUES (''Graz'') RETURNING 1'"
        )
    with pytest.raises((QueryRefusedError, QueryFailedError)):
        superuser.ask(sql)
    assert superuser.rows("SELECT count(*), to_regclass('made') FROM cities") == [[1, None]]
    assert not Path("/tmp/dataviz-made").exists()  # noqa: S108


def test_S52_a_superuser_is_warned_of(superuser: Desk) -> None:
    assert "superuser" in superuser.ask("SELECT 1").table.warnings[0]


def test_S52_a_reader_is_not_warned_of(desk: Desk) -> None:
    assert desk.ask("SELECT 1 AS a").table.warnings == ()


def test_S52_root_of_mysql_is_warned_of(added: Added, mariadb: MariaDB) -> None:
    place = Place("mysql", mariadb.port, mariadb.database, "root", "", "")
    assert added(place.connection()).ask("SELECT 1 AS a").table.warnings


def test_S53_the_server_itself_takes_one_statement(desk: Desk, place: Place) -> None:
    """The third wall, without the others: two statements at once are refused by the protocol."""
    with (
        desk.platform.pools.session(place.source()) as session,
        pytest.raises((SourceError, psycopg.Error)),
    ):
        _stacked(session, place)


def _stacked(session: Session, place: Place) -> None:
    text = "SELECT 1; SELECT 2"
    if place.connection_type == "postgresql":
        list(psycopg.RawCursor(session.driver).stream(text.encode()))
    else:
        session.execute(text)


def test_S53_quotes_mean_what_was_checked_whatever_the_servers_mode(
    added: Added, mysql: Place, mariadb: MariaDB
) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.sql_mode")
        usual = cursor.fetchone()
        assert usual is not None
        cursor.execute("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ANSI'")
    try:
        found = added(mysql.connection()).rows(
            'SELECT "a\\" AS b, sleep(9), " AS c, :d AS d', parameters={"d": "\\' OR 1"}
        )
    finally:
        with mariadb.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET GLOBAL sql_mode = %s", list(usual))
    assert found == [['a" AS b, sleep(9), ', "\\' OR 1"]]


def test_every_refusal_may_be_shown(pg: Desk) -> None:
    with pytest.raises(DatavizError) as refused:
        pg.ask("SELECT pg_sleep(1)")
    assert refused.value.message == "The function pg_sleep is not allowed (line 1, column 8)."
