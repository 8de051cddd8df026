"""The statements that set a database up. Each runs inside the caller's transaction, as the owner."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects.postgresql import Insert, insert

from dataviz_pipelines.core.schema.blocks import blocks

UPLOADS_SCHEMA = "uploads"


def rows(connection: Connection, file: str, block: str, **parameters: Any) -> Sequence[Any]:
    return connection.exec_driver_sql(blocks(file)[block], parameters).all()


def server_version(connection: Connection) -> int:
    """For example 180006."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())


def server_encoding(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())


def take_lock(connection: Connection) -> None:
    """Waits for any other set-up of the same database; held until the transaction ends."""
    connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock(hashtextextended('dataviz.schema', 0))"
    )


def set_search_path(connection: Connection, schema: str) -> None:
    """Until the transaction ends."""
    _execute(connection, sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))


def create_schema(connection: Connection, name: str) -> None:
    _execute(connection, sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))


def create_extension(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")


def extension_exists(connection: Connection) -> bool:
    found = connection.exec_driver_sql("SELECT FROM pg_extension WHERE extname = 'pg_trgm'")
    return found.first() is not None


def role_exists(connection: Connection, role: str) -> bool:
    found = connection.exec_driver_sql(
        "SELECT FROM pg_roles WHERE rolname = %(role)s", {"role": role}
    )
    return found.first() is not None


def create_role(connection: Connection, role: str) -> None:
    _execute(connection, sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def set_password(connection: Connection, role: str, password: str) -> None:
    """The server and its log only ever see the SCRAM verifier."""
    verifier = _driver(connection).pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
        sql.Identifier(role), sql.Literal(verifier.decode())
    )
    _execute(connection, statement)


def let_owner_act_as(connection: Connection, role: str) -> None:
    """So that the owner can back up and move what the application created."""
    member = connection.exec_driver_sql(
        "SELECT pg_has_role(current_user, %(role)s, 'USAGE')", {"role": role}
    )
    if not member.scalar_one():
        _execute(connection, sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def create_partitions(connection: Connection, first: date, last: date) -> list[str]:
    """Names of the partitions that were made; months from `first` to `last` that had one are left alone."""
    made = connection.exec_driver_sql(
        "SELECT create_month_partitions(%(first)s::date, %(last)s::date)",
        {"first": first, "last": last},
    )
    return list(made.scalars())


def present_keys(connection: Connection, table: Table, key: str) -> set[Any]:
    return set(connection.scalars(select(table.c[key])))


def insert_seed(table: Table, values: dict[str, Any]) -> Insert:
    """Without a conflict target: a seed also gives way to a row that took its name or its place as the default."""
    return insert(table).values(values).on_conflict_do_nothing()


def run_script(connection: Connection, script: str) -> None:
    """Statements without parameters; a percent sign is itself."""
    connection.execution_options(no_parameters=True).exec_driver_sql(script)


def _execute(connection: Connection, statement: sql.Composed) -> None:
    run_script(connection, statement.as_string(_driver(connection)))


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(type(driver))
    return driver
