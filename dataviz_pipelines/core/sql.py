"""SQL text: the named blocks of `.sql` files, and the short way from a text to its rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

import psycopg
from sqlalchemy import Connection

from dataviz_pipelines.core.driver_errors import driver_errors_translated, translated
from dataviz_pipelines.core.nonblocking.lanes import statements_of
from dataviz_pipelines.core.nonblocking.statements import Rows

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

Cursor = psycopg.Cursor[tuple[Any, ...]] | Rows


@cache
def blocks(package: str, file: str) -> dict[str, str]:
    """The blocks of a file of a package, in the file's order: everything from a line `-- name: x` to the next one is block x."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def execute(connection: Connection, text: str, values: Mapping[str, Any]) -> Cursor:
    """The driver's own cursor, in the connection's transaction: SQLAlchemy's results cost as much as the statement itself.
    Errors are SQLAlchemy's, and a connection that turns out to be dead is not used again."""
    statements = statements_of(connection)
    try:
        if statements is not None:
            return statements.run(text, values)
        return _driver(connection).execute(text, values)
    except psycopg.Error as error:
        raise translated(connection, text, error) from error


def fetch(connection: Connection, text: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows by the names of their columns, of a statement that reads much: it is planned for its values, and answers in binary."""
    with driver_errors_translated(connection, text):
        statements = statements_of(connection)
        cursor: Cursor = (
            statements.run(text, values)
            if statements is not None
            else _driver(connection).execute(text, values, prepare=False, binary=True)
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def copy_into(connection: Connection, target: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY of rows into a table with its columns, in the connection's transaction; errors are as `execute` has them."""
    text = f"COPY {target} FROM STDIN"
    with (
        driver_errors_translated(connection, text),
        _driver(connection).cursor() as cursor,
        cursor.copy(text) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
