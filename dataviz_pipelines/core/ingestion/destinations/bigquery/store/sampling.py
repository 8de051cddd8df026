"""Some of the rows that a load would change, as text, in the order of the file."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs, Rows
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.rows import StagedRows


@dataclass(frozen=True)
class TableSamples:
    """Implements `sampling.Samples`. Of a table that is yet to be made there is nothing but inserts."""

    jobs: Jobs
    rows: StagedRows

    def updates(
        self,
        columns: Sequence[str],
        *,
        keys: Sequence[str],
        compared: Sequence[str],
        documents: Sequence[str],  # noqa: ARG002  # `rows` knows them
        limit: int,
    ) -> Rows:
        rows = self.rows
        if rows.target.is_new:
            return []
        texts = [rows.old_text(name) for name in columns] + [
            rows.new_text(name) for name in columns
        ]
        return self.jobs.rows(
            f"SELECT {_numbered(texts)} FROM {rows.good} AS s JOIN {rows.target.table.quoted} AS t "
            f"ON {rows.same(keys)} WHERE {rows.differs(compared)} ORDER BY {rows.position} LIMIT {limit}"
        )

    def inserts(self, columns: Sequence[str], *, unless_keys: Sequence[str], limit: int) -> Rows:
        rows = self.rows
        new = ""
        if unless_keys and not rows.target.is_new:
            new = (
                f"WHERE NOT EXISTS (SELECT 1 FROM {rows.target.table.quoted} AS t "
                f"WHERE {rows.same(unless_keys)})"
            )
        texts = [rows.new_text(name) for name in columns]
        return self.jobs.rows(
            f"SELECT {_numbered(texts)} FROM {rows.good} AS s {new} ORDER BY {rows.position} LIMIT {limit}"
        )

    def deletes(self, columns: Sequence[str], *, by_keys: Sequence[str], limit: int) -> Rows:
        rows = self.rows
        if rows.target.is_new:
            return []
        matching = ""
        if by_keys:
            matching = f"WHERE EXISTS (SELECT 1 FROM {rows.named} AS s WHERE {rows.same(by_keys)})"
        texts = [rows.old_text(name) for name in columns]
        return self.jobs.rows(
            f"SELECT {_numbered(texts)} FROM {rows.target.table.quoted} AS t {matching} LIMIT {limit}"
        )


def _numbered(expressions: Sequence[str]) -> str:
    """A result takes no name twice."""
    return ", ".join(f"{text} AS v{index}" for index, text in enumerate(expressions))
