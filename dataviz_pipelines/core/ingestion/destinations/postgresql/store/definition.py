"""Making a destination table, and adding what it lacks."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql

from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import Table, listed


def create_table(
    connection: Connection[Any],
    table: Table,
    columns: Sequence[tuple[str, str, bool]],  # name, type, nullable
) -> None:
    parts = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(name), sql.SQL(data_type), sql.SQL("" if nullable else " NOT NULL")
        )
        for name, data_type, nullable in columns
    ]
    connection.execute(
        sql.SQL("CREATE TABLE {} ({})").format(table.quoted, sql.SQL(", ").join(parts))
    )


def create_index(
    connection: Connection[Any], table: Table, columns: Sequence[str], *, unique: bool
) -> None:
    connection.execute(
        sql.SQL("CREATE {} INDEX ON {} ({})").format(
            sql.SQL("UNIQUE" if unique else ""), table.quoted, listed(columns)
        )
    )


def add_columns(
    connection: Connection[Any], table: Table, columns: Sequence[tuple[str, str]]
) -> None:
    added = [
        sql.SQL("ADD COLUMN IF NOT EXISTS {} {}").format(sql.Identifier(name), sql.SQL(data_type))
        for name, data_type in columns
    ]
    connection.execute(sql.SQL("ALTER TABLE {} {}").format(table.quoted, sql.SQL(", ").join(added)))
