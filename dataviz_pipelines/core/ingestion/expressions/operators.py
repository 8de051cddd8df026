"""What each sign of the language does to typed operands."""

import operator
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from dataviz_pipelines.core.ingestion.expressions.syntax import ExpressionError
from dataviz_pipelines.core.ingestion.expressions.typed import (
    NUMBERS,
    Typed,
    as_decimal,
    as_float,
    as_wide,
    boolean,
    constant,
    decimal,
    finite,
    integer,
    is_number,
    unified,
    within_digits,
)
from dataviz_pipelines.core.models.documents.uploads import ColumnType
from dataviz_pipelines.core.models.documents.vocabulary import MAX_DECIMAL_PRECISION

Operator = Callable[[Sequence[Typed], int], Typed]
Binary = Callable[[pl.Expr, pl.Expr], pl.Expr]

_UNORDERED = (ColumnType.BOOLEAN, ColumnType.UUID)


def _joined(combine: Binary, word: str, *, neutral: bool) -> Operator:
    """Constants are settled here: Polars answers `false and x` with one value instead of a column."""

    def apply(parts: Sequence[Typed], position: int) -> Typed:
        conditions = [_condition(part, word) for part in parts]
        if any(part.constant is (not neutral) for part in parts):
            return constant(not neutral, ColumnType.BOOLEAN, position)
        open_ones = [
            condition
            for part, condition in zip(parts, conditions, strict=True)
            if part.constant is not neutral
        ]
        if not open_ones:
            return constant(neutral, ColumnType.BOOLEAN, position)
        return boolean(_balanced(open_ones, combine), position)

    return apply


def _balanced(expressions: Sequence[pl.Expr], combine: Binary) -> pl.Expr:
    """As shallow as it can be; a hundred conditions nest seven deep."""
    if len(expressions) == 1:
        return expressions[0]
    middle = len(expressions) // 2
    return combine(
        _balanced(expressions[:middle], combine), _balanced(expressions[middle:], combine)
    )


def _condition(part: Typed, word: str) -> pl.Expr:
    if part.type not in (ColumnType.BOOLEAN, None):
        raise ExpressionError(
            f"`{word}` takes conditions, but this is {part.named}",
            position=part.position,
            remedy="Compare it with something, as in x > 0.",
        )
    return part.polars.cast(pl.Boolean)


def _not(parts: Sequence[Typed], position: int) -> Typed:
    return boolean(~_condition(parts[0], "not"), position)


def _comparison(compare: Binary, sign: str) -> Operator:
    def apply(parts: Sequence[Typed], position: int) -> Typed:
        _refuse_null(parts)
        left, right = (
            _comparable_numbers(parts)
            if all(part.type in NUMBERS for part in parts)
            else unified(parts, what=f"`{sign}` compares")
        )
        _check_comparable(left, sign, ordered=sign not in ("==", "!="))
        return boolean(compare(left.polars, right.polars), position)

    return apply


def _refuse_null(parts: Sequence[Typed]) -> None:
    for part in parts:
        if part.type is None:
            raise ExpressionError(
                "Nothing is equal to, less or greater than null",
                position=part.position,
                remedy="Write is_null(x), or not is_null(x).",
            )


def _comparable_numbers(parts: Sequence[Typed]) -> Sequence[Typed]:
    """Decimals of different scales are compared as they are: bringing them to one scale could overflow."""
    types = {part.type for part in parts}
    if ColumnType.DECIMAL in types and ColumnType.FLOAT not in types:
        return [
            decimal(as_decimal(part, part.scale), part.position, scale=part.scale) for part in parts
        ]
    return unified(parts, what="")


def _check_comparable(part: Typed, sign: str, *, ordered: bool) -> None:
    if part.type is ColumnType.JSON or (ordered and part.type in _UNORDERED):
        raise ExpressionError(
            f"`{sign}` cannot compare values of type {part.type}", position=part.position
        )


def _membership(*, negated: bool) -> Operator:
    equal = _comparison(operator.eq, "==")

    def apply(parts: Sequence[Typed], position: int) -> Typed:
        value, *listed = parts
        if not listed:
            raise ExpressionError("The list after `in` is empty", position=position)
        _refuse_null(parts)
        if value.type is ColumnType.TEXT and all(isinstance(part.constant, str) for part in listed):
            found = value.polars.is_in([part.constant for part in listed])
        else:
            matches = [equal((value, part), part.position).polars for part in listed]
            found = _balanced(matches, operator.or_)
        return boolean(~found if negated else found, position)

    return apply


