"""The statements of accounts.sql."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from dataviz_pipelines.core import sql

_SQL = sql.blocks("dataviz_pipelines.core.accounts", "accounts.sql")

Row = dict[str, Any]


def run(connection: Connection, block: str, **values: Any) -> int:
    """How many rows it touched."""
    return sql.execute(connection, _SQL[block], values).rowcount


def value(connection: Connection, block: str, **values: Any) -> Any:
    """The only column of the only row, None without one."""
    row = sql.execute(connection, _SQL[block], values).fetchone()
    return None if row is None else row[0]


def one(connection: Connection, block: str, **values: Any) -> Row | None:
    rows = _rows(connection, block, values)
    return rows[0] if rows else None


def every(connection: Connection, block: str, **values: Any) -> list[Row]:
    return _rows(connection, block, values)


def _rows(connection: Connection, block: str, values: Mapping[str, Any]) -> list[Row]:
    cursor = sql.execute(connection, _SQL[block], values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
