"""What the engine asks of a database that rows are loaded into. One module per database keeps its SQL and its driver."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from dataviz_pipelines.core.models.documents.outcomes import RowChange
from dataviz_pipelines.core.models.documents.uploads import ColumnRule

# Where a row stands: `row` counts the records of the source from 0, `line` is where a person finds it.
POSITIONS_SCHEMA = {"row": pl.Int64(), "line": pl.Int64()}

# What only the database can find: like FINDINGS_SCHEMA, but `row` counts through the whole source.
LATE_FINDINGS_SCHEMA = {
    "row": pl.Int64(),
    "column": pl.String(),
    "rule": pl.String(),
    "value": pl.String(),
    "message": pl.String(),
}


@dataclass(frozen=True)
class LoadResult:
    """What became of the accepted rows. `unchanged` rows were there already, and stay as they were. `changes` are some of
    what a dry run would do."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    changes: Sequence[RowChange] = ()


class Loader(Protocol):
    """Loads one file inside the caller's transaction: in its context `open`, `write` for each chunk, `settle`, `finish`."""

    def __enter__(self) -> "Loader": ...

    def __exit__(self, *error: Any) -> None: ...

    def open(self, unknown_columns: Sequence[str]) -> Sequence[ColumnRule]:
        """Makes the table ready and returns the rules for its columns, narrowed to what the table can hold.

        `unknown_columns` of the file become text columns of the table. Raises DestinationError.
        """

    def write(self, rows: pl.DataFrame, positions: pl.DataFrame) -> None:
        """Typed rows in the order of the rules, and where each stands (POSITIONS_SCHEMA)."""

    def settle(self) -> pl.DataFrame:
        """Takes out rows that break uniqueness or a lookup; returns why, as LATE_FINDINGS_SCHEMA."""

    def finish(self) -> LoadResult: ...
