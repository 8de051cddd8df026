"""The statements that the embedded server and `doctor` need beside the application's own schema."""

from datetime import datetime

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection

from dataviz_pipelines.core.db import DAGSTER_SCHEMA
from dataviz_pipelines.local.errors import ServerPasswordError

_CONNECT_TIMEOUT_S = 5


def answers(url: str) -> bool:
    """Whether a server accepts this login. Raises ServerPasswordError when it answers and refuses the password."""
    try:
        with _connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise ServerPasswordError(
                "The embedded PostgreSQL refuses the password kept in the keys folder.",
                remedy="Put the keys folder of this home back as it was when its database was made.",
            ) from error
        return False


def login_problem(url: URL) -> str | None:
    try:
        _connect(url.set(drivername="postgresql").render_as_string(hide_password=False)).close()
    except psycopg.OperationalError as error:
        return str(error).strip()
    return None


def ensure_database(url: str, name: str) -> None:
    """`url` leads to any database of the server; its role may create databases."""
    with _connect(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def server_version(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SHOW server_version").scalar_one())


def server_time(connection: Connection) -> datetime:
    """Of this moment, not of the transaction's start."""
    time: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return time


def is_superuser(connection: Connection) -> bool:
    statement = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    return bool(connection.exec_driver_sql(statement).scalar_one())


def owns_whole_server(connection: Connection) -> bool:
    """Whether all databases, templates and `postgres` included, belong to the current role."""
    statement = "SELECT bool_and(pg_get_userbyid(datdba) = current_user) FROM pg_database"
    return bool(connection.exec_driver_sql(statement).scalar_one())


def dagster_tables(connection: Connection) -> int:
    statement = "SELECT count(*) FROM pg_tables WHERE schemaname = %(schema)s"
    return int(connection.exec_driver_sql(statement, {"schema": DAGSTER_SCHEMA}).scalar_one())


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT_S,
        application_name="dataviz local",
    )
