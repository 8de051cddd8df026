"""Turns the physical lines of a block into records and rejects.

A line that is not a record on its own either begins a well-formed record over several lines, or is rejected alone: a
stray quote must never swallow the lines behind it.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from dataviz_pipelines.core.ingestion.reading.dialect import Grammar, Problem, Scan
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.lines import (
    BAD_ENCODING,
    BLANK,
    CLEAN,
    DIRTY,
    HAS_NUL,
    TOO_LONG,
    Flags,
    Lines,
    Positions,
    mark_comments,
    mark_too_long,
    periodic_lines,
    simple_lines,
    unjudged_lines,
)
from dataviz_pipelines.core.ingestion.source import RejectedRecord

SHOWN_BYTES = 1_000  # how much of a line that cannot be read is kept

BYTE_RULES = {
    HAS_NUL: ("nul_byte", "The line holds a NUL byte. Export the file again as plain text."),
    BAD_ENCODING: (
        "invalid_encoding",
        "The line is not valid in the file's encoding. Pin the right one as `encoding` in the template.",
    ),
    TOO_LONG: ("line_too_long", "The line is longer than a record may be."),
}
PROBLEM_MESSAGES = {
    Problem.STRAY_QUOTE: "A quote stands inside a cell. Double it and quote the whole cell.",
    Problem.STRAY_CARRIAGE_RETURN: "A carriage return stands in the middle of the line. Quote the cell, or end the line.",
    Problem.UNTERMINATED_QUOTE: "A quote is opened and never closed.",
}


@dataclass(frozen=True)
class Shape:
    """What every record of a file must be."""

    grammar: Grammar
    width: int
    limits: Limits
    comment: bytes = b""


@dataclass
class Records:
    """The records of one block. `consumed` bytes and `lines_consumed` lines are settled; the rest must come again, with
    more of the file behind it."""

    block: bytes
    lines: Lines
    is_record: Flags  # per line: a record begins here
    is_kept: Flags  # per line: its bytes belong to a record
    rejected: list[RejectedRecord] = field(default_factory=list)
    cells: dict[int, list[bytes]] = field(default_factory=dict)  # of scanned records, by line
    lines_consumed: int = 0

    @property
    def consumed(self) -> int:
        return int(self.lines.ends[self.lines_consumed - 1]) if self.lines_consumed else 0

    def record_lines(self) -> Positions:
        return np.flatnonzero(self.is_record[: self.lines_consumed])

    def kept_bytes(self) -> bytes:
        """The records' text without everything else."""
        kept = self.is_kept[: self.lines_consumed]
        if kept.all():
            return self.block if self.consumed == len(self.block) else self.block[: self.consumed]
        edges = np.flatnonzero(np.diff(np.concatenate(([False], kept, [False])).astype(np.int8)))
        starts, ends = self.lines.starts[edges[::2]], self.lines.ends[edges[1::2] - 1]
        view = memoryview(self.block)
        return b"".join(view[start:end] for start, end in zip(starts, ends, strict=True))


def read_block(
    block: bytes, shape: Shape, *, first_line: int, final: bool, exact: bool = False
) -> Records:
    """Records of `block`, which ends with a line end. `exact` scans every line, as a dialect that is not simple needs."""
    lines = _judge(block, shape, exact)
    clean = lines.kinds == CLEAN
    records = Records(block, lines, clean, clean.copy(), lines_consumed=lines.starts.size)
    if not lines.all_clean:
        _Settling(records, shape, first_line=first_line, final=final, exact=exact).run()
    return records


def rejected_line(line: int, kind: int, text: bytes) -> RejectedRecord:
    rule, message = BYTE_RULES[kind]
    return RejectedRecord(line, rule, message, (_text(text[:SHOWN_BYTES]).rstrip("\r\n"),))


def _judge(block: bytes, shape: Shape, exact: bool) -> Lines:
    lines = None if exact or shape.comment else periodic_lines(block, shape.grammar, shape.width)
    if lines is None:
        lines = (
            unjudged_lines(block, shape.grammar)
            if exact
            else simple_lines(block, shape.grammar, shape.width)
        )
    if shape.comment:
        mark_comments(lines, block, shape.comment)
    mark_too_long(lines, shape.limits.max_record_bytes)
    return lines


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "\N{SYMBOL FOR NULL}")


