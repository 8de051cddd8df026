"""The temporary table in which the database looks at a file's rows before they are in the table.

MySQL lets a statement name a temporary table only once, so rows are found by one statement and taken out by the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dataviz_pipelines.core.ingestion.destinations.mysql.columns import TableColumn
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Rows, Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store import catalog
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import (
    LINE,
    ROW,
    Table,
    equal,
    listed,
    quoted,
)
from dataviz_pipelines.core.ingestion.destinations.settling import Group
from dataviz_pipelines.core.models.documents.uploads import Lookup

AT_ONCE = 10_000


def create(session: Session, table: Table, columns: Sequence[TableColumn]) -> None:
    """A private copy of the target's columns, without a transaction; it goes with the session."""
    parts = [f"{quoted(column.name)} {_type(column)} NULL" for column in columns]
    session.execute(
        f"CREATE TEMPORARY TABLE {table.staging} ({', '.join(parts)}, {ROW} bigint NOT NULL,"
        f" {LINE} bigint NOT NULL, PRIMARY KEY ({ROW})) ENGINE = InnoDB"
    )


def count(session: Session, table: Table) -> int:
    return int(session.rows(f"SELECT count(*) FROM {table.staging}")[0][0])


@dataclass(frozen=True)
class StagedRows:
    """Implements `settling.Staging`."""

    session: Session
    table: Table

    def take_out_repeated(self, columns: Group) -> Rows:
        has_all = " AND ".join(f"s.{quoted(column)} IS NOT NULL" for column in columns)
        return self._take_out(
            f"""
            SELECT repeated, shown, first_line FROM (
                SELECT s.{ROW} AS repeated, {_shown(columns)} AS shown,
                       first_value(s.{LINE}) OVER same_values AS first_line,
                       row_number() OVER same_values AS occurrence
                  FROM {self.table.staging} AS s
                 WHERE {has_all}
                WINDOW same_values AS (PARTITION BY {listed(columns, "s")} ORDER BY s.{ROW})
            ) AS numbered
             WHERE occurrence > 1
            """
        )

    def take_out_present(self, columns: Group, *, unless_same: Sequence[str]) -> Rows:
        others = f" AND NOT ({equal(unless_same)})" if unless_same else ""
        return self._take_out(
            f"SELECT DISTINCT s.{ROW}, {_shown(columns)} FROM {self.table.staging} AS s"
            f" JOIN {self.table.quoted} AS t ON {equal(columns)}{others}"
        )

    def take_out_unlisted(self, column: str, lookup: Lookup) -> Rows:
        place = Table(lookup.schema_name, lookup.table)
        compared = f"s.{quoted(column)}"
        known = catalog.collation(self.session, place, lookup.column)
        if known is not None:  # two columns of different collations cannot be compared as they are
            compared = f"CONVERT({compared} USING {known[0]}) COLLATE {known[1]}"
        listed_there = quoted(lookup.column)
        return self._take_out(
            f"SELECT s.{ROW}, {_shown([column])} FROM {self.table.staging} AS s"
            f" WHERE s.{quoted(column)} IS NOT NULL AND {compared} NOT IN"
            f" (SELECT {listed_there} FROM {place.quoted} WHERE {listed_there} IS NOT NULL)"
        )

    def _take_out(self, found: str) -> Rows:
        rows = self.session.rows(found)
        numbers = [row for row, *_ in rows]
        for start in range(0, len(numbers), AT_ONCE):
            self.session.execute(
                f"DELETE FROM {self.table.staging} WHERE {ROW} IN %s",
                [numbers[start : start + AT_ONCE]],
            )
        return rows


def _type(column: TableColumn) -> str:
    if column.character_set is None:
        return column.column_type.replace("%", "%%")
    return f"{column.column_type} CHARACTER SET {column.character_set} COLLATE {column.collation}"


def _shown(columns: Sequence[str]) -> str:
    texts = ", ".join(f"CAST(s.{quoted(column)} AS CHAR)" for column in columns)
    return f"concat_ws(', ', {texts})"
