"""Looks at a whole block of physical lines at once and says which are records on their own.

This is the only place where speed matters more than brevity: everything works on arrays, in a handful of passes over
the bytes. A block must end with a line end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataviz_pipelines.core.ingestion.reading.dialect import Grammar

Bytes = NDArray[np.uint8]
Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]

LF, CR, NUL = 10, 13, 0

# what a physical line is
CLEAN, BLANK, DIRTY, HAS_NUL, BAD_ENCODING, TOO_LONG = range(6)


@dataclass(frozen=True)
class Lines:
    """`starts[i]` to `ends[i]` is line i with its line end; `kinds` says what each is."""

    starts: Positions
    ends: Positions
    kinds: NDArray[np.int8]

    @property
    def all_clean(self) -> bool:
        return not self.kinds.any()


def periodic_lines(block: bytes, grammar: Grammar, width: int) -> Lines | None:
    """The answer for the common block, at half the price: no quotes, no oddities, every line as wide as the header."""
    if width < 2 or (grammar.quote and grammar.quote in block) or b"\0" in block:
        return None
    if not _is_utf8(block) or _lone_carriage_returns(block).size:
        return None
    data = np.frombuffer(block, np.uint8)
    marks = np.flatnonzero((data == grammar.delimiter[0]) | (data == LF))
    if marks.size % width:
        return None
    newlines = data[marks] == LF
    expected = np.zeros(width, np.bool_)
    expected[-1] = True
    if not (newlines.reshape(-1, width) == expected).all():
        return None
    ends = marks[width - 1 :: width] + 1
    return Lines(_starts(ends), ends, np.zeros(ends.size, np.int8))


def simple_lines(block: bytes, grammar: Grammar, width: int) -> Lines:
    """Every line judged on its own, for a simple dialect."""
    data = np.frombuffer(block, np.uint8)
    delimiter = grammar.delimiter[0]
    quote = grammar.quote[0] if grammar.quote else LF
    marks = np.flatnonzero((data == delimiter) | (data == LF) | (data == quote))
    kinds_of_mark = data[marks]
    is_end = kinds_of_mark == LF
    is_quote = (kinds_of_mark == quote) & ~is_end
    at_end = np.flatnonzero(is_end)
    ends = marks[at_end] + 1

    inside = _inside_quotes(is_quote, at_end)
    outer = np.flatnonzero((kinds_of_mark == delimiter) & ~inside)
    dirty: Flags = np.diff(np.searchsorted(outer, at_end), prepend=0) != width - 1
    dirty |= inside[at_end]
    quotes = np.flatnonzero(is_quote)
    wrong = quotes[~_valid_quotes(data, marks[quotes], inside[quotes], delimiter)]
    dirty[np.searchsorted(at_end, wrong)] = True
    following = np.searchsorted(marks, _lone_carriage_returns(block))
    dirty[np.searchsorted(at_end, following[~inside[following]])] = True

    lines = Lines(_starts(ends), ends, np.where(dirty, DIRTY, CLEAN).astype(np.int8))
    _mark_oddities(lines, block)
    return lines


def unjudged_lines(block: bytes, grammar: Grammar) -> Lines:
    """Lines of any dialect, all left to the scanner."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == grammar.newline[0]) + 1
    lines = Lines(_starts(ends), ends, np.full(ends.size, DIRTY, np.int8))
    _mark_oddities(lines, block)
    return lines


def mark_too_long(lines: Lines, limit: int) -> None:
    lines.kinds[lines.ends - lines.starts > limit] = TOO_LONG


def mark_comments(lines: Lines, block: bytes, comment: bytes) -> None:
    """Lines that begin with `comment` are no records."""
    for line in np.flatnonzero(np.frombuffer(block, np.uint8)[lines.starts] == comment[0]):
        if block.startswith(comment, lines.starts[line]):
            lines.kinds[line] = BLANK


def _starts(ends: Positions) -> Positions:
    return np.concatenate((np.zeros(1, np.int64), ends[:-1]))


def _inside_quotes(is_quote: Flags, at_end: Positions) -> Flags:
    """For each mark whether an odd number of quotes stands before it in its line."""
    after: Flags = np.logical_xor.accumulate(is_quote)
    at_line_start = np.concatenate((np.zeros(1, np.bool_), after[at_end[:-1]]))
    return after ^ is_quote ^ np.repeat(at_line_start, np.diff(at_end, prepend=-1))


def _valid_quotes(data: Bytes, quotes: Positions, closing: Flags, delimiter: int) -> Flags:
    """A quote opens after a delimiter, a line's beginning or the quote that it doubles, and closes before their like."""
    if not quotes.size:
        return np.ones(0, np.bool_)
    quote = data[quotes[0]]
    before = np.where(quotes == 0, LF, data[quotes - 1])
    after = data[quotes + 1]  # a block ends with a line end, so there is always a next byte
    after_next = data[np.minimum(quotes + 2, data.size - 1)]
    opens = (before == delimiter) | (before == LF) | (before == quote)
    closes = (after == delimiter) | (after == LF) | (after == quote)
    closes |= (after == CR) & (after_next == LF)
    valid: Flags = np.where(closing, closes, opens)
    return valid


def _mark_oddities(lines: Lines, block: bytes) -> None:
    lengths = lines.ends - lines.starts
    data = np.frombuffer(block, np.uint8)
    lines.kinds[lengths == 1] = BLANK
    lines.kinds[(lengths == 2) & (data[lines.starts] == CR)] = BLANK
    if b"\0" in block:
        nuls = np.flatnonzero(data == NUL)
        lines.kinds[np.searchsorted(lines.ends, nuls, side="right")] = HAS_NUL
    if not _is_utf8(block):
        lines.kinds[list(_undecodable(lines, block))] = BAD_ENCODING


def _lone_carriage_returns(block: bytes) -> Positions:
    if b"\r" not in block:
        return np.zeros(0, np.int64)
    data = np.frombuffer(block, np.uint8)
    return np.flatnonzero((data[:-1] == CR) & (data[1:] != LF))


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _undecodable(lines: Lines, block: bytes) -> Iterator[int]:
    """Only lines that hold a byte above 127 can be wrong."""
    high = np.flatnonzero(np.frombuffer(block, np.uint8) > 127)
    for line in np.unique(np.searchsorted(lines.ends, high, side="right")):
        if not _is_utf8(block[lines.starts[line] : lines.ends[line]]):
            yield int(line)