@dataclass
class _Settling:
    """Goes through the lines that are not clean, in order."""

    records: Records
    shape: Shape
    first_line: int
    final: bool
    exact: bool

    def run(self) -> None:
        kinds = self.records.lines.kinds
        settled = 0
        for line in np.flatnonzero((kinds != CLEAN) & (kinds != BLANK)).tolist():
            if line < settled:
                continue
            if kinds[line] != DIRTY:
                self._reject_bytes(line)
                settled = line + 1
                continue
            after = self._settle(line)
            if after is None:
                self.records.lines_consumed = line
                return
            settled = after

    def _settle(self, line: int) -> int | None:
        """The next line to look at; None when only more of the file can tell."""
        lines, block = self.records.lines, self.records.block
        start = int(lines.starts[line])
        end = min(len(block), start + self.shape.limits.max_lookahead_bytes)
        end = max(end, int(lines.ends[line]))
        scan = self.shape.grammar.scan(block, start, end)
        if scan.problem is Problem.UNTERMINATED_QUOTE and end == len(block) and not self.final:
            return None
        if scan.problem is not None:
            self._reject_first_line(line)
            return line + 1
        after = int(np.searchsorted(lines.starts, scan.end))
        if len(scan.cells) == self.shape.width and not self._odd_bytes(line, after):
            self._accept(line, after, scan)
            return after
        return self._reject_whole(line, after, scan)

    def _accept(self, line: int, after: int, scan: Scan) -> None:
        self.records.is_record[line:after] = False
        self.records.is_record[line] = True
        self.records.is_kept[line:after] = True
        if self.exact:
            self.records.cells[line] = scan.cells

    def _reject_whole(self, line: int, after: int, scan: Scan) -> int:
        """Rejects lines `line` to `after` as one record; but only the first when one of the others is a record on its own:
        then it was the quote that was wrong."""
        if any(self._stands_alone(other) for other in range(line + 1, after)):
            self._reject_first_line(line)
            return line + 1
        self.records.is_record[line:after] = False
        self.records.is_kept[line:after] = False
        odd = self._odd_bytes(line, after)
        if odd:
            text = self.records.block[self._start(line) : scan.end]
            self.records.rejected.append(rejected_line(self.first_line + line, odd[0], text))
        else:
            self._reject_width(line, scan)
        return after

    def _reject_width(self, line: int, scan: Scan) -> None:
        got, width = len(scan.cells), self.shape.width
        rule = "too_few_fields" if got < width else "too_many_fields"
        message = f"The record has {got} fields; the header has {width}."
        self._reject(line, rule, message, self._cells_of_width(line, scan))

    def _cells_of_width(self, line: int, scan: Scan) -> list[bytes]:
        """Those of a record in one line that has the right width with another delimiter; else as they were scanned."""
        start, end = self._start(line), int(self.records.lines.ends[line])
        if scan.end != end:
            return scan.cells
        text = self.records.block[start:end]
        return self.shape.grammar.split_otherwise(text, self.shape.width) or scan.cells

    def _reject_first_line(self, line: int) -> None:
        text = self.records.block[self._start(line) : int(self.records.lines.ends[line])]
        scan = self.shape.grammar.scan(text, 0, len(text))
        problem = scan.problem or Problem.UNTERMINATED_QUOTE
        cells = self.shape.grammar.split_tolerantly(text, self.shape.width)
        self._reject(line, problem.value, PROBLEM_MESSAGES[problem], cells)

    def _reject_bytes(self, line: int) -> None:
        text = self.records.block[self._start(line) : int(self.records.lines.ends[line])]
        kind = int(self.records.lines.kinds[line])
        record = rejected_line(self.first_line + line, kind, text)
        if kind != TOO_LONG:
            cells = self.shape.grammar.split_tolerantly(text, self.shape.width)
            record = replace(record, cells=tuple(_text(cell) for cell in cells))
        self.records.rejected.append(record)

    def _reject(self, line: int, rule: str, message: str, cells: list[bytes]) -> None:
        texts = tuple(_text(cell) for cell in cells)
        self.records.rejected.append(RejectedRecord(self.first_line + line, rule, message, texts))

    def _start(self, line: int) -> int:
        return int(self.records.lines.starts[line])

    def _odd_bytes(self, line: int, after: int) -> list[int]:
        kinds = self.records.lines.kinds[line:after]
        return [int(kind) for kind in kinds[kinds > DIRTY]]

    def _stands_alone(self, line: int) -> bool:
        if not self.exact:
            return bool(self.records.lines.kinds[line] == CLEAN)
        if self.records.lines.kinds[line] != DIRTY:
            return False
        scan = self.shape.grammar.scan(
            self.records.block, self._start(line), int(self.records.lines.ends[line])
        )
        return scan.problem is None and len(scan.cells) == self.shape.width
