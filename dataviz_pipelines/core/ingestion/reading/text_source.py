"""CSV and its relatives, streamed: blocks of bytes become frames of text, one pass, memory bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.blocks import Blocks
from dataviz_pipelines.core.ingestion.reading.dialect import Grammar
from dataviz_pipelines.core.ingestion.reading.encoding import (
    Encoding,
    Utf8Stream,
    check_is_text,
    detect_encoding,
    pinned_encoding,
)
from dataviz_pipelines.core.ingestion.reading.frames import (
    empty_frame,
    frame_of_cells,
    frame_of_records,
)
from dataviz_pipelines.core.ingestion.reading.layout import Layout, find_layout, table_width
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.records import (
    Shape,
    read_block,
)
from dataviz_pipelines.core.ingestion.reading.sampling import (
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    cut_sample,
    refitted,
    sample_rows,
)
from dataviz_pipelines.core.ingestion.reading.sniffing import (
    Sniffed,
    detected_dialect,
    newline_of,
    sniff,
)
from dataviz_pipelines.core.ingestion.reading.streams import ByteStream
from dataviz_pipelines.core.ingestion.source import Chunk, Detected, Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig


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
        self.header = layout.written_header
        self._held_back = config.footer_rows or 0
        self.profile = Profile(
            file_format="csv",
            compression=stream.compression,
            columns=layout.columns,
            detected=self.understanding.detected(config),
            preamble=layout.preamble,
            footer=layout.footer,
            warnings=self.understanding.warnings,
        )

    def chunks(self) -> Iterator[Chunk]:
        """Blocks of records; the last lines of a block wait for what comes behind them."""
        layout = self.understanding.layout
        blocks = Blocks(
            self._head[layout.data_start : layout.data_end],
            self._text,
            self._limits,
            newline=self._grammar.newline,
            first_line=layout.data_line,
            held_back=self._held_back,
        )
        self._head = b""
        seen = 0
        for block in blocks:
            if isinstance(block, RejectedRecord):
                chunk = self._chunk_of_nothing(block)
            else:
                chunk = self._chunk(block, blocks)
            yield replace(chunk, bytes_read=self._stream.position - seen)
            seen = self._stream.position

    def close(self) -> None:
        self._stream.close()

    def _chunk(self, block: bytes, blocks: Blocks) -> Chunk:
        first_line = blocks.line
        exact = not self._grammar.dialect.is_simple
        records = read_block(
            block, self._shape, first_line=first_line, final=blocks.final, exact=exact
        )
        blocks.settle(records.consumed, records.lines_consumed)
        at = records.record_lines()
        if exact:
            cells = ([cell.decode() for cell in records.cells[line]] for line in at.tolist())
            frame = frame_of_cells(cells, self._columns)
        else:
            frame = frame_of_records(records, self._grammar, self._columns)
        return Chunk(frame, pl.Series("line", at + first_line), tuple(records.rejected))

    def _chunk_of_nothing(self, rejected: RejectedRecord) -> Chunk:
        return Chunk(empty_frame(self._columns), pl.Series("line", [], pl.Int64), (rejected,))


def understand(
    name: str,
    head: bytes,
    encoding: Encoding,
    config: ReaderConfig,
    expected: Sequence[str],
    *,
    whole: bool,
) -> Understanding:
    check_is_text(name, head[:SAMPLE_BYTES])
    newline = newline_of(head[:SAMPLE_BYTES])
    sample = cut_sample(head, whole=whole, newline=newline.encode())
    sniffed = sniff(sample, config, expected, newline=newline)
    grammar = Grammar(sniffed.dialect)
    rows = list(sample_rows(sample, grammar))
    rows = refitted(rows, sample, grammar, table_width(rows))
    if all(row.is_blank for row in rows):
        raise UnreadableFileError(f"{name} holds no text.", remedy="Send the file again.")
    layout = find_layout(
        name,
        rows,
        config,
        expected,
        whole=whole and len(sample) >= len(head) and len(rows) < SAMPLE_ROWS,
    )
    return Understanding(encoding, sniffed, layout)
