"""Text to a tree, by recursive descent: or, and, not, comparisons, + and -, * and /, sign, value."""

from collections.abc import Callable

from dataviz_pipelines.core.ingestion.expressions.syntax import (
    REMEDIES,
    Call,
    Column,
    ExpressionError,
    Literal,
    Node,
    Operation,
    Token,
    number,
    tokens,
    unquoted,
)

MAX_DEPTH = 40
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_RESERVED = {"and", "or", "not", "in", "is", "if", "else", "lambda", "None"}


def parse(text: str) -> Node:
    """Raises ExpressionError with the position of the first thing that is wrong."""
    parser = _Parser(list(tokens(text)))
    tree = parser.alternatives()
    parser.expect_end()
    return tree


def _operation(sign: Token, *operands: Node) -> Operation:
    depth = 1 + max(operand.depth for operand in operands)
    _check_depth(depth, sign.position)
    return Operation(sign.text, operands, sign.position, depth)


def _check_depth(depth: int, position: int) -> None:
    if depth > MAX_DEPTH:
        raise ExpressionError(
            f"The expression is nested deeper than {MAX_DEPTH} levels",
            position=position,
            remedy="Compute a part of it as a column of its own.",
        )


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self.words = words
        self.at = 0
        self.open = 0

    @property
    def next(self) -> Token:
        return self.words[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += 1
        return token

    def accept(self, *texts: str) -> Token | None:
        if self.next.kind in ("sign", "name") and self.next.text in texts:
            return self.take()
        return None

    def expect(self, text: str) -> Token:
        token = self.accept(text)
        if token is None:
            raise self.unexpected(f"{text} was expected here")
        return token

    def expect_end(self) -> None:
        if self.next.kind != "end":
            raise self.unexpected("The expression should end here")

    def unexpected(self, what: str) -> ExpressionError:
        token = self.next
        found = "the end" if token.kind == "end" else token.text
        return ExpressionError(
            f"{what}, but there is {found}",
            position=token.position,
            remedy=REMEDIES.get(token.text) or _WORD_REMEDIES.get(token.text),
        )

    def alternatives(self) -> Node:
        return self.joined("or", self.conditions)

    def conditions(self) -> Node:
        return self.joined("and", self.negation)

    def joined(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        sign = self.next
        while self.accept(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else _operation(sign, *parts)

    def negation(self) -> Node:
        signs = []
        while sign := self.accept("not"):
            signs.append(sign)
        node = self.comparison()
        for sign in reversed(signs):
            node = _operation(sign, node)
        return node

    def comparison(self) -> Node:
        """`a < b <= c` means `a < b and b <= c`."""
        left = self.sum()
        links: list[Node] = []
        first = self.next
        while sign := self.accept(*_COMPARISONS, "in", "not"):
            if sign.text in ("in", "not"):
                links.append(self.membership(left, sign))
                break
            right = self.sum()
            links.append(_operation(sign, left, right))
            left = right
        if not links:
            return left
        return links[0] if len(links) == 1 else _operation(_and(first), *links)

    def membership(self, value: Node, sign: Token) -> Node:
        if sign.text == "not":
            sign = Token("name", "not in", sign.position)
            self.expect("in")
        self.expect("[")
        return _operation(sign, value, *self.listed("]"))

    def sum(self) -> Node:
        return self.chain(self.product, "+", "-")

    def product(self) -> Node:
        return self.chain(self.signed, "*", "/", "//", "%")

    def chain(self, part: Callable[[], Node], *signs: str) -> Node:
        node = part()
        while sign := self.accept(*signs):
            node = _operation(sign, node, part())
        return node

    def signed(self) -> Node:
        signs = []
        while sign := self.accept("-", "+"):
            signs.append(sign)
        node = self.value()
        for sign in reversed(signs):
            node = _operation(sign, node)
        return node

    def value(self) -> Node:
        token = self.next
        if token.kind == "number":
            return Literal(number(self.take()), token.position)
        if token.kind == "text":
            return Literal(unquoted(self.take()), token.position)
        if token.kind == "name" and token.text not in _RESERVED:
            return self.named(self.take())
        if self.accept("("):
            return self.bracketed(token.position)
        raise self.unexpected("A value was expected here")

    def bracketed(self, position: int) -> Node:
        self.enter(position)
        node = self.alternatives()
        self.expect(")")
        self.open -= 1
        return node

    def named(self, token: Token) -> Node:
        if self.accept("("):
            return self.call(token)
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.position)
        return Column(token.text, token.position)

    def call(self, token: Token) -> Node:
        self.enter(token.position)
        arguments = tuple(self.listed(")"))
        self.open -= 1
        if token.text == "column":
            return _column(token, arguments)
        depth = 1 + max((argument.depth for argument in arguments), default=0)
        _check_depth(depth, token.position)
        return Call(token.text, arguments, token.position, depth)

    def listed(self, closing: str) -> list[Node]:
        if self.accept(closing):
            return []
        nodes = [self.alternatives()]
        while self.accept(","):
            nodes.append(self.alternatives())
        self.expect(closing)
        return nodes

    def enter(self, position: int) -> None:
        """Brackets leave no trace in the tree, but each is a call of this parser."""
        self.open += 1
        _check_depth(self.open, position)


_WORD_REMEDIES = {
    "is": "Write is_null(x).",
    "if": "Write if_(condition, then, otherwise).",
    "None": "Write null.",
}


def _and(near: Token) -> Token:
    return Token("name", "and", near.position)


def _column(token: Token, arguments: tuple[Node, ...]) -> Column:
    if len(arguments) == 1 and isinstance(arguments[0], Literal):
        name = arguments[0].value
        if isinstance(name, str):
            return Column(name, token.position)
    raise ExpressionError(
        "column() takes one name in quotes",
        position=token.position,
        remedy='Write column("Unit price").',
    )
