"""What the engine asks of a database that rows are loaded into. One module per database keeps its SQL and its driver."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import polars as pl
from sqlalchemy import Connection

from dataviz_pipelines.core.errors import ConflictError
from dataviz_pipelines.core.models.documents.outcomes import RowChange, UploadDetails
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, TemplateDocument
from dataviz_pipelines.core.network import NetworkGuard

if TYPE_CHECKING:
    from dataviz_pipelines.core.sources.connecting import Source

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
    what a dry run would do, `warnings` are for whoever sent the file."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    changes: Sequence[RowChange] = ()
    warnings: Sequence[str] = ()


class Loader(Protocol):
    """Loads one file inside a transaction of its destination: in its context `open`, `write` for each chunk, `settle`, `finish`."""

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


@dataclass(frozen=True)
class Load:
    """One load, as its destination needs to know it. `platform` is the connection on which the upload is recorded; `source`
    is the template's, opened anew for this load, and None when the platform's own database is the destination."""

    platform: Connection
    document: TemplateDocument
    template_id: UUID
    upload_id: UUID
    source: "Source | None" = None
    guard: NetworkGuard | None = None
    sampling: bool = False


@dataclass(frozen=True)
class Mark:
    """What another database keeps of a load, committed there with its rows: enough to record the upload's success when
    the process dies before it has. One upload has one mark, and so has one content of a template."""

    upload_id: UUID
    template_id: UUID
    file_hash: str
    accepted: int
    rejected: int
    details: UploadDetails


class ContentMarkedError(ConflictError):
    """Another upload has committed the same content there; what the caller was about to commit is rolled back."""

    def __init__(self, upload_id: UUID) -> None:
        super().__init__(f"Upload {upload_id} has loaded the same content.")
        self.upload_id = upload_id


class Marks(Protocol):
    """How a database that is not the platform's takes part in loading exactly once: docs/decisions/0016."""

    def own(self) -> Mark | None:
        """The mark of this upload, once whoever was loading it before has ended. Raises LoadRaceError until then."""

    def commit(self, mark: Mark) -> None:
        """The rows, with the mark. Raises ContentMarkedError; after an UnavailableError only `own` can tell."""

    def find(self, upload_id: UUID) -> Mark | None:
        """Another upload's."""

    def forget(self, upload_id: UUID) -> None:
        """For an upload whose rows are gone."""

    def undo(self, schema: str, table: str, *, column: str) -> int:
        """Takes the rows that bear the upload's id in `column` out again, with its mark, and commits; returns how many they
        were. Raises DestinationError."""


class Destination(Protocol):
    """Where one load goes, from before the file is read until the upload is on record. What is not committed when its
    context is left is rolled back."""

    @property
    def marks(self) -> Marks | None:
        """None: rows commit with the upload's record, by the caller, on `Load.platform`."""

    def loading(self) -> AbstractContextManager[Loader]:
        """Errors of the database that come out of it are facts about the load."""

    def column_type(self, rule: ColumnRule) -> str:
        """What a column made from a template is there."""
