"""SQL text: the named blocks of `.sql` files, and the short way from a text to its rows."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

Cursor = psycopg.Cursor[tuple[Any, ...]]


@cache
def blocks(package: str, file: str) -> dict[str, str]:
    """The blocks of a file of a package, in the file's order: everything from a line `-- name: x` to the next one is block x."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def execute(connection: Connection, text: str, values: Mapping[str, Any]) -> Cursor:
    """The driver's own cursor, in the connection's transaction: SQLAlchemy's results cost as much as the statement itself.
    Errors are SQLAlchemy's, and a connection that turns out to be dead is not used again."""
    with _translated(connection, text) as driver:
        return driver.execute(text, values)


def fetch(connection: Connection, text: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows by the names of their columns, of a statement that reads much: it is planned for its values, and answers in binary."""
    with _translated(connection, text) as driver:
        cursor = driver.execute(text, values, prepare=False, binary=True)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def copy_into(connection: Connection, target: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY of rows into a table with its columns, in the connection's transaction; errors are as `execute` has them."""
    text = f"COPY {target} FROM STDIN"
    with (
        _translated(connection, text) as driver,
        driver.cursor() as cursor,
        cursor.copy(text) as copy,
    ):
        for row in rows:
            copy.write_row(row)


@contextmanager
def _translated(connection: Connection, text: str) -> "Iterator[psycopg.Connection[Any]]":
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # of the URL
    try:
        yield driver
    except psycopg.Error as error:
        is_dead = driver.broken or driver.closed
        if is_dead:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text,
            None,
            error,
            psycopg.Error,
            connection_invalidated=is_dead,
            dialect=connection.dialect,
        ) from error
