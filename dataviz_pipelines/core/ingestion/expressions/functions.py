"""The functions of the expression language: one entry each, with what it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from dataviz_pipelines.core.ingestion.expressions.syntax import ExpressionError
from dataviz_pipelines.core.ingestion.expressions.typed import (
    DATED,
    NUMBERS,
    Typed,
    as_wide,
    boolean,
    decimal,
    integer,
    unified,
)
from dataviz_pipelines.core.models.documents.uploads import ColumnType
from dataviz_pipelines.core.models.documents.vocabulary import MAX_DECIMAL_PRECISION

TEXT, INTEGER, BOOLEAN = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BOOLEAN
ANY = tuple(ColumnType)
TEXTS = (TEXT, ColumnType.UUID, ColumnType.JSON)
ORDERED = (*NUMBERS, *DATED, ColumnType.TIME, TEXT)

Arguments = Sequence[Typed]
Body = Callable[[Arguments, int], Typed]


@dataclass(frozen=True)
class Function:
    """`takes` names the types of each argument; with `repeats`, any further argument is like the last one."""

    usage: str
    takes: tuple[tuple[ColumnType, ...], ...]
    body: Body
    optional: int = 0
    repeats: bool = False


def call(name: str, function: Function, arguments: Arguments, position: int) -> Typed:
    """Raises ExpressionError naming the argument that does not fit."""
    most = None if function.repeats else len(function.takes)
    if len(arguments) < len(function.takes) - function.optional or (
        most is not None and len(arguments) > most
    ):
        raise ExpressionError(
            f"{name}() was given {len(arguments)} arguments",
            position=position,
            remedy=f"Write {function.usage}.",
        )
    for index, argument in enumerate(arguments):
        allowed = function.takes[min(index, len(function.takes) - 1)]
        if argument.type is not None and argument.type not in allowed:
            raise ExpressionError(
                f"{name}() cannot take {argument.named} here",
                position=argument.position,
                remedy=f"Write {function.usage}.",
            )
    return function.body(arguments, position)


def _text(part: Typed) -> pl.Expr:
    return part.polars.cast(pl.String)


def _of_text(transform: Callable[[pl.Expr], pl.Expr]) -> Body:
    return lambda parts, position: Typed(transform(_text(parts[0])), TEXT, position)


def _test_of_texts(test: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Body:
    return lambda parts, position: boolean(test(_text(parts[0]), _text(parts[1])), position)


def _is_null(parts: Arguments, position: int) -> Typed:
    return boolean(parts[0].polars.is_null(), position)


def _length(parts: Arguments, position: int) -> Typed:
    return integer(_text(parts[0]).str.len_chars(), position)


def _coalesce(parts: Arguments, position: int) -> Typed:
    same = unified(parts, what="coalesce() was given")
    chosen = pl.coalesce([part.polars for part in same])
    return Typed(chosen, same[0].type, position, same[0].scale)


def _matches(parts: Arguments, position: int) -> Typed:
    pattern = _constant(parts[1], "matches", "a regular expression")
    problem = regex_problem(pattern)
    if problem is not None:
        raise ExpressionError(
            f"The regular expression cannot be used: {problem}", position=parts[1].position
        )
    return boolean(_text(parts[0]).str.contains(whole(pattern)), position)


def whole(pattern: str) -> str:
    """The same regular expression, but for the whole text."""
    return f"^(?:{pattern})$"


def regex_problem(pattern: str) -> str | None:
    """Why Polars refuses the expression (its regular expressions have no look-around and no back-references)."""
    for form in (pattern, whole(pattern)):
        try:
            pl.Series([""]).str.contains(form)
        except pl.exceptions.ComputeError as error:
            lines = [line for line in str(error).splitlines() if line.startswith("error: ")]
            return lines[0].removeprefix("error: ") if lines else "it is not well-formed"
    return None


def _constant(part: Typed, name: str, what: str) -> str:
    if not isinstance(part.constant, str):
        raise ExpressionError(f"{name}() takes {what} in quotes", position=part.position)
    return part.constant


def _abs(parts: Arguments, position: int) -> Typed:
    part = parts[0]
    if part.type in (INTEGER, None):
        return integer(as_wide(part).abs(), position)
    return Typed(part.polars.abs(), part.type, position, part.scale)


def _round(parts: Arguments, position: int) -> Typed:
    """Half away from zero, as in SQL."""
    part, digits = parts[0], _digits(parts)
    if part.type in (INTEGER, None):
        return Typed(part.polars.cast(pl.Int64), INTEGER, position)
    rounded = part.polars.round(digits, mode="half_away_from_zero")
    if part.type is ColumnType.FLOAT:
        return Typed(rounded, part.type, position)
    scale = min(part.scale, digits)
    dtype = pl.Decimal(MAX_DECIMAL_PRECISION, scale)
    return decimal(rounded.cast(dtype, strict=False), position, scale=scale)


def _digits(parts: Arguments) -> int:
    if len(parts) == 1:
        return 0
    digits = parts[1].constant
    if not isinstance(digits, int) or not 0 <= digits <= MAX_DECIMAL_PRECISION:
        raise ExpressionError(
            "round() takes the number of digits as a plain number from 0 to 38",
            position=parts[1].position,
        )
    return digits


def _part_of_date(extract: Callable[[pl.Expr], pl.Expr]) -> Body:
    return lambda parts, position: integer(extract(_date_of(parts[0])), position)


def _date_of(part: Typed) -> pl.Expr:
    return part.polars.cast(pl.Date)


def _date(parts: Arguments, position: int) -> Typed:
    text = _constant(parts[0], "date", "a date")
    try:
        value = date.fromisoformat(text)
    except ValueError as error:
        raise ExpressionError(
            f"{text!r} is not a date", position=parts[0].position, remedy="Write 2020-12-31."
        ) from error
    return Typed(pl.lit(value, pl.Date), ColumnType.DATE, position)


def _timestamp(parts: Arguments, position: int) -> Typed:
    text = _constant(parts[0], "timestamp", "a date and time")
    try:
        value = datetime.fromisoformat(text)
        zoned = value if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ExpressionError(
            f"{text!r} is not a date and time",
            position=parts[0].position,
            remedy="Write 2020-12-31T12:00:00, followed by Z or an offset for a timestamptz.",
        ) from error
    if zoned.tzinfo is None:
        return Typed(pl.lit(zoned, pl.Datetime("us")), ColumnType.TIMESTAMP, position)
    return Typed(pl.lit(zoned, pl.Datetime("us", "UTC")), ColumnType.TIMESTAMPTZ, position)


def _days_between(parts: Arguments, position: int) -> Typed:
    start, end = (_date_of(part) for part in parts)
    return integer((end - start).dt.total_days(), position)


def _if(parts: Arguments, position: int) -> Typed:
    condition, *branches = parts
    then, otherwise = unified(branches, what="if_() chooses between")
    chosen = (
        pl.when(condition.polars.cast(pl.Boolean)).then(then.polars).otherwise(otherwise.polars)
    )
    return Typed(chosen, then.type, position, then.scale)


def _concat(parts: Arguments, position: int) -> Typed:
    joined = pl.concat_str([_text(part) for part in parts], ignore_nulls=False)
    return Typed(joined, TEXT, position)


def _extreme(name: str, horizontal: Callable[..., pl.Expr]) -> Body:
    def body(parts: Arguments, position: int) -> Typed:
        left, right = unified(parts, what=f"{name}() was given")
        sides = left.polars, right.polars
        known = sides[0].is_not_null() & sides[1].is_not_null()
        chosen = pl.when(known).then(horizontal(*sides))
        return Typed(chosen, left.type, position, left.scale)

    return body


FUNCTIONS: Mapping[str, Function] = {
    "is_null": Function("is_null(x)", (ANY,), _is_null),
    "coalesce": Function("coalesce(a, b, ...)", (ANY, ANY), _coalesce, repeats=True),
    "length": Function("length(text)", (TEXTS,), _length),
    "lower": Function("lower(text)", (TEXTS,), _of_text(lambda text: text.str.to_lowercase())),
    "upper": Function("upper(text)", (TEXTS,), _of_text(lambda text: text.str.to_uppercase())),
    "trim": Function("trim(text)", (TEXTS,), _of_text(lambda text: text.str.strip_chars())),
    "contains": Function(
        "contains(text, part)",
        (TEXTS, (TEXT,)),
        _test_of_texts(lambda text, part: text.str.contains(part, literal=True)),
    ),
    "starts_with": Function(
        "starts_with(text, part)",
        (TEXTS, (TEXT,)),
        _test_of_texts(lambda text, part: text.str.starts_with(part)),
    ),
    "ends_with": Function(
        "ends_with(text, part)",
        (TEXTS, (TEXT,)),
        _test_of_texts(lambda text, part: text.str.ends_with(part)),
    ),
    "matches": Function('matches(text, "regex")', (TEXTS, (TEXT,)), _matches),
    "abs": Function("abs(number)", (NUMBERS,), _abs),
    "round": Function("round(number, digits)", (NUMBERS, (INTEGER,)), _round, optional=1),
    "year": Function("year(date)", (DATED,), _part_of_date(lambda day: day.dt.year())),
    "month": Function("month(date)", (DATED,), _part_of_date(lambda day: day.dt.month())),
    "day": Function("day(date)", (DATED,), _part_of_date(lambda day: day.dt.day())),
    "date": Function('date("2020-12-31")', ((TEXT,),), _date),
    "timestamp": Function('timestamp("2020-12-31T12:00:00")', ((TEXT,),), _timestamp),
    "days_between": Function("days_between(start, end)", (DATED, DATED), _days_between),
    "if_": Function("if_(condition, then, otherwise)", ((BOOLEAN,), ANY, ANY), _if),
    "concat": Function(
        "concat(a, b, ...)", ((*TEXTS, INTEGER), (*TEXTS, INTEGER)), _concat, repeats=True
    ),
    "min": Function("min(a, b)", (ORDERED, ORDERED), _extreme("min", pl.min_horizontal)),
    "max": Function("max(a, b)", (ORDERED, ORDERED), _extreme("max", pl.max_horizontal)),
}
