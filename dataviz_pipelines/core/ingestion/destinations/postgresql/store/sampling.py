"""Some of the rows that a load is about to change, as text, in the order of the file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import (
    ROW,
    STAGING,
    Table,
    compared_row,
    equal,
)
from dataviz_pipelines.core.ingestion.destinations.sampling import Rows


@dataclass(frozen=True)
class TableSamples:
    """Implements `sampling.Samples`."""

    connection: Connection[Any]
    table: Table

    def updates(
        self,
        columns: Sequence[str],
        *,
        keys: Sequence[str],
        compared: Sequence[str],
        documents: Collection[str],
        limit: int,
    ) -> Rows:
        statement = sql.SQL(
            "SELECT {old}, {new} FROM {staging} AS s JOIN {table} AS t ON {same_key} "
            "WHERE ({old_values}) IS DISTINCT FROM ({new_values}) ORDER BY s.{row} LIMIT {limit}"
        ).format(
            old=_texts(columns, "t"),
            new=_texts(columns, "s"),
            staging=STAGING,
            table=self.table.quoted,
            same_key=equal(keys),
            old_values=compared_row(compared, "t", documents),
            new_values=compared_row(compared, "s", documents),
            row=ROW,
            limit=limit,
        )
        return self.connection.execute(statement).fetchall()

    def inserts(
        self,
        columns: Sequence[str],
        *,
        unless_keys: Sequence[str],
        limit: int,
    ) -> Rows:
        new = (
            sql.SQL("WHERE NOT EXISTS (SELECT 1 FROM {} AS t WHERE {})").format(
                self.table.quoted, equal(unless_keys)
            )
            if unless_keys
            else sql.SQL("")
        )
        statement = sql.SQL("SELECT {} FROM {} AS s {} ORDER BY s.{} LIMIT {}").format(
            _texts(columns, "s"), STAGING, new, ROW, limit
        )
        return self.connection.execute(statement).fetchall()

    def deletes(
        self,
        columns: Sequence[str],
        *,
        by_keys: Sequence[str],
        limit: int,
    ) -> Rows:
        matching = (
            sql.SQL("WHERE EXISTS (SELECT 1 FROM {} AS s WHERE {})").format(STAGING, equal(by_keys))
            if by_keys
            else sql.SQL("")
        )
        statement = sql.SQL("SELECT {} FROM {} AS t {} LIMIT {}").format(
            _texts(columns, "t"), self.table.quoted, matching, limit
        )
        return self.connection.execute(statement).fetchall()


def _texts(columns: Sequence[str], alias: str) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(alias, column)) for column in columns
    )
