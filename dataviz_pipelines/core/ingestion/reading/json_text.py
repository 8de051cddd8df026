"""A sliding window over a long JSON text: values one by one, never the whole document."""

import codecs
from json import JSONDecodeError
from typing import Any

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.json_values import DECODER
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.streams import Readable

WHITE = " \t\r\n"
READ_BYTES = 1024 * 1024


class JsonText:
    """`line` and `column` (from 1) say where the next character is."""

    def __init__(self, name: str, source: Readable, limits: Limits) -> None:
        self.name = name
        self.line = 1
        self._column_base = (
            1  # column of the window's first character, when it is not a line's beginning
        )
        self._source = source
        self._limits = limits
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._window = ""
        self._at = 0
        self._ended = False

    @property
    def column(self) -> int:
        newline = self._window.rfind("\n", 0, self._at)
        return self._at - newline if newline >= 0 else self._column_base + self._at

    def peek(self) -> str:
        """The next character that is not white space, without taking it; empty at the end."""
        while True:
            while self._at < len(self._window):
                character = self._window[self._at]
                if character not in WHITE:
                    return character
                self.line += character == "\n"
                self._at += 1
            if not self._read_more():
                return ""

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise self.malformed(f"{expected!r} is expected here")
        self._at += 1

    def take_if(self, expected: str) -> bool:
        if self.peek() != expected:
            return False
        self._at += 1
        return True

    def value(self) -> Any:
        """The next value. Raises UnreadableFileError where the text is no JSON."""
        value, end = self._decoded()
        self.line += self._window.count("\n", self._at, end)
        self._at = end
        return value

    def malformed(self, why: str) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self.name} is not valid JSON: {why} (line {self.line}, column {self.column}).",
            remedy="Export the file again; if it holds one object a line, name it .ndjson.",
        )

    def _decoded(self) -> tuple[Any, int]:
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._window, self._at)
            except JSONDecodeError as error:
                if not self._read_more():
                    raise self._malformed_at(error) from error
            except RecursionError as error:
                raise self.malformed("the values are nested too deeply") from error
            else:
                if end < len(self._window) or not self._read_more():
                    return value, end

    def _malformed_at(self, error: JSONDecodeError) -> UnreadableFileError:
        self.line += self._window.count("\n", self._at, error.pos)
        self._at = error.pos
        return self.malformed(error.msg)

    def _read_more(self) -> bool:
        """Lengthens the window at least by half, so that a long value is not looked at again and again."""
        if self._ended:
            return False
        kept = len(self._window) - self._at
        if kept > self._limits.max_record_bytes:
            raise self.malformed(
                f"a value is longer than {self._limits.max_record_bytes:,} characters"
            )
        raw = self._source.read(max(READ_BYTES, kept))
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise self.malformed("the text is not valid in its encoding") from error
        self._ended = not raw
        if self._ended:
            return False
        self._column_base = self.column
        self._window = self._window[self._at :] + text
        self._at = 0
        return True
