"""Rows into a table, and from the staging table into the table: one or two statements for each upload mode.

Not one of them says IGNORE, and none ON DUPLICATE KEY UPDATE, which would also take a row for known that is the same in
another unique index than the keys'.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import (
    ROW,
    Table,
    equal,
    listed,
    quoted,
    same,
)


def load(session: Session, target: str, columns: Sequence[str], stream: Iterable[bytes]) -> int:
    """By LOAD DATA from memory; the file that it names is never opened by anybody."""
    statement = (
        f"LOAD DATA LOCAL INFILE 'dataviz' INTO TABLE {target} CHARACTER SET utf8mb4"
        f" ({', '.join(columns)})"
    )
    return session.load(statement, stream)


def insert(session: Session, target: str, columns: Sequence[str], texts: pl.DataFrame) -> int:
    """By INSERT, for servers that refuse LOAD DATA."""
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {target} ({', '.join(columns)}) VALUES ({marks})"
    return session.insert(statement, texts.rows())


def delete_all(session: Session, table: Table) -> int:
    """Readers go on reading what was there before; writers wait."""
    return session.execute(f"DELETE FROM {table.quoted}")


def delete_matching(session: Session, table: Table, keys: Sequence[str]) -> int:
    return session.execute(
        f"DELETE t FROM {table.quoted} AS t JOIN (SELECT DISTINCT {listed(keys)}"
        f" FROM {table.staging}) AS s ON {equal(keys)}"
    )


def delete_of_upload(session: Session, table: Table, column: str, upload_id: UUID) -> int:
    return session.execute(
        f"DELETE FROM {table.quoted} WHERE {quoted(column)} = %s", [str(upload_id)]
    )


def insert_staged(session: Session, table: Table, columns: Sequence[str]) -> int:
    return session.execute(
        f"INSERT INTO {table.quoted} ({listed(columns)}) SELECT {listed(columns)}"
        f" FROM {table.staging} ORDER BY {ROW}"
    )


def insert_staged_if_new(
    session: Session, table: Table, columns: Sequence[str], keys: Sequence[str]
) -> int:
    return session.execute(
        f"INSERT INTO {table.quoted} ({listed(columns)}) SELECT {listed(columns, 's')}"
        f" FROM {table.staging} AS s LEFT JOIN {table.quoted} AS t ON {equal(keys)}"
        f" WHERE t.{quoted(keys[0])} IS NULL ORDER BY s.{ROW}"
    )


def update_staged(
    session: Session,
    table: Table,
    columns: Sequence[str],
    *,
    keys: Sequence[str],
    compared: Sequence[str],
) -> int:
    """Rows whose `compared` columns differ; the others are not touched."""
    if not compared:
        return 0
    changes = ", ".join(
        f"t.{quoted(column)} = s.{quoted(column)}" for column in columns if column not in keys
    )
    return session.execute(
        f"UPDATE {table.quoted} AS t JOIN {table.staging} AS s ON {equal(keys)}"
        f" SET {changes} WHERE NOT ({same(compared)})"
    )
