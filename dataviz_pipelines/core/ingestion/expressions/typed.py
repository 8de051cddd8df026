"""Typed parts of an expression, and how two types become one.

Decimals are exact: each knows how many digits follow its point. What leaves the range of its type becomes NULL, as does a
division by zero; nothing wraps around.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from dataviz_pipelines.core.ingestion.expressions.syntax import ExpressionError
from dataviz_pipelines.core.ingestion.polars_types import POLARS_TYPES
from dataviz_pipelines.core.models.documents.uploads import ColumnType
from dataviz_pipelines.core.models.documents.vocabulary import MAX_DECIMAL_PRECISION

NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT)
DATED = (ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ)
_ARTICLES = {ColumnType.INTEGER: "an"}
_SAFE_MAGNITUDE = 0.999_999


@dataclass(frozen=True)
class Typed:
    """`type` None: the constant NULL, which goes with everything. `fixed`: it reads no column; `constant` is its value."""

    polars: pl.Expr
    type: ColumnType | None
    position: int
    scale: int = 0
    constant: object = None
    fixed: bool = False

    @property
    def named(self) -> str:
        return "null" if self.type is None else f"{_ARTICLES.get(self.type, 'a')} {self.type}"


def is_number(part: Typed) -> bool:
    return part.type in NUMBERS or part.type is None


def boolean(expression: pl.Expr, position: int) -> Typed:
    return Typed(expression, ColumnType.BOOLEAN, position)


def integer(expression: pl.Expr, position: int) -> Typed:
    """Whatever fits 64 bits; the rest is NULL."""
    return Typed(expression.cast(pl.Int64, strict=False), ColumnType.INTEGER, position)


def decimal(expression: pl.Expr, position: int, *, scale: int) -> Typed:
    return Typed(expression, ColumnType.DECIMAL, position, scale)


def finite(expression: pl.Expr, position: int) -> Typed:
    kept = pl.when(~expression.is_infinite()).then(expression)
    return Typed(kept, ColumnType.FLOAT, position)


def as_decimal(part: Typed, scale: int) -> pl.Expr:
    return part.polars.cast(pl.Decimal(MAX_DECIMAL_PRECISION, scale), strict=False)


def as_float(part: Typed) -> pl.Expr:
    return part.polars.cast(pl.Float64)


def as_wide(part: Typed) -> pl.Expr:
    """The sum and the product of two 64-bit numbers always fit 128 bits."""
    return part.polars.cast(pl.Int128)


def constant(value: object, kind: ColumnType | None, position: int, *, scale: int = 0) -> Typed:
    """A value that is the same for every row."""
    if kind is None:
        return Typed(pl.lit(None), None, position, fixed=True)
    dtype = (
        pl.Decimal(MAX_DECIMAL_PRECISION, scale)
        if kind is ColumnType.DECIMAL
        else POLARS_TYPES[kind]
    )
    return Typed(pl.lit(value, dtype), kind, position, scale, constant=value, fixed=True)


def spread(parts: Sequence[Typed]) -> list[Typed]:
    """Constants beside columns, with one value for each row. Left single, they end in results of a single value: where a
    column happens to hold one value throughout, Polars keeps it as one, and two such make one."""
    if all(part.fixed for part in parts):
        return list(parts)
    return [replace(part, polars=repeated(part)) if part.fixed else part for part in parts]


def repeated(part: Typed) -> pl.Expr:
    return pl.repeat(part.polars, pl.len())


def within_digits(magnitude: pl.Expr, scale: int) -> pl.Expr:
    """Whether a result of this magnitude is sure to fit; Polars raises where it does not."""
    return magnitude < _SAFE_MAGNITUDE * 10.0 ** (MAX_DECIMAL_PRECISION - scale)


def unified(parts: Sequence[Typed], *, what: str) -> list[Typed]:
    """The same values with one type for all: numbers widen, NULL takes any type. Raises where no type fits."""
    known = [part for part in parts if part.type is not None]
    if not known:
        return list(parts)
    if all(part.type in NUMBERS for part in known):
        return _unified_numbers(parts)
    common = known[0]
    for part in known[1:]:
        if part.type is not common.type and {part.type, common.type} != _TEXTS:
            raise _mismatch(common, part, what)
    if {part.type for part in known} == _TEXTS:
        common = Typed(common.polars, ColumnType.TEXT, common.position)
    dtype = POLARS_TYPES[common.type or ColumnType.TEXT]
    return [_widened(part, part.polars.cast(dtype), common.type) for part in parts]


_TEXTS = {ColumnType.TEXT, ColumnType.UUID}


def _unified_numbers(parts: Sequence[Typed]) -> list[Typed]:
    types = {part.type for part in parts}
    if ColumnType.FLOAT in types:
        return [_widened(part, as_float(part), ColumnType.FLOAT) for part in parts]
    if ColumnType.DECIMAL in types:
        scale = max(part.scale for part in parts)
        return [
            _widened(part, as_decimal(part, scale), ColumnType.DECIMAL, scale=scale)
            for part in parts
        ]
    return [_widened(part, part.polars.cast(pl.Int64), ColumnType.INTEGER) for part in parts]


def _widened(part: Typed, expression: pl.Expr, kind: ColumnType | None, *, scale: int = 0) -> Typed:
    return Typed(expression, kind, part.position, scale, fixed=part.fixed)


def _mismatch(left: Typed, right: Typed, what: str) -> ExpressionError:
    return ExpressionError(
        f"{what} {left.named} and {right.named}, which do not go together",
        position=right.position,
        remedy=_mismatch_remedy({left.type, right.type}),
    )


def _mismatch_remedy(types: set[ColumnType | None]) -> str | None:
    if types == {ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ}:
        return 'Give the constant an offset, as in timestamp("2020-01-01T00:00:00Z").'
    if types == {ColumnType.DATE, ColumnType.TIMESTAMP}:
        return 'Write the day as timestamp("2020-12-31T00:00:00").'
    if ColumnType.DATE in types:
        return 'Write a date as date("2020-12-31").'
    if types & set(DATED):
        return 'Write a time as timestamp("2020-12-31T12:00:00").'
    if ColumnType.TEXT in types and types & set(NUMBERS):
        return "Numbers stand without quotes; a text column must be given the type of a number."
    return None
