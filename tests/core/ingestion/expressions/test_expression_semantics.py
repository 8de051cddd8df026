"""Random expressions over random rows mean what the same expression means when plain Python evaluates it."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dataviz_pipelines.core.ingestion.expressions import ExpressionError, compile_expression
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

COLUMNS: dict[str, ColumnType | ColumnRule] = {
    "a": ColumnType.INTEGER,
    "b": ColumnType.INTEGER,
    "p": ColumnRule(name="p", type=ColumnType.DECIMAL, scale=2),
    "x": ColumnType.FLOAT,
    "s": ColumnType.TEXT,
    "t": ColumnType.TEXT,
    "o": ColumnType.BOOLEAN,
}
INT64 = st.one_of(st.integers(-9, 9), st.integers(-(2**63), 2**63 - 1))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.none() | INT64,
            "b": st.none() | INT64,
            "p": st.none() | st.decimals(-9_999, 9_999, places=2),
            "x": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "s": st.none() | st.text(max_size=4),
            "t": st.none() | st.sampled_from(["", "a", "ab", "b"]),
            "o": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)
SCHEMA: dict[str, Any] = {
    "a": pl.Int64,
    "b": pl.Int64,
    "p": pl.Decimal(12, 2),
    "x": pl.Float64,
    "s": pl.String,
    "t": pl.String,
    "o": pl.Boolean,
}

Row = dict[str, Any]
NINES: list[dict[str, Any]] = [
    dict.fromkeys(SCHEMA) | {"a": 9}
] * 2  # Polars is one bit off where the divisor is a constant


@dataclass(frozen=True)
class Case:
    text: str
    evaluate: Callable[[Row], Any]


def null_if_any(function: Callable[..., Any], *parts: Case) -> Callable[[Row], Any]:
    def evaluate(row: Row) -> Any:
        values = [part.evaluate(row) for part in parts]
        return None if any(value is None for value in values) else function(*values)

    return evaluate


def in_64_bits(value: int) -> int | None:
    return value if -(2**63) <= value < 2**63 else None


def binary(sign: str, function: Callable[..., Any], left: Case, right: Case) -> Case:
    return Case(f"({left.text} {sign} {right.text})", null_if_any(function, left, right))


def whole(function: Callable[[int, int], int]) -> Callable[[int, int], int | None]:
    return lambda left, right: None if right == 0 else in_64_bits(function(left, right))


def wide(function: Callable[[int, int], int]) -> Callable[[int, int], int | None]:
    return lambda left, right: in_64_bits(function(left, right))


def quotient(left: float, right: float) -> float | None:
    return None if right == 0 else float(left) / float(right)


def finite(function: Callable[[float, float], float]) -> Callable[[Any, Any], float | None]:
    def evaluate(left: Any, right: Any) -> float | None:
        value = function(float(left), float(right))
        return None if math.isinf(value) else value

    return evaluate


def conjunction(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def disjunction(left: bool | None, right: bool | None) -> bool | None:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def column(name: str) -> Case:
    return Case(name, operator.itemgetter(name))


INTEGER_SIGNS = {
    "+": wide(operator.add),
    "-": wide(operator.sub),
    "*": wide(operator.mul),
    "//": whole(operator.floordiv),
    "%": whole(operator.mod),
}
COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

integers = st.recursive(
    st.sampled_from([column("a"), column("b")])
    | st.integers(0, 2**63 - 1).map(lambda value: Case(str(value), lambda _: value)),
    lambda inner: st.one_of(
        st.builds(
            lambda sign, left, right: binary(sign, INTEGER_SIGNS[sign], left, right),
            st.sampled_from(sorted(INTEGER_SIGNS)),
            inner,
            inner,
        ),
        inner.map(lambda part: Case(f"-{part.text}", null_if_any(lambda v: in_64_bits(-v), part))),
        st.builds(
            lambda name, left, right: Case(
                f"{name}({left.text}, {right.text})",
                null_if_any({"min": min, "max": max}[name], left, right),
            ),
            st.sampled_from(["min", "max"]),
            inner,
            inner,
        ),
        st.builds(
            lambda then, otherwise: Case(
                f"if_(o, {then.text}, {otherwise.text})",
                lambda row: then.evaluate(row) if row["o"] else otherwise.evaluate(row),
            ),
            inner,
            inner,
        ),
        inner.map(
            lambda part: Case(f"abs({part.text})", null_if_any(lambda v: in_64_bits(abs(v)), part))
        ),
    ),
    max_leaves=5,
)
decimals = st.recursive(
    st.just(column("p"))
    | st.decimals(0, 999, places=3).map(lambda value: Case(f"{value:f}", lambda _: value)),
    lambda inner: st.one_of(
        st.builds(
            lambda sign, left, right: binary(
                sign, {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign], left, right
            ),
            st.sampled_from("+-*"),
            inner,
            inner,
        ),
        inner.map(
            lambda part: Case(
                f"round({part.text}, 1)",
                null_if_any(lambda v: v.quantize(Decimal("0.1"), ROUND_HALF_UP), part),
            )
        ),
    ),
    max_leaves=4,
)
floats = st.one_of(
    st.just(column("x")),
    st.builds(lambda left, right: binary("/", quotient, left, right), integers, integers),
    st.builds(
        lambda sign, left, right: binary(
            sign,
            finite({"+": operator.add, "-": operator.sub, "*": operator.mul}[sign]),
            left,
            right,
        ),
        st.sampled_from("+-*"),
        st.just(column("x")),
        integers | decimals,
    ),
)
texts = st.recursive(
    st.sampled_from([column("s"), column("t")])
    | st.sampled_from(["", "a", "b b"]).map(lambda value: Case(repr(value), lambda _: value)),
    lambda inner: st.one_of(
        st.builds(
            lambda left, right: Case(
                f"concat({left.text}, {right.text})", null_if_any(operator.add, left, right)
            ),
            inner,
            inner,
        ),
        st.builds(
            lambda left, right: Case(
                f"coalesce({left.text}, {right.text})",
                lambda row: (
                    right.evaluate(row) if left.evaluate(row) is None else left.evaluate(row)
                ),
            ),
            inner,
            inner,
        ),
    ),
    max_leaves=3,
)
TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


def compared(kind: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    return st.builds(
        lambda sign, left, right: binary(sign, COMPARISONS[sign], left, right),
        st.sampled_from(sorted(COMPARISONS)),
        kind,
        kind,
    )


conditions = st.recursive(
    st.one_of(
        st.just(column("o")),
        compared(integers),
        compared(decimals),
        compared(integers | decimals),
        compared(floats),
        compared(texts),
        st.builds(
            lambda name, left, right: Case(
                f"{name}({left.text}, {right.text})", null_if_any(TEXT_TESTS[name], left, right)
            ),
            st.sampled_from(sorted(TEXT_TESTS)),
            texts,
            texts,
        ),
        integers.map(
            lambda part: Case(f"is_null({part.text})", lambda row: part.evaluate(row) is None)
        ),
    ),
    lambda inner: st.one_of(
        inner.map(lambda part: Case(f"(not {part.text})", null_if_any(operator.not_, part))),
        st.builds(
            lambda left, right: Case(
                f"({left.text} and {right.text})",
                lambda row: conjunction(left.evaluate(row), right.evaluate(row)),
            ),
            inner,
            inner,
        ),
        st.builds(
            lambda left, right: Case(
                f"({left.text} or {right.text})",
                lambda row: disjunction(left.evaluate(row), right.evaluate(row)),
            ),
            inner,
            inner,
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=300)
@example(Case("'' != coalesce(s, '')", lambda _: False), NINES)
@example(Case("not (o and 0 != 0)", lambda _: True), NINES)
@example(Case("0 != 0 and p != 1", lambda _: False), NINES)
@example(Case("1 == 1 or p != 1", lambda _: True), NINES)
@example(Case("a / 9313", lambda row: None if row["a"] is None else row["a"] / 9313), NINES)
@given(st.one_of(integers, decimals, floats, texts, conditions), ROWS)
def test_every_expression_means_what_python_says(case: Case, rows: list[Row]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    expression = compile_expression(case.text, COLUMNS)
    result = frame.select(expression.polars.alias("result"))["result"].to_list()
    with localcontext(Context(prec=60)):
        expected = [case.evaluate(row) for row in rows]
    assert result == expected
    assert [type(value) for value in result] == [type(value) for value in expected]


def position_of_the_mistake(text: str) -> int | None:
    """None when there is none, and the expression can be run."""
    try:
        compiled = compile_expression(text, COLUMNS)
    except ExpressionError as error:
        return error.position
    pl.DataFrame(schema=SCHEMA).with_columns(compiled.polars.alias("result"))
    return None


@given(st.text(alphabet="ab1. +-*/()[]\"'\\,=<>!&|notindrlmx_%", max_size=40))
def test_any_text_is_an_expression_or_an_error_with_a_position(text: str) -> None:
    position = position_of_the_mistake(text)
    assert position is None or 1 <= position <= len(text) + 1
