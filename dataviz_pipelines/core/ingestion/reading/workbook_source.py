"""XLSX and XLS: calamine reads the cells, openpyxl where calamine cannot."""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO, cast

import polars as pl

from dataviz_pipelines.core.collecting import without_collecting
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.frames import empty_frame
from dataviz_pipelines.core.ingestion.reading.layout import Layout, find_layout
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.sampling import SampleRow
from dataviz_pipelines.core.ingestion.reading.streams import ByteStream
from dataviz_pipelines.core.ingestion.reading.workbook_cells import text_column, texts
from dataviz_pipelines.core.ingestion.reading.workbook_sheets import Row, Sheet, Workbook
from dataviz_pipelines.core.ingestion.source import Chunk, Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

CHUNK_ROWS = 20_000
SAMPLE_ROWS = 500
TABLE_SHARE = 0.6  # of the usual number of filled cells that a table's first row must have
COPY_BYTES = 1024 * 1024


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
            sheet = Workbook(stream.name, file_format, self._file, limits).sheet(config)
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
        self._layout = find_layout(
            name,
            table_rows([(number, texts(cells)) for number, cells in sample]),
            config,
            expected,
            whole=False,
        )
        self._rows = chain(sample, sheet.rows)

    def chunks(self) -> Iterator[Chunk]:
        """Rows from the sheet, which calamine has in memory already."""
        first = self._layout.data_line
        rows = (row for row in self._rows if row[0] >= first and not self._is_blank(row))
        size = self._stream.size
        while chunk := self._next(rows, size):
            yield chunk
            size = 0  # the whole file was read before the first chunk

    def close(self) -> None:
        self._file.close()
        self._stream.close()

    def _next(self, rows: Iterator[Row], bytes_read: int) -> Chunk | None:
        with without_collecting():
            batch = list(islice(rows, CHUNK_ROWS))
            return self._chunk(batch, bytes_read) if batch else None

    def _is_blank(self, row: Row) -> bool:
        number, cells = row
        return cells == [""] * len(cells) and number not in self._sheet.errors

    def _chunk(self, batch: list[Row], bytes_read: int) -> Chunk:
        columns = self._layout.columns
        good: list[list[Any]] = []
        lines: list[int] = []
        rejected: list[RejectedRecord] = []
        for number, cells in batch:
            fitted = fit(cells, len(columns))
            bad = self._rejected(number, fitted)
            if bad is None:
                good.append(fitted)
                lines.append(number)
            else:
                rejected.append(bad)
        frame = empty_frame(columns)
        if good:
            values = zip(*good, strict=True)
            frame = pl.DataFrame(list(map(text_column, columns, values)))
        return Chunk(frame, pl.Series("line", lines, pl.Int64), tuple(rejected), bytes_read)

    def _rejected(self, number: int, cells: list[Any]) -> RejectedRecord | None:
        width = len(self._layout.columns)
        if len(cells) == width and number not in self._sheet.errors:
            return None
        shown = [text or "" for text in texts(cells)]
        if len(cells) > width:
            message = f"The row has a value beyond the header's {width} columns."
            return RejectedRecord(number, "too_many_fields", message, tuple(shown))
        errors = {at: text for at, text in self._sheet.errors[number].items() if at < width}
        if not errors:
            return None
        for at, text in errors.items():
            shown[at] = text
        at, text = min(errors.items())
        message = f"The cell holds the error {text}. Correct its formula."
        column = self._layout.columns[at]
        return RejectedRecord(number, "cell_error", message, tuple(shown), column, text)


def fit(cells: list[Any], width: int) -> list[Any]:
    """Rows end where their last filled cell may be; only what is filled beyond `width` is kept."""
    if len(cells) == width:
        return cells
    beyond = cells[width:]
    return cells if beyond != [""] * len(beyond) else cells[:width] + [""] * (width - len(cells))


def table_rows(sample: Sequence[tuple[int, list[str | None]]]) -> list[SampleRow]:
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
