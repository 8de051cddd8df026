"""Lets through a single statement that only reads (F62, F63), and refuses whatever it does not understand.

It is the second wall: the first is the role that the source is connected with, the third its read-only session.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from sqlglot import Dialect, Token, TokenType, exp
from sqlglot.errors import SqlglotError

from dataviz_pipelines.core.lineage.nesting import is_too_nested
from dataviz_pipelines.core.queries.errors import QueryRefusedError
from dataviz_pipelines.core.queries.functions import is_dangerous
from dataviz_pipelines.core.queries.lexing import Kind, Piece, place

DIALECTS: Final = {"postgresql": "postgres", "mysql": "mysql", "bigquery": "bigquery"}
_SHOW: Final = {
    "postgresql": re.compile(r"\s*show\s+[\w.]+(\s+\w+){0,3}\s*", re.IGNORECASE),
    "mysql": re.compile(r"\s*show\s+[^();@:]+", re.IGNORECASE),
}
_EXPLAIN: Final = {
    "postgresql": re.compile(
        r"\s*explain\b\s*(\([\w\s,]*\)|(?:(?:analyze|verbose)\b\s*)*)", re.IGNORECASE
    ),
    "mysql": re.compile(
        r"\s*(?:explain|describe|desc|analyze(?!\s+table\b))\b\s*(?:(?:analyze|extended|partitions|format\s*=\s*\w+)\b\s*)*",
        re.IGNORECASE,
    ),
}
_DESCRIBED: Final = re.compile(
    r"\s*(?:explain|describe|desc)\s+(?!(?:select|with|for)\b)[\w$.`]+(\s+[\w$`]+)?\s*",
    re.IGNORECASE,
)
"""A table, and perhaps one of its columns."""
_QUERY: Final = re.compile(r"\s*(\(|select\b|with\b|from\b|values\b|table\b)", re.IGNORECASE)
_STARTS_COMMENT: Final = {
    "postgresql": re.compile(r"--|/\*|(?<!\w)[uU]&\s*$"),
    "mysql": re.compile(r"--|/\*|#"),
    "bigquery": re.compile(r"--|/\*|#"),
}
_WRITES: Final = (
    exp.Into,
    exp.Lock,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Copy,
    exp.Set,
    exp.Command,
)
_QUOTES: Final = "'\"`$"


def check(text: str, found: Sequence[Piece], kind: str) -> None:
    """`text` is without comments and without a semicolon at its end, `found` what it is cut into. Raises QueryRefusedError."""
    _check_code(text, found, kind)
    start = 0
    if kind in _SHOW and _SHOW[kind].fullmatch(text):
        return
    explained = _EXPLAIN[kind].match(text) if kind in _EXPLAIN else None
    if explained is not None:
        start = explained.end()
        if kind == "mysql" and _DESCRIBED.fullmatch(text):
            return
    if not _QUERY.match(text, start):
        raise QueryRefusedError("Only a query that reads is run.")
    _check_query(" " * start + text[start:], found, kind)


def _check_code(text: str, found: Sequence[Piece], kind: str) -> None:
    """What would be a comment, a second statement or a hidden name to one lexer and not to another."""
    for number, piece in enumerate(found):
        code = text[piece.start : piece.end]
        if piece.kind is Kind.CODE and ";" in code:
            raise QueryRefusedError("There is more than one statement.")
        if piece.kind is Kind.CODE and _STARTS_COMMENT[kind].search(code):
            raise QueryRefusedError(
                "It holds what may be the beginning of a comment, or an escape."
            )
        if piece.kind is Kind.QUOTED and _continues(text, found[max(0, number - 2) : number]):
            raise QueryRefusedError("A string with escapes goes on in a second one.")


def _continues(text: str, before: Sequence[Piece]) -> bool:
    """PostgreSQL joins strings with nothing but space between them, and reads the second by the rules of the first."""
    if len(before) < 2 or text[before[0].start] not in "eE":
        return False
    first, between = before
    is_escaped = first.kind is Kind.QUOTED
    return is_escaped and not text[between.start : between.end].strip()


def _check_query(text: str, found: Sequence[Piece], kind: str) -> None:
    dialect = Dialect.get_or_raise(DIALECTS[kind])
    try:
        tokens, parser = dialect.tokenize(text), dialect.parser()
        _check_tokens(text, tokens, found, kind)
        if is_too_nested(tokens, parser.TYPE_TOKENS):
            raise QueryRefusedError("It is nested too deeply.", remedy="Write it plainer.")
        trees = parser.parse(tokens, text)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise QueryRefusedError(_said(error), remedy="Correct it, or write it plainer.") from error
    if len(trees) != 1 or trees[0] is None:
        raise QueryRefusedError("There is more than one statement.")
    _check_tree(trees[0])


def _check_tokens(text: str, tokens: Sequence[Token], found: Sequence[Piece], kind: str) -> None:
    quoted = {
        token.end + 1 for token in tokens if text[token.end] in _QUOTES and token.end > token.start
    }
    ours = {piece.end for piece in found if piece.kind is Kind.QUOTED}
    if quoted != ours or any(token.comments for token in tokens):
        raise QueryRefusedError("Where its strings and comments begin and end is not clear.")
    for token, following in pairwise(tokens):
        if kind == "mysql" and token.token_type is TokenType.COLON_EQ:
            raise QueryRefusedError("Variables are not set here.")
        if following.token_type is TokenType.L_PAREN:
            name = text[token.start : token.end + 1].strip('"`')
            if is_dangerous(name.rpartition(".")[2], kind):
                line, column = place(text, token.start)
                raise QueryRefusedError(
                    f"The function {name} is not allowed (line {line}, column {column}).",
                    remedy="Leave it out.",
                )


def _check_tree(tree: exp.Expr) -> None:
    if not isinstance(tree, exp.Query | exp.Values):
        raise QueryRefusedError("Only a query that reads is run.")
    for node in tree.walk():
        if isinstance(node, _WRITES):
            raise QueryRefusedError(f"{node.key.upper()} does more than read.")
        if isinstance(node, exp.CTE) and not isinstance(node.this, exp.Query | exp.Values):
            raise QueryRefusedError("WITH holds more than queries.")


def _said(error: Exception) -> str:
    """Where it is not understood; the parser's own words repeat the text."""
    mistakes = getattr(error, "errors", None)
    if not mistakes:
        return "The query is not understood."
    line, column = mistakes[0].get("line"), mistakes[0].get("col")
    return f"The query is not understood at line {line}, column {column}."
