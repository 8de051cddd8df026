"""A parsed expression to a Polars one, checked against the types of the columns."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from dataviz_pipelines.core.ingestion.expressions.functions import FUNCTIONS, Function, call
from dataviz_pipelines.core.ingestion.expressions.operators import OPERATORS, PREFIXES
from dataviz_pipelines.core.ingestion.expressions.parser import parse
from dataviz_pipelines.core.ingestion.expressions.syntax import (
    Call,
    Column,
    ExpressionError,
    Literal,
    Node,
    Operation,
)
from dataviz_pipelines.core.ingestion.expressions.typed import Typed, constant, repeated, spread
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType
from dataviz_pipelines.core.models.documents.vocabulary import MAX_DECIMAL_PRECISION

DEFAULT_SCALE: int = ColumnRule.model_fields["scale"].default
_INT64 = range(-(2**63), 2**63)

Columns = Mapping[str, ColumnType | ColumnRule]


@dataclass(frozen=True)
class Expression:
    """Ready for a frame of typed columns. `result_type` None: it is always NULL. `columns`: those it reads, sorted.
    `scale`: of a decimal, digits after the point.
    """

    text: str
    polars: pl.Expr
    columns: tuple[str, ...]
    result_type: ColumnType | None
    scale: int = 0


def compile_expression(text: str, columns: Columns) -> Expression:
    """Raises ExpressionError, which names the position and the remedy.

    A column given by its type alone is taken to have the default scale when it is a decimal; its rule says it exactly.
    """
    tree = parse(text)
    typed = _compiled(tree, columns)
    polars = repeated(typed) if typed.fixed else typed.polars
    return Expression(text, polars, tuple(sorted(_names(tree))), typed.type, typed.scale)


def compile_condition(text: str, columns: Columns) -> Expression:
    """As `compile_expression`, for a rule: true, false or NULL."""
    compiled = compile_expression(text, columns)
    if compiled.result_type not in (ColumnType.BOOLEAN, None):
        raise ExpressionError(
            f"The expression gives {compiled.result_type}, not a condition",
            position=1,
            remedy="Compare it with something, as in x > 0.",
        )
    return compiled


def _compiled(node: Node, columns: Columns) -> Typed:
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Column):
        return _column(node, columns)
    inner = node.arguments if isinstance(node, Call) else node.operands
    parts = [_compiled(part, columns) for part in inner]
    typed = _applied(node, spread(parts))
    return _settled(typed) if all(part.fixed for part in parts) else typed


def _settled(typed: Typed) -> Typed:
    """What reads no column is worked out once."""
    value = pl.select(typed.polars).item()
    return constant(value, typed.type, typed.position, scale=typed.scale)


def _applied(node: Operation | Call, parts: Sequence[Typed]) -> Typed:
    if isinstance(node, Operation):
        table = PREFIXES if len(parts) == 1 and node.sign in PREFIXES else OPERATORS
        return table[node.sign](parts, node.position)
    return call(node.function, _function(node), parts, node.position)


def _function(node: Call) -> Function:
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise ExpressionError(
            f"There is no function {node.function}()",
            position=node.position,
            remedy=_suggestion(node.function, FUNCTIONS)
            or f"The functions are {', '.join(FUNCTIONS)}.",
        )
    return function


def _column(node: Column, columns: Columns) -> Typed:
    known = columns.get(node.name)
    if known is None:
        raise ExpressionError(
            f"There is no column {node.name!r}",
            position=node.position,
            remedy=_suggestion(node.name, columns) or "Text stands in quotes.",
        )
    if isinstance(known, ColumnType):
        kind, scale = known, DEFAULT_SCALE
    else:
        kind, scale = known.type, known.scale
    return Typed(pl.col(node.name), kind, node.position, scale if kind is ColumnType.DECIMAL else 0)


def _suggestion(name: str, known: Mapping[str, object]) -> str | None:
    folded = {other.casefold(): other for other in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"Did you mean {folded[near[0]]}?" if near else None


_KINDS: tuple[tuple[type, ColumnType], ...] = (
    (bool, ColumnType.BOOLEAN),  # before int, which it is as well
    (str, ColumnType.TEXT),
    (float, ColumnType.FLOAT),
    (int, ColumnType.INTEGER),
)


def _literal(node: Literal) -> Typed:
    value = node.value
    if isinstance(value, Decimal) or (isinstance(value, int) and value not in _INT64):
        return _decimal(Decimal(value), node.position)
    kind = next((kind for python, kind in _KINDS if isinstance(value, python)), None)
    return constant(value, kind, node.position)


def _decimal(value: Decimal, position: int) -> Typed:
    parts = value.as_tuple()
    scale = max(0, -int(parts.exponent))
    if max(len(parts.digits), scale) > MAX_DECIMAL_PRECISION:
        raise ExpressionError(
            f"The number has more than {MAX_DECIMAL_PRECISION} digits", position=position
        )
    return constant(value, ColumnType.DECIMAL, position, scale=scale)


def _names(node: Node) -> set[str]:
    if isinstance(node, Column):
        return {node.name}
    if isinstance(node, Literal):
        return set()
    inner = node.operands if isinstance(node, Operation) else node.arguments
    return set().union(*(_names(part) for part in inner))
