"""The schema for MySQL and BigQuery, created on real servers and used there."""

import pymysql
import pytest
import sqlglot
from google.cloud import bigquery
from pymysql.cursors import Cursor
from sqlalchemy.dialects.postgresql import JSONB
from sqlglot import exp

from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.schema.ddl import reading
from dataviz_pipelines.core.schema.service import schema_ddl
from tests.servers.mariadb import MariaDB


def _statements(ddl: str) -> list[str]:
    header, *statements = ddl.strip().split("\n\n")
    assert all(line.startswith("-- ") for line in header.splitlines())
    return statements


@pytest.fixture
def mysql(mariadb: MariaDB) -> "pymysql.Connection[Cursor]":
    connection = mariadb.connect()
    with connection.cursor() as cursor:
        for statement in _statements(schema_ddl("mysql")):
            cursor.execute(statement)
    return connection


def _one(connection: "pymysql.Connection[Cursor]", query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return None if row is None else row[0]


def test_mysql_has_every_table_and_column_of_the_models(
    mysql: "pymysql.Connection[Cursor]",
) -> None:
    with mysql, mysql.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = database() AND generation_expression IS NULL"
        )
        found = set(cursor.fetchall())

    assert found == {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }


def test_mysql_has_every_index_and_foreign_key_of_the_models(
    mysql: "pymysql.Connection[Cursor]",
) -> None:
    with mysql, mysql.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name, index_name FROM information_schema.statistics "
            "WHERE table_schema = database()"
        )
        indexes = set(cursor.fetchall())
        cursor.execute(
            "SELECT count(*) FROM information_schema.referential_constraints "
            "WHERE constraint_schema = database()"
        )
        row = cursor.fetchone()

    tables = Base.metadata.sorted_tables
    assert {
        (table.name, index.name) for table in tables for index in reading.ordered_indexes(table)
    } <= indexes
    assert row == (sum(len(table.foreign_keys) for table in tables),)


def test_mysql_refuses_what_postgresql_refuses(mysql: "pymysql.Connection[Cursor]") -> None:
    template = (
        "INSERT INTO upload_templates (id, name, file_format, validation_rules, destination_config) "
        "VALUES (uuid(), 't', %s, '{}', '{}')"
    )
    upload = (
        "INSERT INTO upload_history (template_id, file_name, file_size_bytes, file_hash, status, source) "
        "SELECT id, 'a', 1, 'h', %s, 'drop' FROM upload_templates"
    )
    with mysql, mysql.cursor() as cursor:
        cursor.execute(template, ["csv"])
        with pytest.raises(pymysql.OperationalError, match="ck_upload_templates_file_format"):
            cursor.execute(template, ["parquet"])
        cursor.execute(upload, ["failed"])
        cursor.execute(upload, ["failed"])
        cursor.execute(upload, ["succeeded"])
        with pytest.raises(pymysql.IntegrityError, match="idx_upload_history_loaded_once"):
            cursor.execute(upload, ["succeeded"])
        with pytest.raises(pymysql.OperationalError, match="records_add_up"):
            cursor.execute("UPDATE upload_history SET records_processed = 1")
        with pytest.raises(pymysql.IntegrityError, match="fk_upload_history_template_id"):
            cursor.execute("DELETE FROM upload_templates")


def test_mysql_keeps_addresses_unique_whatever_their_case(
    mysql: "pymysql.Connection[Cursor]",
) -> None:
    with mysql, mysql.cursor() as cursor:
        cursor.execute("INSERT INTO users (email) VALUES ('Ada@example.org')")
        with pytest.raises(pymysql.IntegrityError, match="idx_users_email"):
            cursor.execute("INSERT INTO users (email) VALUES ('ada@EXAMPLE.org')")


def test_mysql_moves_updated_at(mysql: "pymysql.Connection[Cursor]") -> None:
    with mysql, mysql.cursor() as cursor:
        cursor.execute("INSERT INTO users (email, updated_at) VALUES ('a@b.c', '2000-01-01')")
        cursor.execute("UPDATE users SET first_name = 'Ada'")

        assert _one(mysql, "SELECT year(updated_at) > 2000 FROM users") == 1


def test_bigquery_has_every_table_and_column_of_the_models(
    bigquery_client: bigquery.Client,
) -> None:
    """All but the statements that declare keys: the emulator does not know them."""
    for statement in _statements(schema_ddl("bigquery")):
        if statement.startswith("CREATE TABLE"):
            bigquery_client.query(statement).result()

    for table in Base.metadata.sorted_tables:
        insert = f"INSERT INTO `{table.name}` ({_names(table)}) {_row(table)}"
        bigquery_client.query(insert).result()
        result = bigquery_client.query(f"SELECT * FROM `{table.name}`").result()
        assert [field.name for field in result.schema] == [column.name for column in table.columns]
        assert result.total_rows == 1


def test_bigquery_fills_in_its_defaults(bigquery_client: bigquery.Client) -> None:
    (users,) = (
        statement
        for statement in _statements(schema_ddl("bigquery"))
        if statement.startswith("CREATE TABLE `users`")
    )
    bigquery_client.query(users).result()
    bigquery_client.query("INSERT INTO users (email) VALUES ('ada@example.org')").result()

    (row,) = bigquery_client.query("SELECT * FROM users").result()

    assert (row.timezone, row.is_admin, row.is_active) == ("UTC", False, True)
    assert len(row.id) == 36
    assert row.created_at is not None


def test_bigquery_declares_every_key_of_the_models() -> None:
    """Read by a parser of BigQuery's grammar, in place of the emulator."""
    parsed = [
        sqlglot.parse_one(statement, dialect="bigquery")
        for statement in _statements(schema_ddl("bigquery"))
    ]
    altered = [statement for statement in parsed if isinstance(statement, exp.Alter)]
    primary = [statement for statement in altered if statement.find(exp.PrimaryKey)]
    foreign = [statement for statement in altered if statement.find(exp.ForeignKey)]

    tables = Base.metadata.sorted_tables
    assert len(primary) == len(tables)
    assert len(foreign) == sum(len(table.foreign_keys) for table in tables)
    assert len(parsed) == len(tables) + len(altered)


def test_bigquery_partitions_the_logs_by_month() -> None:
    partitioned = {
        statement.split("`")[1]
        for statement in _statements(schema_ddl("bigquery"))
        if "PARTITION BY TIMESTAMP_TRUNC(`timestamp`, MONTH)" in statement
    }

    assert partitioned == {"audit_logs", "dashboard_analytics", "query_execution_logs"}


def _names(table: object) -> str:
    return ", ".join(f"`{column.name}`" for column in table.columns)  # type: ignore[attr-defined]  # any table


def _row(table: object) -> str:
    """One row of NULLs and of a value of its type where a column needs one."""
    values = []
    for column in table.columns:  # type: ignore[attr-defined]  # any table
        if column.nullable:
            values.append("NULL")
        elif isinstance(column.type, JSONB):
            values.append("JSON '[1, {\"a\": null}]'")
        else:
            values.append(_EXAMPLES.get(column.type.python_type.__name__, "'x'"))
    return f"SELECT {', '.join(values)}"


_EXAMPLES = {"int": "1", "bool": "TRUE", "datetime": "TIMESTAMP '2026-01-31 12:00:00+00'"}
