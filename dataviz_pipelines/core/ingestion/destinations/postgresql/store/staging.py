"""The temporary table in which the database looks at a file's rows before they are in the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import (
    LINE,
    ROW,
    STAGING,
    Table,
    equal,
    listed,
)
from dataviz_pipelines.core.ingestion.destinations.settling import Group, Rows
from dataviz_pipelines.core.models.documents.uploads import Lookup


def create(connection: Connection[Any], table: Table, columns: Sequence[str]) -> None:
    """A private copy of the target's columns; it goes with the transaction."""
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {}, 0::bigint AS {}, 0::bigint AS {} FROM {} LIMIT 0"
        ).format(STAGING, listed(columns), ROW, LINE, table.quoted)
    )


def analyze(connection: Connection[Any]) -> None:
    connection.execute(sql.SQL("ANALYZE {}").format(STAGING))


def copy_statement(target: sql.Composable, columns: Sequence[str], *, staged: bool) -> sql.Composed:
    positions = sql.SQL(", {}, {}").format(ROW, LINE) if staged else sql.SQL("")
    return sql.SQL("COPY {} ({}{}) FROM STDIN (FORMAT binary)").format(
        target, listed(columns), positions
    )


def count(connection: Connection[Any]) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(STAGING)).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class StagedRows:
    """Implements `settling.Staging`."""

    connection: Connection[Any]
    table: Table

    def take_out_repeated(self, columns: Group) -> Rows:
        statement = sql.SQL(
            """
            WITH numbered AS (
                SELECT {row} AS repeated,
                       first_value({line}) OVER same AS first_line,
                       row_number() OVER same AS occurrence
                  FROM {staging}
                 WHERE ({columns}) IS NOT NULL
                WINDOW same AS (PARTITION BY {columns} ORDER BY {row})
            )
            DELETE FROM {staging} AS s USING numbered
             WHERE s.{row} = numbered.repeated AND numbered.occurrence > 1
            RETURNING s.{row}, {shown}, numbered.first_line
            """
        ).format(
            row=ROW, line=LINE, staging=STAGING, columns=listed(columns), shown=_shown(columns)
        )
        return self.connection.execute(statement).fetchall()

    def take_out_present(self, columns: Group, *, unless_same: Sequence[str]) -> Rows:
        other = (
            sql.SQL(" AND ({}) IS DISTINCT FROM ({})").format(
                _row(unless_same, "t"), _row(unless_same, "s")
            )
            if unless_same
            else sql.SQL("")
        )
        statement = sql.SQL(
            "DELETE FROM {staging} AS s USING {table} AS t WHERE {matches}{other} RETURNING s.{row}, {shown}"
        ).format(
            staging=STAGING,
            table=self.table.quoted,
            matches=equal(columns),
            other=other,
            row=ROW,
            shown=_shown(columns),
        )
        return self.connection.execute(statement).fetchall()

    def take_out_unlisted(self, column: str, lookup: Lookup) -> Rows:
        statement = sql.SQL(
            """
            DELETE FROM {staging} AS s
             WHERE s.{column} IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM {lookup} AS l WHERE l.{lookup_column} = s.{column})
            RETURNING s.{row}, {shown}
            """
        ).format(
            staging=STAGING,
            column=sql.Identifier(column),
            lookup=sql.Identifier(lookup.schema_name, lookup.table),
            lookup_column=sql.Identifier(lookup.column),
            row=ROW,
            shown=_shown([column]),
        )
        return self.connection.execute(statement).fetchall()


def _row(columns: Sequence[str], alias: str) -> sql.Composed:
    return sql.SQL("ROW({})").format(listed(columns, alias))


def _shown(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("concat_ws(', ', {})").format(
        sql.SQL(", ").join(
            sql.SQL("s.{}::text").format(sql.Identifier(column)) for column in columns
        )
    )
