"""The grammar of one kind of delimited text, read strictly: RFC 4180 with other characters.

`Grammar.scan` is the definition of what a well-formed record is. The vectorised path in `lines` must agree with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

ONE_COLUMN = "\x1f"  # the delimiter of a file that has none
OTHER_DELIMITERS = (",", ";", "\t", "|")  # that a single line may have instead of the file's
MIN_OTHER_WIDTH = 3  # below that, it could as well be a mark in a text


@dataclass(frozen=True)
class Dialect:
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    newline: str = "\n"  # or "\r"; with "\n" a line may end in "\r\n" as well

    @property
    def is_simple(self) -> bool:
        """Whether the vectorised path can read it: single ASCII characters, no escapes."""
        marks = (self.delimiter, self.quote or '"')
        return (
            self.newline == "\n"
            and self.escape is None
            and all(len(mark) == 1 and mark.isascii() for mark in marks)
        )


class Problem(StrEnum):
    STRAY_QUOTE = "stray_quote"
    STRAY_CARRIAGE_RETURN = "stray_carriage_return"
    UNTERMINATED_QUOTE = "unterminated_quote"


@dataclass(frozen=True, slots=True)
class Scan:
    """What begins at an offset. `end` is where the next record begins, or where understanding ended."""

    cells: list[bytes]
    end: int
    problem: Problem | None = None


class Grammar:
    """Scans UTF-8 bytes."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.delimiter = dialect.delimiter.encode()
        self.quote = (dialect.quote or "").encode()
        self.escape = (dialect.escape or "").encode()
        self.newline = dialect.newline.encode()
        self._unescape = re.compile(re.escape(self.escape) + b"(.)", re.DOTALL)
        self._field = self._compile()
        self._anything = self._until_separator(b"(" + _run(self.delimiter, self.newline) + b")")
        quote = re.escape(self.quote)
        self._wrapped = self._until_separator(quote + b"(?P<quoted>.*?)" + quote + b"()")
        self._opened = (
            re.compile(re.escape(self.quote) + self._quoted_body(), re.DOTALL)
            if self.quote
            else None
        )

    def _repeated(self, *marks: bytes, also: Sequence[bytes] = ()) -> bytes:
        escaped = [re.escape(self.escape) + b"."] if self.escape else []
        return _run(*marks, self.escape, also=[*also, *escaped])

    def _quoted_body(self) -> bytes:
        return self._repeated(self.quote, also=[re.escape(self.quote) * 2])

    def _compile(self) -> re.Pattern[bytes]:
        body = b"(" + self._repeated(self.delimiter, self.quote, b"\r", b"\n") + b")"
        if self.quote:
            quote = re.escape(self.quote)
            quoted = quote + b"(?P<quoted>" + self._quoted_body() + b")" + quote
            body = b"(?:" + quoted + b"|" + body + b")"
        return self._until_separator(body)

    def _until_separator(self, body: bytes) -> re.Pattern[bytes]:
        end = b"\r" if self.newline == b"\r" else b"\r?\n"
        more = b"(?P<more>" + re.escape(self.delimiter) + b")"
        return re.compile(body + b"(?:" + more + b"|" + end + b")", re.DOTALL)

    def scan(self, text: bytes, start: int, end: int) -> Scan:
        """The record that begins at `start`; it must be over, with its line end, before `end`."""
        cells: list[bytes] = []
        at = start
        while (found := self._field.match(text, at, end)) is not None:
            cells.append(self._value(found))
            at = found.end()
            if found["more"] is None:
                return Scan(cells, at)
        return Scan(cells, at, self._problem(text, at, end))

    def split_tolerantly(self, line: bytes, width: int | None = None) -> list[bytes]:
        """The cells of one physical line that is not well-formed. A quote at both ends of a cell wraps it, whatever is
        between, where that gives the `width` that is known; other quotes in the wrong place are taken for text. A line
        that has another delimiter, and the `width` with it, is split there."""
        text = line.rstrip(b"\r\n") + self.newline
        if self.quote:
            wrapped = self._split(text, (self._field, self._wrapped, self._anything))
            if len(wrapped) == width:
                return wrapped
        cells = self._split(text, (self._field, self._anything))
        if len(cells) == width or width is None:
            return cells
        return self.split_otherwise(text, width) or cells

    def split_otherwise(self, text: bytes, width: int) -> list[bytes] | None:
        """The cells of a line that is well-formed and of that width with another delimiter; a space needs quotes to be
        one."""
        if width < MIN_OTHER_WIDTH:
            return None
        quoted = self.quote and self.quote in text
        for delimiter in (*OTHER_DELIMITERS, " ") if quoted else OTHER_DELIMITERS:
            if text.count(delimiter.encode()) < width - 1:
                continue
            scan = _grammar(replace(self.dialect, delimiter=delimiter)).scan(text, 0, len(text))
            if scan.problem is None and len(scan.cells) == width:
                return scan.cells
        return None

    def _split(self, text: bytes, patterns: Sequence[re.Pattern[bytes]]) -> list[bytes]:
        cells: list[bytes] = []
        at = 0
        while at < len(text):
            matches = (pattern.match(text, at) for pattern in patterns)
            found = next(match for match in matches if match is not None)
            if found.re is self._anything and self.quote and text.startswith(self.quote, at):
                patterns = (self._field, self._anything)  # no quote wraps anything from here on
            cells.append(self._value(found))
            at = found.end()
            if found["more"] is None:
                break
        return cells

    def _value(self, found: re.Match[bytes]) -> bytes:
        index = found.re.groupindex.get("quoted", 0)
        quoted = found[index] if index else None
        value = found[index + 1] if quoted is None else quoted.replace(self.quote * 2, self.quote)
        return self._unescape.sub(rb"\1", value) if self.escape and self.escape in value else value

    def _problem(self, text: bytes, at: int, end: int) -> Problem:
        if self._opened and text.startswith(self.quote, at):
            opened = self._opened.match(text, at, end)
            open_to_the_end = opened is not None and opened.end() >= end
            return Problem.UNTERMINATED_QUOTE if open_to_the_end else Problem.STRAY_QUOTE
        line_end = re.compile(rb"[\r\n]").search(text, at, end)
        quote_at = text.find(self.quote, at, end) if self.quote else -1
        if quote_at >= 0 and (line_end is None or quote_at < line_end.start()):
            return Problem.STRAY_QUOTE
        return Problem.STRAY_CARRIAGE_RETURN


@lru_cache
def _grammar(dialect: Dialect) -> Grammar:
    return Grammar(dialect)


def _run(*marks: bytes, also: Sequence[bytes] = ()) -> bytes:
    """As many bytes as possible of which none begins one of `marks`, and any of the patterns `also`, each of which begins
    as a mark does. No two ways to match the same text, so a failure costs no more than the text is long. (Possessive
    quantifiers would say it shorter, but Python before 3.11.5 gets nested ones wrong.)"""
    given = [mark for mark in marks if mark]
    ordinary = b"[^" + b"".join(re.escape(mark[:1]) for mark in given) + b"]*"
    ahead = b"".join(b"(?!" + re.escape(mark) + b")" for mark in given)
    harmless = [ahead + re.escape(mark[:1]) for mark in given if len(mark) > 1]
    special = b"|".join([*also, *harmless])
    return ordinary + (b"(?:(?:" + special + b")" + ordinary + b")*" if special else b"")
