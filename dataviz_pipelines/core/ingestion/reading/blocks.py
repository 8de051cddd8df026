"""Cuts a stream of UTF-8 into blocks of whole lines, however long a line is."""

from collections.abc import Iterator

from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.lines import TOO_LONG
from dataviz_pipelines.core.ingestion.reading.records import rejected_line
from dataviz_pipelines.core.ingestion.reading.streams import Readable
from dataviz_pipelines.core.ingestion.source import RejectedRecord


class Blocks:
    """Whole lines of `head` and of what is behind it in the source, with the number of the first. What the reader of a block
    leaves (`unread`) comes again with more behind it. The last `held_back` lines that are not blank never come."""

    def __init__(
        self,
        head: bytes,
        source: Readable,
        limits: Limits,
        *,
        newline: bytes,
        first_line: int,
        held_back: int,
    ) -> None:
        self.line = first_line
        self.final = False
        self._source = source
        self._limits = limits
        self._newline = newline
        self._held_back = held_back
        self._block = b""
        self._pending = head
        self._is_filled = 2 * len(head) >= limits.block_bytes

    def __iter__(self) -> Iterator[bytes | RejectedRecord]:
        """Blocks, and in their place lines that are too long to be held in memory."""
        while not self.final:
            self._fill()
            self._block, self._pending = self._cut()
            if self._block:
                yield self._block
            elif not self.final and len(self._pending) > self._limits.max_record_bytes:
                yield self._skip_line()

    def settle(self, consumed: int, lines: int) -> None:
        """Says how much of the block that came last is done with."""
        self.line += lines
        self._pending = self._block[consumed:] + self._pending
        self._block = b""

    def _fill(self) -> None:
        """What the head holds may be a block already."""
        if self._is_filled:
            self._is_filled = False
            return
        more = self._source.read(self._limits.block_bytes)
        self.final = not more
        self._pending += more

    def _cut(self) -> tuple[bytes, bytes]:
        text = self._pending
        if self.final and text and not text.endswith(self._newline):
            text += self._newline
        cut = text.rfind(self._newline) + 1
        for _ in range(self._held_back):
            cut = self._before_last_line(text, cut)
        return text[:cut], b"" if self.final else text[cut:]

    def _before_last_line(self, text: bytes, end: int) -> int:
        """Where the last line that is not blank begins; 0 when there is none."""
        while end > 0:
            start = text.rfind(self._newline, 0, end - 1) + 1
            if text[start:end].strip():
                return start
            end = start
        return 0

    def _skip_line(self) -> RejectedRecord:
        beginning, found = self._pending, -1
        while found < 0:
            part = self._source.read(self._limits.block_bytes)
            if not part:
                self.final = True
                break
            found = part.find(self._newline)
            self._pending = part[found + 1 :]
        if self.final:
            self._pending = b""
        line = self.line
        self.line += 1
        return rejected_line(line, TOO_LONG, beginning)
