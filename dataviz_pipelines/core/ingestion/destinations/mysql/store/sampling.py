"""Some of the rows that a load is about to change, as text, in the order of the file."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataviz_pipelines.core.ingestion.destinations.mysql.session import Rows, Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import (
    ROW,
    Table,
    equal,
    listed,
    quoted,
    same,
)


@dataclass(frozen=True)
class TableSamples:
    """Implements `sampling.Samples`."""

    session: Session
    table: Table

    def updates(
        self,
        columns: Sequence[str],
        *,
        keys: Sequence[str],
        compared: Sequence[str],
        documents: Sequence[str],  # noqa: ARG002  # bytes are compared, of whatever type
        limit: int,
    ) -> Rows:
        return self.session.rows(
            f"SELECT {_texts(columns, 't')}, {_texts(columns, 's')} FROM {self.table.staging} AS s"
            f" JOIN {self.table.quoted} AS t ON {equal(keys)} WHERE NOT ({same(compared)})"
            f" ORDER BY s.{ROW} LIMIT %s",
            [limit],
        )

    def inserts(self, columns: Sequence[str], *, unless_keys: Sequence[str], limit: int) -> Rows:
        new = (
            f"LEFT JOIN {self.table.quoted} AS t ON {equal(unless_keys)}"
            f" WHERE t.{quoted(unless_keys[0])} IS NULL"
            if unless_keys
            else ""
        )
        return self.session.rows(
            f"SELECT {_texts(columns, 's')} FROM {self.table.staging} AS s {new}"
            f" ORDER BY s.{ROW} LIMIT %s",
            [limit],
        )

    def deletes(self, columns: Sequence[str], *, by_keys: Sequence[str], limit: int) -> Rows:
        matching = (
            f"JOIN (SELECT DISTINCT {listed(by_keys)} FROM {self.table.staging}) AS s ON {equal(by_keys)}"
            if by_keys
            else ""
        )
        return self.session.rows(
            f"SELECT {_texts(columns, 't')} FROM {self.table.quoted} AS t {matching} LIMIT %s",
            [limit],
        )


def _texts(columns: Sequence[str], alias: str) -> str:
    return ", ".join(f"CAST({alias}.{quoted(column)} AS CHAR)" for column in columns)
