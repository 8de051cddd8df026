"""The statements by which tests make and drop their databases."""

from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

STRATEGIES_SINCE = 150_000


def create_database(
    server_url: str, name: str, *, template: str = "template1", folder: str | None = None
) -> None:
    """`folder` is an empty one that the server may write; by default tables lie where the server keeps the others."""
    with _connected(server_url) as connection:
        if folder is not None:
            location = sql.SQL("CREATE TABLESPACE {} LOCATION {}")
            connection.execute(location.format(sql.Identifier(name), sql.Literal(folder)))
        knows_strategies = connection.info.server_version >= STRATEGIES_SINCE
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {} {}").format(
                sql.Identifier(name),
                sql.Identifier(template),
                sql.Identifier("pg_default" if folder is None else name),
                sql.SQL("STRATEGY FILE_COPY" if knows_strategies else ""),
            )
        )


def drop_database(server_url: str, name: str) -> None:
    with _connected(server_url) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def drop_role(server_url: str, name: str) -> None:
    with _connected(server_url) as connection:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _connected(server_url: str) -> psycopg.Connection[tuple[Any, ...]]:
    libpq_url = make_url(server_url).set(drivername="postgresql")
    return psycopg.connect(libpq_url.render_as_string(hide_password=False), autocommit=True)
