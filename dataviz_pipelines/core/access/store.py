"""The statements of access.sql."""

from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core import sql

SQL: Final = sql.blocks("dataviz_pipelines.core.access", "access.sql")

Row = dict[str, Any]


def run(connection: Connection, block: str, **values: Any) -> int:
    """How many rows it touched."""
    return sql.execute(connection, SQL[block], values).rowcount


def every(connection: Connection, statement: str, **values: Any) -> list[Row]:
    """Rows of a statement that was made of a block."""
    cursor = sql.execute(connection, statement, values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def is_there(connection: Connection, statement: str, **values: Any) -> bool:
    return sql.execute(connection, statement, values).fetchone() is not None
