"""The statements that the embedded server and `doctor` need before or beside the application's own schema."""

from typing import LiteralString

import psycopg
from psycopg import sql

from dataviz_pipelines.local.errors import ServerPasswordError

_CONNECT_TIMEOUT_S = 5


def connect(url: str, *, autocommit: bool = True) -> psycopg.Connection:
    """Raises psycopg.Error; `url` is a plain libpq URL."""
    return psycopg.connect(
        url,
        autocommit=autocommit,
        connect_timeout=_CONNECT_TIMEOUT_S,
        application_name="dataviz local",
    )


def answers(url: str) -> bool:
    """Whether a server accepts this login. Raises ServerPasswordError when it answers and refuses the password."""
    try:
        with connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise ServerPasswordError(
                "The embedded PostgreSQL refuses the password kept in the keys folder.",
                remedy="Put the keys folder of this home back as it was when its database was made.",
            ) from error
        return False


def ensure_database(url: str, name: str) -> None:
    """`url` leads to any database of the server; its role may create databases."""
    with connect(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def scalar(connection: psycopg.Connection, statement: LiteralString) -> object:
    row = connection.execute(statement).fetchone()
    return None if row is None else row[0]
