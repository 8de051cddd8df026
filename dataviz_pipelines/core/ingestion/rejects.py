"""Rejected rows: a complete file in the layout of the source, the first of them for the database, and the reasons counted.

The file can be opened in a spreadsheet, corrected and sent again: reasons come first, then the row as it stood.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import polars as pl

from dataviz_pipelines.core.ingestion.errors import NoRoomError
from dataviz_pipelines.core.ingestion.source import Chunk, RejectedRecord
from dataviz_pipelines.core.models.documents.outcomes import ReasonCount, RowError
from dataviz_pipelines.core.spreadsheets import neutralised

KEPT_ROWS = 1_000  # rows kept in the database; the file has them all
TOP_REASONS = 10
REASON_COLUMNS = ("reject_line", "reject_column", "reject_rule", "reject_value", "reject_message")
SURPLUS_COLUMN = "reject_surplus"  # what stood after the last column of a row that was too long


def is_reject_file(columns: Sequence[str]) -> bool:
    """Whether a file is one of ours that somebody sends again."""
    return set(REASON_COLUMNS) <= set(columns)


@dataclass(frozen=True)
class KeptReject:
    line: int
    errors: tuple[RowError, ...]
    raw: tuple[str | None, ...]


@dataclass
class RejectLog:
    """Collects the rejects of one file. The file at `path` appears when `finish` is called, and only if there are any."""

    path: Path
    columns: Sequence[str]
    rejected: int = 0
    reasons: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    kept: list[KeptReject] = field(default_factory=list)
    _file: IO[bytes] | None = None

    def __enter__(self) -> "RejectLog":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """A load that breaks leaves no reject file behind."""
        if kind is not None:
            self.abandon()

    def add_rows(self, chunk: Chunk, findings: pl.DataFrame) -> None:
        """`findings` by the row of the chunk, as in FINDINGS_SCHEMA."""
        if findings.is_empty():
            return
        findings = findings.sort("row", maintain_order=True)
        by_row = findings.group_by("row", maintain_order=True).agg(
            pl.col("column", "rule", "value").fill_null("").str.join("; "),
            _message().str.join("; ").alias("message"),
        )
        rows = by_row["row"]
        raw = chunk.frame[rows]
        self._count(findings, rows.len())
        self._keep(findings, rows, chunk, raw)
        reasons = by_row.select(
            chunk.lines.gather(rows).alias("line"), "column", "rule", "value", "message"
        )
        surplus = pl.Series(SURPLUS_COLUMN, [""], dtype=pl.String).new_from_index(0, rows.len())
        self._write(_side_by_side([*reasons.iter_columns(), *raw.iter_columns(), surplus]))

    def add_records(self, records: Sequence[RejectedRecord]) -> None:
        """Records that the reader could not fit into the columns."""
        if not records:
            return
        self.rejected += len(records)
        self.reasons.update((record.column, record.rule) for record in records)
        for record in records[: KEPT_ROWS - len(self.kept)]:
            error = RowError(
                column=record.column, rule=record.rule, value=record.value, message=record.message
            )
            self.kept.append(KeptReject(record.line, (error,), record.cells))
        self._write(_record_frame(records, len(self.columns)))

    def top_reasons(self) -> list[ReasonCount]:
        return [
            ReasonCount(column=column, rule=rule, count=count)
            for (column, rule), count in self.reasons.most_common(TOP_REASONS)
        ]

    def finish(self) -> Path | None:
        """Puts the complete file in its place. None: nothing was rejected, and an earlier attempt's file is gone."""
        if self._file is None:
            self.path.unlink(missing_ok=True)
            return None
        with _told_as_no_room(self.path):
            self._file.close()
            self._partial.replace(self.path)
        return self.path

    def abandon(self) -> None:
        with suppress(OSError):  # its folder may be what could not be made
            self._partial.unlink(missing_ok=True)
        if self._file is not None:
            with suppress(OSError):  # what could not be written is thrown away anyhow
                self._file.close()

    @property
    def _partial(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    def _count(self, findings: pl.DataFrame, rows: int) -> None:
        self.rejected += rows
        for column, rule, count in findings.group_by("column", "rule").len().iter_rows():
            self.reasons[column, rule] += count

    def _keep(
        self, findings: pl.DataFrame, rows: pl.Series, chunk: Chunk, raw: pl.DataFrame
    ) -> None:
        wanted = KEPT_ROWS - len(self.kept)
        if wanted <= 0:
            return
        errors: dict[int, list[RowError]] = {row: [] for row in rows.head(wanted)}
        for row, column, rule, value, message in findings.iter_rows():
            if row in errors:
                errors[row].append(RowError(column=column, rule=rule, value=value, message=message))
        for position, (row, found) in enumerate(errors.items()):
            self.kept.append(KeptReject(chunk.lines[row], tuple(found), raw.row(position)))

    def _write(self, frame: pl.DataFrame) -> None:
        with _told_as_no_room(self.path):
            file = self._opened()
            neutralised(frame).write_csv(file, include_header=False)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._partial.open("wb")
            header = [*REASON_COLUMNS, *self.columns, SURPLUS_COLUMN]
            schema = {f"{index}": pl.String() for index in range(len(header))}
            titles = neutralised(pl.DataFrame([header], schema=schema, orient="row"))
            titles.write_csv(self._file, include_header=False, include_bom=True)
        return self._file


@contextmanager
def _told_as_no_room(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoomError(
            f"The rejected rows cannot be written to {path.name}: {error.strerror or error}.",
            remedy="Make room on the disk that holds the rejects, and load the file again.",
        ) from error


def _message() -> pl.Expr:
    """A message names its column when a row has several."""
    named = pl.concat_str(pl.col("column"), pl.lit(" "), pl.col("message"))
    return pl.when(pl.col("column").is_null()).then(pl.col("message")).otherwise(named)


def _record_frame(records: Sequence[RejectedRecord], width: int) -> pl.DataFrame:
    rows = [
        [
            record.line,
            record.column or "",
            record.rule,
            record.value or "",
            record.message,
            *record.cells[:width],
            *[""] * (width - len(record.cells)),
            "; ".join(record.cells[width:]),
        ]
        for record in records
    ]
    schema: dict[str, pl.DataType] = {
        f"{i}": pl.String() for i in range(width + len(REASON_COLUMNS) + 1)
    }
    schema["0"] = pl.Int64()
    return pl.DataFrame(rows, schema=schema, orient="row")


def _side_by_side(columns: Sequence[pl.Series]) -> pl.DataFrame:
    """Columns under names of their own: a source may well have a column called `line`."""
    return pl.DataFrame([column.alias(f"{index}") for index, column in enumerate(columns)])