def _arithmetic(combine: Binary, sign: str) -> Operator:
    def apply(parts: Sequence[Typed], position: int) -> Typed:
        left, right = _numbers(parts, sign)
        if ColumnType.FLOAT in (left.type, right.type):
            return finite(combine(as_float(left), as_float(right)), position)
        if ColumnType.DECIMAL in (left.type, right.type):
            return _decimal_arithmetic(combine, sign, left, right, position)
        return integer(combine(as_wide(left), as_wide(right)), position)

    return apply


def _decimal_arithmetic(
    combine: Binary, sign: str, left: Typed, right: Typed, position: int
) -> Typed:
    product = sign == "*"
    scale = left.scale + right.scale if product else max(left.scale, right.scale)
    if scale > MAX_DECIMAL_PRECISION:
        raise ExpressionError(
            f"The product would have {scale} digits after the point",
            position=position,
            remedy="Write round(x, 2) around a part of it.",
        )
    sides = as_decimal(left, scale), as_decimal(right, scale)
    sizes = [side.cast(pl.Float64).abs() for side in sides]
    size = sizes[0] * sizes[1] if product else sizes[0] + sizes[1]
    fits = within_digits(size, scale)
    guarded = [pl.when(fits).then(side) for side in sides]
    return decimal(combine(guarded[0], guarded[1]), position, scale=scale)


def _division(parts: Sequence[Typed], position: int) -> Typed:
    """Polars divides a column by a constant as a product with its inverse, one bit off at times. So the constant is made
    a column: adding nought, taken from the dividend, changes no divisor."""
    left, right = (as_float(part) for part in _numbers(parts, "/"))
    divisor = left * 0.0 + right
    return finite(left / pl.when(divisor != 0).then(divisor), position)


def _whole_division(combine: Binary, sign: str) -> Operator:
    def apply(parts: Sequence[Typed], position: int) -> Typed:
        for part in _numbers(parts, sign):
            if part.type not in (ColumnType.INTEGER, None):
                raise ExpressionError(
                    f"`{sign}` takes integers, but this is {part.named}", position=part.position
                )
        divisor = as_wide(parts[1])
        return integer(combine(as_wide(parts[0]), pl.when(divisor != 0).then(divisor)), position)

    return apply


def _sign(parts: Sequence[Typed], position: int, *, sign: str) -> Typed:
    (part,) = _numbers(parts, sign)
    if sign == "+":
        return part
    if part.type is ColumnType.FLOAT:
        return Typed(-part.polars, part.type, position)
    if part.type is ColumnType.DECIMAL:
        return decimal(-part.polars, position, scale=part.scale)
    return integer(pl.lit(0).cast(pl.Int128) - as_wide(part), position)  # no 128-bit negation


def _numbers(parts: Sequence[Typed], sign: str) -> Sequence[Typed]:
    for part in parts:
        if not is_number(part):
            raise ExpressionError(
                f"`{sign}` takes numbers, but this is {part.named}",
                position=part.position,
                remedy=_NUMBER_REMEDIES.get(part.type),
            )
    return parts


_NUMBER_REMEDIES: Mapping[ColumnType | None, str] = {
    ColumnType.TEXT: "Write concat(a, b) to join texts.",
    ColumnType.DATE: "Write days_between(start, end) for the days between two dates.",
    ColumnType.TIMESTAMP: "Write days_between(start, end) for the days between two dates.",
    ColumnType.TIMESTAMPTZ: "Write days_between(start, end) for the days between two dates.",
}

PREFIXES: Mapping[str, Operator] = {
    "not": _not,
    "-": lambda parts, position: _sign(parts, position, sign="-"),
    "+": lambda parts, position: _sign(parts, position, sign="+"),
}
OPERATORS: Mapping[str, Operator] = {
    "and": _joined(operator.and_, "and", neutral=True),
    "or": _joined(operator.or_, "or", neutral=False),
    "in": _membership(negated=False),
    "not in": _membership(negated=True),
    "==": _comparison(operator.eq, "=="),
    "!=": _comparison(operator.ne, "!="),
    "<": _comparison(operator.lt, "<"),
    "<=": _comparison(operator.le, "<="),
    ">": _comparison(operator.gt, ">"),
    ">=": _comparison(operator.ge, ">="),
    "+": _arithmetic(operator.add, "+"),
    "-": _arithmetic(operator.sub, "-"),
    "*": _arithmetic(operator.mul, "*"),
    "/": _division,
    "//": _whole_division(operator.floordiv, "//"),
    "%": _whole_division(operator.mod, "%"),
}
