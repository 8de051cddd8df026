"""For a dry run: some of the changes that a load would make, seen just before it makes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from dataviz_pipelines.core.models.documents.outcomes import ChangeKind, RowChange
from dataviz_pipelines.core.models.documents.uploads import UploadMode

MOST = 5  # of each kind
Rows = list[tuple[Any, ...]]


class Samples(Protocol):
    """Rows that a load is about to change, as text. `columns` are those that are shown."""

    def updates(
        self,
        columns: Sequence[str],
        *,
        keys: Sequence[str],
        compared: Sequence[str],
        documents: Sequence[str],
        limit: int,
    ) -> Rows:
        """Each row as it is, and behind it as it will be."""

    def inserts(self, columns: Sequence[str], *, unless_keys: Sequence[str], limit: int) -> Rows:
        """Staged rows, without those whose keys are in the table, where such rows are not inserted."""

    def deletes(self, columns: Sequence[str], *, by_keys: Sequence[str], limit: int) -> Rows:
        """Rows of the table, all of which go; with keys, those that staged rows have."""


@dataclass
class Sampler:
    """Finds nothing unless it is `wanted`: what it asks would make a load in earnest slower."""

    samples: Samples
    wanted: bool
    columns: Sequence[str] = ()
    found: list[RowChange] = field(default_factory=list)

    def before_deleting(self, by_keys: Sequence[str] = ()) -> None:
        if self.wanted:
            rows = self.samples.deletes(self.columns, by_keys=by_keys, limit=MOST)
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
        rows = self.samples.inserts(self.columns, unless_keys=keys if is_by_key else (), limit=MOST)
        self.found += [RowChange(kind=ChangeKind.INSERT, after=self._named(row)) for row in rows]

    def _sample_updates(
        self, keys: Sequence[str], compared: Sequence[str], documents: Sequence[str]
    ) -> None:
        rows = self.samples.updates(
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
