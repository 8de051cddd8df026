"""For a dry run: some of the changes that a load would make, seen just before it makes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from psycopg import Connection

from dataviz_pipelines.core.ingestion.destinations.postgresql.store import sampling
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import Table
from dataviz_pipelines.core.models.documents.outcomes import ChangeKind, RowChange
from dataviz_pipelines.core.models.documents.uploads import UploadMode

MOST = 5  # of each kind


@dataclass
class Sampler:
    """Finds nothing unless it is `wanted`: what it asks would make a load in earnest slower."""

    connection: Connection[Any]
    table: Table
    wanted: bool
    columns: Sequence[str] = ()
    found: list[RowChange] = field(default_factory=list)

    def before_deleting(self, by_keys: Sequence[str] = ()) -> None:
        if self.wanted:
            rows = sampling.deletes(
                self.connection, self.table, self.columns, by_keys=by_keys, limit=MOST
            )
            self.found += [RowChange(kind=ChangeKind.DELETE, before=self._named(r)) for r in rows]

    def before_writing(self, rows: pl.DataFrame) -> None:
        """Rows that go straight into the table."""
        room = MOST - sum(change.kind is ChangeKind.INSERT for change in self.found)
        if self.wanted and room > 0:
            shown = rows.head(room).cast(pl.String)
            self.found += [
                RowChange(kind=ChangeKind.INSERT, after=self._named(row))
                for row in shown.iter_rows()
            ]

    def before_inserting(
        self,
        mode: UploadMode,
        *,
        keys: Sequence[str],
        compared: Sequence[str],
        documents: Sequence[str],
    ) -> None:
        if not self.wanted:
            return
        if mode is UploadMode.UPSERT and compared:
            self._sample_updates(keys, compared, documents)
        is_by_key = mode in (UploadMode.UPSERT, UploadMode.INSERT_NEW)
        rows = sampling.inserts(
            self.connection,
            self.table,
            self.columns,
            unless_keys=keys if is_by_key else (),
            limit=MOST,
        )
        self.found += [RowChange(kind=ChangeKind.INSERT, after=self._named(row)) for row in rows]

    def _sample_updates(
        self, keys: Sequence[str], compared: Sequence[str], documents: Sequence[str]
    ) -> None:
        rows = sampling.updates(
            self.connection,
            self.table,
            self.columns,
            keys=keys,
            compared=compared,
            documents=documents,
            limit=MOST,
        )
        width = len(self.columns)
        self.found += [
            RowChange(
                kind=ChangeKind.UPDATE,
                before=self._named(row[:width]),
                after=self._named(row[width:]),
            )
            for row in rows
        ]

    def _named(self, row: Sequence[str | None]) -> dict[str, str | None]:
        return dict(zip(self.columns, row, strict=True))
