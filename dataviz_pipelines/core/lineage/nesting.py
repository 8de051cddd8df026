"""How long sqlglot would take with a text, before it is asked to parse it: nobody can stop it, and nothing else runs meanwhile.

What stands in brackets after a word that can be a type, as in `ARRAY[…]` or `DATE(…)`, it reads as the one thing and then as the
other, and what is nested in that again and again. Sixteen levels take it a minute, twenty an hour.
"""

from collections.abc import Collection, Iterable
from typing import Final

from sqlglot.tokenizer_core import Token, TokenType

MOST: Final = 300_000
"""Tokens that are read; a text of the longest that is taken has fewer, when nothing in it is read twice."""
_TIMES: Final = 3
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET})


def is_too_nested(tokens: Iterable[Token], types: Collection[TokenType]) -> bool:
    """`types` are the words that can be types in the dialect."""
    read, levels = 0, [0]
    before = None
    for token in tokens:
        if token.token_type in _OPENING:
            levels.append(levels[-1] + (before in types))
        elif token.token_type in _CLOSING and len(levels) > 1:
            levels.pop()
        read += _TIMES ** levels[-1]
        if read > MOST:
            return True
        before = token.token_type
    return False
