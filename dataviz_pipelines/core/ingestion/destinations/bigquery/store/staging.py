"""The staging table, in which BigQuery looks at a file's rows before they are in the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs, Rows
from dataviz_pipelines.core.ingestion.destinations.bigquery.staging_file import LINE, ROW, TAKEN
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import Table, identifier
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.rows import StagedRows
from dataviz_pipelines.core.models.documents.uploads import Lookup

Taken = Literal["file", "table"]


def present(rows: StagedRows, columns: Sequence[str], *, unless_same: Sequence[str]) -> str:
    """Of `s`: its values in `columns` are in the table, in a row that differs in `unless_same`."""
    other = f" AND NOT IFNULL({rows.same(unless_same)}, FALSE)" if unless_same else ""
    return (
        f"EXISTS (SELECT 1 FROM {rows.target.table.quoted} AS t WHERE {rows.same(columns)}{other})"
    )


def present_beside(rows: StagedRows, columns: Sequence[str], *, keys: Sequence[str]) -> str:
    """Of `s`: its values in `columns` are in a row of the table that stays when those with the file's keys are deleted."""
    deleted = f"SELECT 1 FROM {rows.named} AS d WHERE {rows.same(keys, 'd')}"
    return (
        f"EXISTS (SELECT 1 FROM {rows.target.table.quoted} AS t "
        f"WHERE {rows.same(columns)} AND NOT EXISTS ({deleted}))"
    )


@dataclass(frozen=True)
class StagingTable:
    """Implements `settling.Staging`. Rows are not deleted but noted as taken: those with the keys of a file that replaces them
    are to go even if the table is in the way of the new ones."""

    jobs: Jobs
    rows: StagedRows
    deleting: Sequence[str] = ()
    """The keys by which rows of the table are deleted before any is inserted."""

    def take_out_repeated(self, columns: Sequence[str]) -> Rows:
        rows = self.rows
        return self._take_out(
            f"""
            SELECT {ROW}, shown, first_line FROM (
                SELECT s.{ROW}, {rows.shown(columns)} AS shown,
                       FIRST_VALUE(s.{LINE}) OVER same AS first_line,
                       ROW_NUMBER() OVER same AS occurrence
                  FROM {rows.good} AS s
                 WHERE {rows.filled(columns)}
                WINDOW same AS (PARTITION BY {rows.partitioned(columns)} ORDER BY s.{ROW})
            ) AS numbered WHERE occurrence > 1
            """,
            "file",
        )

    def take_out_present(self, columns: Sequence[str], *, unless_same: Sequence[str]) -> Rows:
        if self.rows.target.is_new or not self.rows.target.absent.isdisjoint(columns):
            return []
        return self._take_out(
            f"""
            SELECT s.{ROW}, {self.rows.shown(columns)} AS shown FROM {self.rows.good} AS s
             WHERE {self.in_the_way(columns, unless_same=unless_same)}
            """,
            "table",
        )

    def take_out_unlisted(self, column: str, lookup: Lookup) -> Rows:
        value = self.rows.staged(column)
        listing = Table(lookup.schema_name, lookup.table)
        return self._take_out(
            f"""
            SELECT s.{ROW}, {self.rows.shown([column])} AS shown FROM {self.rows.good} AS s
             WHERE {value} IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM {listing.quoted} AS l WHERE l.{identifier(lookup.column)} = {value})
            """,
            "file",
        )

    def take_out_unkept(self, column: str) -> Rows:
        """Documents that the type JSON cannot keep as they are."""
        value = self.rows.staged(column)
        return self._take_out(
            f"""
            SELECT s.{ROW}, {value} AS shown FROM {self.rows.good} AS s
             WHERE {value} IS NOT NULL AND SAFE.PARSE_JSON({value}) IS NULL
            """,
            "file",
        )

    def in_the_way(self, columns: Sequence[str], *, unless_same: Sequence[str]) -> str:
        if self.deleting:
            return present_beside(self.rows, columns, keys=self.deleting)
        return present(self.rows, columns, unless_same=unless_same)

    def _take_out(self, query: str, taken: Taken) -> Rows:
        found: list[tuple[Any, ...]] = self.jobs.rows(f"{query} ORDER BY {ROW}")
        if found:
            self.jobs.rows(
                f"UPDATE {self.rows.staging.quoted} SET {TAKEN} = '{taken}' "
                f"WHERE {ROW} IN (SELECT {ROW} FROM ({query}) AS found)"
            )
        return found
