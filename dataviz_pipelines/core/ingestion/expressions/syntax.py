"""The words and the sentences of the expression language, before anybody asks what they mean."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from dataviz_pipelines.core.errors import InvalidInputError

MAX_LENGTH = 2_000


class ExpressionError(InvalidInputError):
    """An expression that cannot be used. `position` counts characters from 1."""

    def __init__(self, message: str, *, position: int, remedy: str | None = None) -> None:
        super().__init__(f"{message}, at character {position}.", remedy=remedy)
        self.position = position


@dataclass(frozen=True)
class Token:
    kind: str  # number, text, name, sign or end
    text: str
    position: int


@dataclass(frozen=True)
class Literal:
    value: str | int | float | Decimal | bool | None
    position: int
    depth: int = 1


@dataclass(frozen=True)
class Column:
    name: str
    position: int
    depth: int = 1


@dataclass(frozen=True)
class Operation:
    """`sign` applied to its operands: one for a prefix, two for arithmetic and comparisons, two or more for and/or;
    for `in` and `not in` the value and then what it is looked up in."""

    sign: str
    operands: "tuple[Node, ...]"
    position: int
    depth: int


@dataclass(frozen=True)
class Call:
    function: str
    arguments: "tuple[Node, ...]"
    position: int
    depth: int


Node = Literal | Column | Operation | Call

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<name>[^\W\d]\w*)
    | (?P<sign><=|>=|==|!=|<>|&&|\|\||\*\*|//|[-+*/%<>=!()\[\],])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)

REMEDIES = {
    "=": "Write == to compare.",
    "<>": "Write !=.",
    "!": "Write `not`.",
    "&&": "Write `and`.",
    "||": "Write `or`, or concat(a, b) to join texts.",
    "**": "Powers are not part of the language; multiply.",
    ".": 'A column whose name has a point is written column("name").',
    '"': "Close the text with the quote it began with.",
    "'": "Close the text with the quote it began with.",
    "`": 'A column with an unusual name is written column("name").',
    "&": "Write `and`.",
    "|": "Write `or`.",
    ";": "One expression is enough.",
}


def tokens(text: str) -> Iterator[Token]:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"The expression is longer than {MAX_LENGTH} characters", position=MAX_LENGTH + 1
        )
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _strange(text, at)
        kind = match.lastgroup or "end"
        position = match.start(kind) + 1
        yield Token(kind, match.group(kind), position)
        if kind == "end":
            return
        at = match.end()


def _strange(text: str, at: int) -> ExpressionError:
    start = at + len(text[at:]) - len(text[at:].lstrip())
    character = text[start]
    return ExpressionError(
        f"{character!r} is not part of the language",
        position=start + 1,
        remedy=REMEDIES.get(character),
    )


_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


def unquoted(token: Token) -> str:
    r"""The text inside the quotes. A backslash that begins no known escape stays, so that "\d" is the regex it looks like."""
    return re.sub(
        r"\\(.)",
        lambda match: _ESCAPES.get(match.group(1), match.group(0)),
        token.text[1:-1],
        flags=re.DOTALL,
    )


def number(token: Token) -> int | float | Decimal:
    """Exact: with a point it is a decimal, and only with an exponent a float."""
    if "e" in token.text.lower():
        value = float(token.text)
        if math.isinf(value):
            raise ExpressionError("The number is too large", position=token.position)
        return value
    if "." in token.text:
        return Decimal(token.text)
    return int(token.text)
