"""What every reader gives: a source that describes itself and yields its records in chunks of text columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from dataviz_pipelines.core.models.documents.uploads import FileFormat

TEMPLATE_FORMATS = {
    "csv": FileFormat.CSV,
    "xlsx": FileFormat.EXCEL,
    "xls": FileFormat.EXCEL,
    "json": FileFormat.JSON,
}
"""The format that a template names for each that a profile does."""


@dataclass(frozen=True)
class RejectedRecord:
    """A record that could not be read into the source's columns. `cells` is as much of it as was understood."""

    line: int
    rule: str
    message: str
    cells: tuple[str, ...]
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Chunk:
    """Consecutive records. `frame` has one String column per column of the source, in its order: an empty cell of a text
    file is "", an absent value of a workbook or a JSON document is null. `lines` (Int64, as long as the frame) is where
    each record begins, counted from 1: a line of a text file, a row of a sheet, a line of a JSON document."""

    frame: pl.DataFrame
    lines: pl.Series
    rejected: tuple[RejectedRecord, ...] = ()
    bytes_read: int = 0


@dataclass(frozen=True)
class Detected:
    """One thing the reader found out by itself, or was told (`confidence` 1.0, `pinned`)."""

    value: str | int | None
    confidence: float
    pinned: bool = False


@dataclass(frozen=True)
class Profile:
    """What the reader understood of a file, for people and for `dataviz inspect`."""

    file_format: str
    compression: str | None
    columns: tuple[str, ...]
    detected: dict[str, Detected] = field(
        default_factory=dict
    )  # encoding, delimiter, quote, header_row, sheet, …
    preamble: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Source(Protocol):
    """An open file. `native` says that numbers and dates come from typed cells and are written canonically
    (plain decimal numbers, ISO 8601), whatever formats the template names for text."""

    profile: Profile
    native: bool

    def chunks(self) -> Iterator[Chunk]:
        """Every record once, in the file's order. Raises UnreadableFileError when the rest cannot be read at all."""

    def close(self) -> None: ...
