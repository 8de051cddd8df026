"""CSV and its relatives, streamed: blocks of bytes become frames of text, one pass, memory bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.dialect import Grammar
from dataviz_pipelines.core.ingestion.reading.encoding import (
    Encoding,
    Utf8Stream,
    detect_encoding,
    pinned_encoding,
)
from dataviz_pipelines.core.ingestion.reading.frames import frame_of_cells, frame_of_records
from dataviz_pipelines.core.ingestion.reading.layout import Layout, find_layout
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.records import (
    Records,
    Shape,
    read_block,
)
from dataviz_pipelines.core.ingestion.reading.sampling import cut_sample, sample_rows
from dataviz_pipelines.core.ingestion.reading.sniffing import (
    Sniffed,
    detected_dialect,
    newline_of,
    sniff,
)
from dataviz_pipelines.core.ingestion.reading.streams import ByteStream
from dataviz_pipelines.core.ingestion.source import Chunk, Detected, Profile
from dataviz_pipelines.core.models.documents.uploads import MAX_COLUMNS, ReaderConfig


@dataclass(frozen=True)
class Understanding:
    """All that is known about a text before its records are read."""

    encoding: Encoding
    sniffed: Sniffed
    layout: Layout

    def detected(self, config: ReaderConfig) -> dict[str, Detected]:
        encoding = Detected(
            self.encoding.name, self.encoding.confidence, pinned=config.encoding is not None
        )
        return {
            "encoding": encoding,
            **detected_dialect(self.sniffed, config),
            **self.layout.detected(),
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        warning = self.encoding.warning
        return ((warning,) if warning else ()) + self.layout.warnings


class TextSource:
    native = False

    def __init__(
        self, stream: ByteStream, config: ReaderConfig, limits: Limits, expected: Sequence[str]
    ) -> None:
        self._stream = stream
        self._limits = limits
        raw = stream.read(limits.block_bytes)
        whole = len(raw) < limits.block_bytes
        encoding = (
            pinned_encoding(config.encoding, raw)
            if config.encoding
            else detect_encoding(raw, whole=whole)
        )
        self._text = Utf8Stream(stream, encoding, raw)
        self._head = self._text.read(limits.block_bytes)
        self.understanding = understand(
            stream.name, self._head, encoding, config, expected, whole=whole
        )
        layout = self.understanding.layout
        self._grammar = Grammar(self.understanding.sniffed.dialect)
        self._shape = Shape(
            self._grammar, len(layout.columns), limits, (config.comment or "").encode()
        )
        self._columns = layout.columns
        self.profile = Profile(
            file_format="csv",
            compression=stream.compression,
            columns=layout.columns,
            detected=self.understanding.detected(config),
            preamble=layout.preamble,
            warnings=self.understanding.warnings,
        )

    def chunks(self) -> Iterator[Chunk]:
        """Blocks of records; the last lines of a block wait for what comes behind them."""
        layout = self.understanding.layout
        line, pending = layout.data_line, self._head[layout.data_start :]
        self._head = b""
        seen = 0
        exact = not self._grammar.dialect.is_simple
        while True:
            more = self._text.read(self._limits.block_bytes)
            final = not more
            block, pending = self._cut(pending + more, final=final)
            if block:
                records = read_block(block, self._shape, first_line=line, final=final, exact=exact)
                yield self._chunk(records, line, self._stream.position - seen)
                seen = self._stream.position
                line += records.lines_consumed
                pending = block[records.consumed :] + pending
            if final:
                return

    def close(self) -> None:
        self._stream.close()

    def _cut(self, text: bytes, *, final: bool) -> tuple[bytes, bytes]:
        """Whole lines, and the rest."""
        newline = self._grammar.newline
        if final:
            return (text if not text or text.endswith(newline) else text + newline), b""
        cut = text.rfind(newline) + 1
        return text[:cut], text[cut:]

    def _chunk(self, records: Records, first_line: int, bytes_read: int) -> Chunk:
        at = records.record_lines()
        if self._grammar.dialect.is_simple:
            frame = frame_of_records(records, self._grammar, self._columns)
        else:
            cells = ([cell.decode() for cell in records.cells[line]] for line in at.tolist())
            frame = frame_of_cells(cells, self._columns)
        return Chunk(frame, pl.Series("line", at + first_line), tuple(records.rejected), bytes_read)


def understand(
    name: str,
    head: bytes,
    encoding: Encoding,
    config: ReaderConfig,
    expected: Sequence[str],
    *,
    whole: bool,
) -> Understanding:
    sample = cut_sample(head, whole=whole, newline=newline_of(head[:1_000_000]).encode())
    sniffed = sniff(sample, config, expected)
    rows = list(sample_rows(sample, Grammar(sniffed.dialect)))
    if all(row.is_blank for row in rows):
        raise UnreadableFileError(f"{name} holds no text.", remedy="Send the file again.")
    layout = find_layout(name, rows, config, expected)
    if len(layout.columns) > MAX_COLUMNS:
        raise UnreadableFileError(
            f"{name} has {len(layout.columns):,} columns; a table can have {MAX_COLUMNS:,}.",
            remedy="Split the table, or pin the delimiter in the template if it is wrong.",
        )
    return Understanding(encoding, sniffed, layout)
