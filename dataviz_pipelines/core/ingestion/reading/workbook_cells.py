"""A typed cell as text: plain decimal numbers, ISO 8601, true and false; None for an empty cell."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

EXACT_INTEGERS = 2**53  # from here on a float is not the only number it stands for


def texts(values: Sequence[Any]) -> list[str | None]:
    """Never rounds: a number has the shortest digits that give the same number again."""
    return [TEXT_OF[type(value)](value) for value in values]


def text_column(name: str, values: Sequence[Any]) -> pl.Series:
    """As `texts`; columns of texts and of whole numbers, which most are, at once."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return pl.Series(name, values, pl.String).replace("", None)
    if kinds == {float}:
        numbers = pl.Series(name, values, pl.Float64)
        whole = numbers.cast(pl.Int64, strict=False)
        if (numbers.abs() < EXACT_INTEGERS).all() and (whole == numbers).all():
            return whole.cast(pl.String)
    return pl.Series(name, texts(values), pl.String)


def _float_text(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _duration_text(value: timedelta) -> str:
    """Hours may exceed a day: `30:00:00`."""
    seconds = value // timedelta(seconds=1)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{value.microseconds:06d}" if value.microseconds else text


TEXT_OF: dict[type, Callable[[Any], str | None]] = {
    str: lambda value: value or None,
    float: _float_text,
    int: str,
    bool: lambda value: "true" if value else "false",
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _duration_text,
    type(None): lambda _: None,
}
