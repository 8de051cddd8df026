"""Cuts a query into code, quoted text, comments and placeholders, as its source would.

What people write as `:name` is a value to bind only where it is code. Everything here is decided by the rules of the
source's own lexer; `guard` compares them with those of sqlglot and refuses what the two read differently.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from dataviz_pipelines.core.queries.errors import QueryRefusedError


class Kind(StrEnum):
    CODE = auto()
    QUOTED = auto()
    COMMENT = auto()
    PLACEHOLDER = auto()


@dataclass(frozen=True)
class Piece:
    """`text[start:end]`. A placeholder begins with its colon."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True)
class Lexicon:
    """`tokens` finds what is not plain code; its groups are `comment`, `quoted`, `name`, and `open` for what begins and
    does not end. `nested`: whether comments stand within comments."""

    tokens: re.Pattern[str]
    nested: bool = False


_PLACEHOLDER: Final = r"(?<![\w:\])\"'`$@])(?P<name>:[A-Za-z_]\w*)"
_BLOCK: Final = r"/\*.*?\*/"
_DOUBLED: Final = r"'(?:[^']|'')*'"
_ESCAPED: Final = r"'(?:[^'\\]|\\.|'')*'"


def _lexicon(*, comment: str, quoted: str, opening: str, nested: bool = False) -> Lexicon:
    pattern = f"(?P<comment>{comment})|(?P<quoted>{quoted})|(?P<open>{opening})|{_PLACEHOLDER}"
    return Lexicon(re.compile(pattern, re.DOTALL), nested)


LEXICONS: Final = {
    "postgresql": _lexicon(
        comment=r"--[^\n\r]*|/\*",
        quoted=rf"(?<![\w$])[eE]{_ESCAPED}|{_DOUBLED}|\"(?:[^\"]|\"\")*\""
        r"|(?<![\w$])\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$",
        opening=r"(?<![\w$])[eE]'|['\"]|(?<![\w$])\$(?:[^\W\d]\w*|)\$",
        nested=True,
    ),
    "mysql": _lexicon(
        comment=rf"\#[^\n]*|--(?=[\s\x00-\x1f]|$)[^\n]*|{_BLOCK}",
        quoted=rf"{_ESCAPED}|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`",
        opening=r"['\"`]|/\*",
    ),
    "bigquery": _lexicon(
        comment=rf"\#[^\n]*|--[^\n]*|{_BLOCK}",
        quoted=r"'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?!'')(?:[^'\\\n]|\\.)*'"
        r"|\"(?!\"\")(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`",
        opening=r"['\"`]|/\*",
    ),
}
"""By connection type."""
_NESTING: Final = re.compile(r"/\*|\*/")


def pieces(text: str, lexicon: Lexicon) -> list[Piece]:
    """All of the text, from its beginning to its end. Raises QueryRefusedError for what is opened and never closed."""
    return list(_pieces(text, lexicon))


def _pieces(text: str, lexicon: Lexicon) -> Iterator[Piece]:
    position = 0
    while True:
        found = lexicon.tokens.search(text, position)
        start = len(text) if found is None else found.start()
        if start > position:
            yield Piece(Kind.CODE, position, start)
        if found is None:
            return
        position = _end(text, found, lexicon)
        yield Piece(_kind(found), start, position)


def _kind(found: re.Match[str]) -> Kind:
    if found["name"]:
        return Kind.PLACEHOLDER
    return Kind.COMMENT if found["comment"] else Kind.QUOTED


def _end(text: str, found: re.Match[str], lexicon: Lexicon) -> int:
    if found["open"]:
        raise QueryRefusedError(f"{found['open']} is opened and never closed.")
    if not (lexicon.nested and found["comment"] == "/*"):
        return found.end()
    depth = 0
    for mark in _NESTING.finditer(text, found.start()):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise QueryRefusedError("/* is opened and never closed.")


def without_comments(text: str, found: list[Piece]) -> str:
    """As long as before, with every line where it was."""
    return "".join(
        re.sub(r"[^\n\r]", " ", text[piece.start : piece.end])
        if piece.kind is Kind.COMMENT
        else text[piece.start : piece.end]
        for piece in found
    )


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, counted from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
