"""The statements by which tests make and drop their databases."""

import psycopg
from psycopg import sql
from sqlalchemy import make_url


def create_database(
    server_url: str, name: str, *, template: str = "template1", folder: str | None = None
) -> None:
    """`folder` is an empty one that the server may write; by default tables lie where the server keeps the others."""
    if folder is not None:
        location = sql.SQL("CREATE TABLESPACE {} LOCATION {}")
        _execute(server_url, location.format(sql.Identifier(name), sql.Literal(folder)))
    _execute(
        server_url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {}").format(
            sql.Identifier(name),
            sql.Identifier(template),
            sql.Identifier("pg_default" if folder is None else name),
        ),
    )


def drop_database(server_url: str, name: str) -> None:
    _execute(
        server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def drop_role(server_url: str, name: str) -> None:
    _execute(server_url, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _execute(server_url: str, statement: sql.Composed) -> None:
    libpq_url = make_url(server_url).set(drivername="postgresql")
    with psycopg.connect(
        libpq_url.render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute(statement)
