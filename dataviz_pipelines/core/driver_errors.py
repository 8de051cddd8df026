"""Errors of the driver as SQLAlchemy has them, for statements that do not go through its results."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def driver_errors_translated(connection: Connection, text: str) -> Iterator[None]:
    """`text` is the statement. A connection that turns out to be dead is not used again."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(connection, text, error) from error


def translated(connection: Connection, text: str, error: psycopg.Error) -> Exception:
    driver = connection.connection.driver_connection
    is_dead = driver is None or driver.broken or driver.closed
    if is_dead:
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        psycopg.Error,
        connection_invalidated=is_dead,
        dialect=connection.dialect,
    )
