"""From the text of a query to its outline."""

import logging
from functools import lru_cache
from itertools import pairwise
from typing import Final

from sqlglot import Dialect as Sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from dataviz_pipelines.core.lineage.dialects import DIALECTS, Dialect
from dataviz_pipelines.core.lineage.errors import UnreadableQueryError
from dataviz_pipelines.core.lineage.nesting import is_too_nested
from dataviz_pipelines.core.lineage.outline import Draft, Outline
from dataviz_pipelines.core.lineage.scopes import Reader
from dataviz_pipelines.core.lineage.statements import read_change, scopes_of

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings repeat the query

LONGEST: Final = 100_000
"""Characters of a query that is read: deeper nesting than that of any real one ends the parser."""
_BRACES: Final = {TokenType.L_BRACE, TokenType.BLOCK_START, TokenType.BLOCK_END}
_FAILURES: Final = (
    SqlglotError,
    RecursionError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)
"""What sqlglot raises for texts that it cannot make sense of."""


@lru_cache(maxsize=4_096)
def outline(text: str, engine: str) -> Outline:
    """Raises UnreadableQueryError. A text of several statements reads what each of them reads."""
    if len(text) > LONGEST:
        raise UnreadableQueryError(f"The query is longer than {LONGEST:,} characters.")
    dialect = DIALECTS[engine]
    try:
        return _outline(text, dialect)
    except _FAILURES as error:
        raise UnreadableQueryError(f"It is not {dialect.name} that can be parsed.") from error


def _outline(text: str, dialect: Dialect) -> Outline:
    language = Sqlglot.get_or_raise(dialect.name)
    tokens = language.tokenize(text)
    if any(token.token_type in _BRACES for token in tokens):
        raise UnreadableQueryError("It has places in braces, which something else fills.")
    _name_placeholders(tokens)
    parser = language.parser()
    if is_too_nested(tokens, parser.TYPE_TOKENS):
        raise UnreadableQueryError("It is nested too deeply.")
    parsed = parser.parse(tokens, text)
    statements = [tree for tree in parsed if tree is not None]
    if not statements or any(tree.find(exp.Command) for tree in statements):
        raise UnreadableQueryError("It holds no statement that can be parsed.")
    draft = Draft()
    for tree in statements:
        _fold(tree, dialect)
        reader = Reader(draft)
        for scope in scopes_of(tree):
            reader.read(scope)
        if not isinstance(tree, exp.Query):
            read_change(tree, reader)
    return draft.done()


def _name_placeholders(tokens: list[Token]) -> None:
    """`:from` is a placeholder, whatever FROM is elsewhere."""
    for colon, token in pairwise(tokens):
        is_next = colon.token_type == TokenType.COLON and colon.end + 1 == token.start
        if is_next and token.text.isidentifier():
            token.token_type = TokenType.VAR


def _fold(tree: exp.Expr, dialect: Dialect) -> None:
    for name in list(tree.find_all(exp.Identifier)):
        name.set("this", dialect.fold(name.name, bool(name.args.get("quoted"))))
