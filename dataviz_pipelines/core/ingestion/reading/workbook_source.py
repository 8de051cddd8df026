"""XLSX and XLS: calamine reads the cells, openpyxl where calamine cannot."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO, cast

import polars as pl
from openpyxl import load_workbook
from python_calamine import CalamineError, CalamineWorkbook

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.frames import frame_of_cells
from dataviz_pipelines.core.ingestion.reading.layout import Layout, find_layout
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.sampling import SampleRow
from dataviz_pipelines.core.ingestion.reading.streams import ByteStream
from dataviz_pipelines.core.ingestion.reading.workbook_cells import row_texts
from dataviz_pipelines.core.ingestion.reading.workbook_errors import (
    ErrorCells,
    UnplacedErrorsError,
    error_cells,
    sheet_part,
)
from dataviz_pipelines.core.ingestion.reading.workbook_guard import (
    NEAR_COLUMNS,
    NEAR_ROWS,
    WorkbookFacts,
    check_old_workbook,
    check_workbook,
)
from dataviz_pipelines.core.ingestion.source import Chunk, Detected, Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

CHUNK_ROWS = 20_000
SAMPLE_ROWS = 500
TABLE_SHARE = 0.6  # of the usual number of filled cells that a table's first row must have
COPY_BYTES = 1024 * 1024

Row = tuple[int, list[str | None]]  # row number from 1, cells from the sheet's first used column


@dataclass(frozen=True)
class Sheet:
    """A sheet that was chosen. `errors` are its error cells, columns counted as in the rows."""

    name: str
    chosen: Detected
    rows: Iterator[Row]
    errors: ErrorCells
    warnings: tuple[str, ...] = ()


class WorkbookSource:
    native = True

    def __init__(
        self,
        stream: ByteStream,
        file_format: str,
        config: ReaderConfig,
        limits: Limits,
        expected: Sequence[str],
    ) -> None:
        self._stream = stream
        self._file = _unpacked(stream, limits)
        try:
            sheet = _Workbook(stream.name, file_format, self._file, limits).sheet(config)
            self._begin(sheet, config, expected)
        except BaseException:
            self._file.close()
            raise
        self.header = self._layout.written_header
        self.profile = _profile(file_format, stream.compression, sheet, self._layout)

    def _begin(self, sheet: Sheet, config: ReaderConfig, expected: Sequence[str]) -> None:
        name = self._stream.name
        sample = list(islice(sheet.rows, SAMPLE_ROWS))
        if not sample:
            raise UnreadableFileError(
                f"{name}: the sheet {sheet.name!r} is empty.",
                remedy="Name another sheet in reader_config.sheet.",
            )
        self._sheet = sheet
        self._layout = find_layout(name, table_rows(sample), config, expected, whole=False)
        self._rows = chain(sample, sheet.rows)

    def chunks(self) -> Iterator[Chunk]:
        """Rows from the sheet, which calamine has in memory already."""
        first = self._layout.data_line
        rows = (row for row in self._rows if row[0] >= first and any(cell for cell in row[1]))
        size = self._stream.size
        while batch := list(islice(rows, CHUNK_ROWS)):
            yield self._chunk(batch, size)
            size = 0  # the whole file was read before the first chunk

    def close(self) -> None:
        self._file.close()
        self._stream.close()

    def _chunk(self, batch: list[Row], bytes_read: int) -> Chunk:
        width = len(self._layout.columns)
        good: list[Row] = []
        rejected: list[RejectedRecord] = []
        for number, cells in batch:
            if number in self._sheet.errors or len(cells) != width:
                cells = (
                    cells[:width] + [None] * (width - len(cells))
                    if not any(cells[width:])
                    else cells
                )
                bad = self._rejected(number, cells)
                if bad is not None:
                    rejected.append(bad)
                    continue
            good.append((number, cells))
        frame = frame_of_cells([cells for _, cells in good], self._layout.columns)
        lines = pl.Series("line", [number for number, _ in good], pl.Int64)
        return Chunk(frame, lines, tuple(rejected), bytes_read)

    def _rejected(self, number: int, cells: list[str | None]) -> RejectedRecord | None:
        width = len(self._layout.columns)
        texts = [cell or "" for cell in cells]
        if len(cells) > width:
            message = f"The row has a value beyond the header's {width} columns."
            return RejectedRecord(number, "too_many_fields", message, tuple(texts))
        errors = {at: text for at, text in self._sheet.errors.get(number, {}).items() if at < width}
        if not errors:
            return None
        for at, text in errors.items():
            texts[at] = text
        at, text = min(errors.items())
        column = self._layout.columns[at]
        message = f"The cell holds the error {text}. Correct its formula."
        return RejectedRecord(number, "cell_error", message, tuple(texts), column, text)


class _Workbook:
    """An opened workbook: picks a sheet and its reader."""

    def __init__(self, name: str, file_format: str, file: BinaryIO, limits: Limits) -> None:
        self._name = name
        self._file = file
        self._limits = limits
        self._facts: WorkbookFacts | None = None
        if file_format == "xlsx":
            self._facts = check_workbook(name, file, limits)
        else:
            check_old_workbook(name, file)

    def sheet(self, config: ReaderConfig) -> Sheet:
        for facts in self._facts.parts.values() if self._facts else ():
            if max(facts.rows, 1) * facts.columns > max(
                self._limits.max_cells, NEAR_ROWS * NEAR_COLUMNS
            ):
                raise self._too_large()
        try:
            return self._fast(CalamineWorkbook.from_object(self._file), config)
        except UnplacedErrorsError:
            return self._slow(config)
        except CalamineError as error:
            raise UnreadableFileError(
                f"{self._name} cannot be read as a workbook: {error}.",
                remedy="Remove its password if it has one, and save it again as XLSX.",
            ) from error

    def _fast(self, workbook: CalamineWorkbook, config: ReaderConfig) -> Sheet:
        names = workbook.sheet_names
        self._check_sheets(names)
        chosen = self._choose(
            names, config, lambda name: bool(workbook.get_sheet_by_name(name).height)
        )
        name = cast(str, chosen.value)
        found = workbook.get_sheet_by_name(name)
        if found.total_height * found.total_width > self._limits.max_cells:
            raise self._too_large()
        offset = found.start[1] if found.start else 0
        rows = ((number, row_texts(row)) for number, row in enumerate(found.iter_rows(), start=1))
        errors = self._errors(name, offset)
        return Sheet(
            name, chosen, rows, errors, self._warnings(names, name, found.merged_cell_ranges)
        )

    def _slow(self, config: ReaderConfig) -> Sheet:
        """openpyxl, cell by cell, which knows the type of each."""
        self._file.seek(0)
        workbook = load_workbook(self._file, read_only=True, data_only=True)
        names = [sheet.title for sheet in workbook.worksheets]
        chosen = self._choose(
            names, config, lambda name: any(True for _ in workbook[name].iter_rows(max_row=1))
        )
        sheet = workbook[cast(str, chosen.value)]
        errors: ErrorCells = {}

        def rows() -> Iterator[Row]:
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                values: list[Any] = [cell.value for cell in cells]
                for at, cell in enumerate(cells):
                    if cell.data_type == "e":
                        errors.setdefault(number, {})[at] = str(cell.value)
                        values[at] = None
                yield number, row_texts(values)

        return Sheet(sheet.title, chosen, rows(), errors, self._warnings(names, sheet.title, None))

    def _errors(self, sheet: str, offset: int) -> ErrorCells:
        if self._facts is None or not any(part.has_errors for part in self._facts.parts.values()):
            return {}
        found = error_cells(self._file, sheet_part(self._file, sheet), self._facts)
        return {
            row: {column - offset: text for column, text in cells.items()}
            for row, cells in found.items()
        }

    def _check_sheets(self, names: Sequence[str]) -> None:
        if len(names) > self._limits.max_sheets:
            raise UnreadableFileError(
                f"{self._name} has {len(names):,} sheets; at most {self._limits.max_sheets:,} are read."
            )

    def _choose(self, names: Sequence[str], config: ReaderConfig, filled: Any) -> Detected:
        wanted = config.sheet
        if wanted is None:
            name = next((name for name in names if filled(name)), None)
            if name is None:
                raise UnreadableFileError(f"{self._name} has no sheet with anything in it.")
            return Detected(name, 1.0 if len(names) == 1 else 0.8)
        if isinstance(wanted, int) and 1 <= wanted <= len(names):
            return Detected(names[wanted - 1], 1.0, pinned=True)
        if wanted in names:
            return Detected(wanted, 1.0, pinned=True)
        raise UnreadableFileError(
            f"{self._name} has no sheet {wanted!r}; it has {', '.join(names)}.",
            remedy="Correct reader_config.sheet.",
        )

    def _warnings(self, names: Sequence[str], chosen: str, merged: object) -> tuple[str, ...]:
        warnings = []
        others = [name for name in names if name != chosen]
        if others:
            warnings.append(f"Only the sheet {chosen!r} is read; others: {', '.join(others[:20])}.")
        if merged:
            warnings.append(
                "The sheet has merged cells: only the first cell of each has the value."
            )
        if self._facts is None:
            warnings.append("Error cells such as #N/A of an XLS file are read as empty cells.")
        return tuple(warnings)

    def _too_large(self) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self._name} spreads over more than {self._limits.max_cells:,} cells.",
            remedy="Delete what stands far outside the table, or send it as CSV.",
        )


def table_rows(sample: Sequence[Row]) -> list[SampleRow]:
    """Rows of a sheet as detection wants them: a sheet is rectangular, so rows above the table are told by how few of
    their cells are filled."""
    filled = sorted(
        count for _, cells in sample if (count := sum(cell is not None for cell in cells))
    )
    usual = filled[len(filled) // 2] if filled else 0
    width = max((_used(cells) for _, cells in sample), default=0)
    rows: list[SampleRow] = []
    in_table = False
    for number, cells in sample:
        in_table = in_table or sum(cell is not None for cell in cells) >= max(
            1, TABLE_SHARE * usual
        )
        cut = cells[:width] if in_table else cells[: _used(cells)]
        texts = tuple(cell or "" for cell in cut)
        rows.append(SampleRow(number, number, number + 1, number + 1, texts))
    return rows


def _used(cells: Sequence[str | None]) -> int:
    return max((at for at, cell in enumerate(cells, start=1) if cell is not None), default=0)


def _unpacked(stream: ByteStream, limits: Limits) -> BinaryIO:
    """The workbook as a file of its own, which its readers can move about in."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the source
    size = 0
    while part := stream.read(COPY_BYTES):
        size += file.write(part)
        if size > limits.max_workbook_bytes:
            file.close()
            raise UnreadableFileError(
                f"{stream.name} has more than {limits.max_workbook_bytes:,} bytes.",
                remedy="Split the workbook, or send it as CSV.",
            )
    file.seek(0)
    return cast(BinaryIO, file)


def _profile(file_format: str, compression: str | None, sheet: Sheet, layout: Layout) -> Profile:
    return Profile(
        file_format=file_format,
        compression=compression,
        columns=layout.columns,
        detected={"sheet": sheet.chosen, **layout.detected()},
        preamble=layout.preamble,
        warnings=sheet.warnings + layout.warnings,
    )
