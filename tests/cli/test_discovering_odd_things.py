"""`dataviz discover` over schemas of odd things: what it prints equals what the server's own information_schema says."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from dataviz_pipelines.cli.discover import commands
from tests.cli.test_discover import _installation, added
from tests.core.sources.conftest import mysql, postgresql
from tests.core.sources.places import Place
from tests.servers.mariadb import MariaDB, mariadb, mariadb_port

__all__ = ["_installation", "mariadb", "mariadb_port", "mysql", "postgresql"]

Row = tuple[Any, ...]

POSTGRESQL = (
    'CREATE SCHEMA "my.schema"',
    'CREATE TABLE "my.schema"."a.b" ("c.d" int, "select" text NOT NULL)',
    'CREATE TABLE "Größe 😀" ("größe 😀" numeric(5, 2) PRIMARY KEY)',
    'CREATE TABLE "select" ("from" int, "say ""hi""" int, "%s" int)',
    "CREATE TABLE keyless (a int, b int)",
    "CREATE TABLE nothing ()",
    "CREATE TABLE gaps (a int, b int, c int)",
    "ALTER TABLE gaps DROP COLUMN b",
    "CREATE TABLE tree (id int PRIMARY KEY, parent int CONSTRAINT of_parent REFERENCES tree)",
    "CREATE TABLE pairs (a int, b int, PRIMARY KEY (b, a))",
    'CREATE TABLE "my.schema".far (x int, y int, CONSTRAINT of_pair FOREIGN KEY (y, x) REFERENCES public.pairs (b, a))',
    "CREATE TABLE parent (a int)",
    "CREATE TABLE child (b int) INHERITS (parent)",
    "CREATE TABLE parted (a int, day date) PARTITION BY RANGE (day)",
    "CREATE TABLE whole (a int) PARTITION BY LIST (a)",
    "CREATE TABLE part PARTITION OF whole FOR VALUES IN (1)",
    "CREATE VIEW broken AS SELECT 1 / 0 AS never",
    "CREATE FUNCTION odd() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW calling AS SELECT odd() AS a",
)
MARIADB = (
    "CREATE TABLE `a.b` (`c.d` INT, `select` VARCHAR(10) NOT NULL)",
    "CREATE TABLE `Größe` (`größe` DECIMAL(5, 2) PRIMARY KEY)",
    "CREATE TABLE `select` (`from` INT, `say ``hi``` INT, `%s` INT)",
    "CREATE TABLE keyless (a INT, b INT)",
    "CREATE TABLE tree (id INT PRIMARY KEY, parent INT, CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES tree (id))",
    "CREATE TABLE pairs (a INT, b INT, PRIMARY KEY (b, a))",
    "CREATE TABLE far (x INT, y INT, CONSTRAINT of_pair FOREIGN KEY (y, x) REFERENCES pairs (b, a))",
    "CREATE TABLE parted (a INT) PARTITION BY HASH (a) PARTITIONS 3",
    "CREATE TABLE gone (a INT)",
    "CREATE VIEW broken AS SELECT a FROM gone",
    "DROP TABLE gone",
    "CREATE VIEW kept AS SELECT a FROM keyless",
)
_TABLES = "SELECT table_schema, table_name FROM information_schema.tables WHERE "
_COLUMNS = (
    "SELECT table_schema, table_name, column_name, ordinal_position, is_nullable "
    "FROM information_schema.columns WHERE "
)
_OWN = (
    "table_schema NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (SELECT FROM pg_class "
    "WHERE relname = table_name AND relnamespace = quote_ident(table_schema)::regnamespace AND relispartition)"
)
_KEYS = (
    "SELECT rel.relname, con.conname, att.attname, other.relname, far.attname FROM pg_constraint AS con "
    "CROSS JOIN unnest(con.conkey, con.confkey) AS pair (one, two) JOIN pg_class AS rel ON rel.oid = con.conrelid "
    "JOIN pg_class AS other ON other.oid = con.confrelid "
    "JOIN pg_attribute AS att ON att.attrelid = rel.oid AND att.attnum = pair.one "
    "JOIN pg_attribute AS far ON far.attrelid = other.oid AND far.attnum = pair.two WHERE con.contype = 'f'"
)


def printed() -> list[dict[str, Any]]:
    result = CliRunner().invoke(commands, ["Shop", "--json", "--tables"])
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["tables"]
    return found


def places(tables: list[dict[str, Any]]) -> set[Row]:
    return {(table["schema_name"], table["table_name"]) for table in tables}


def columns(tables: list[dict[str, Any]]) -> set[Row]:
    return {
        (
            table["schema_name"],
            table["table_name"],
            column["column_name"],
            column["position"],
            "YES" if column["is_nullable"] else "NO",
        )
        for table in tables
        for column in table["columns"]
    }


def keys(tables: list[dict[str, Any]]) -> set[Row]:
    return {
        (table["table_name"], key["name"], column, key["referenced_table"], referenced)
        for table in tables
        for key in table["foreign_keys"]
        for column, referenced in zip(key["columns"], key["referenced_columns"], strict=True)
    }


@pytest.fixture
def ask_postgresql(postgresql: Place) -> Callable[[str], set[Row]]:
    def ask(query: str) -> set[Row]:
        with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
            return set(connection.execute(query.encode()).fetchall())

    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        for statement in POSTGRESQL:
            connection.execute(statement.encode())
    added(postgresql)
    return ask


def test_F1_F2_odd_things_of_postgresql_are_as_information_schema_has_them(
    ask_postgresql: Callable[[str], set[Row]],
) -> None:
    tables = printed()
    assert places(tables) == ask_postgresql(_TABLES + _OWN)
    assert columns(tables) == ask_postgresql(_COLUMNS + _OWN)
    assert keys(tables) == ask_postgresql(_KEYS)
    assert len(keys(tables)) == 3


def test_F1_F2_odd_things_of_mariadb_are_as_information_schema_has_them(
    mysql: Place, mariadb: MariaDB
) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:

        def ask(query: str) -> set[Row]:
            cursor.execute(query)
            return {tuple(row) for row in cursor.fetchall()}

        for statement in (*MARIADB, f"GRANT ALL ON {mysql.database}.* TO {mysql.user}@'%'"):
            cursor.execute(statement)
        added(mysql)
        tables = printed()
        own = f"table_schema = '{mysql.database}'"
        assert places(tables) == ask(_TABLES + own)
        assert columns(tables) == ask(f"{_COLUMNS}{own} AND table_name <> 'broken'")
        assert keys(tables) == ask(
            "SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name "
            f"FROM information_schema.key_column_usage WHERE {own} AND referenced_table_name IS NOT NULL"
        )
        assert len(keys(tables)) == 3
