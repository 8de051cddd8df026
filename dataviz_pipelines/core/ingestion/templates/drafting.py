"""What a column of a sample is, going by all of its values; text wherever there is doubt.

A guess is only made where every value bears it out, by the same parser that will read the real files.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from dataviz_pipelines.core.ingestion.parsing import parse_column
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

NULL_MARKERS = ("NA", "N/A", "n/a", "na", "NULL", "Null", "null", "None", "none", "NaN", "nan", "#N/A", "-", "--", "?")  # fmt: skip
LONGEST_NUMBER = 15  # more digits than these are an identifier, not a quantity
_IDENTIFIER = rf"^\s*[+-]?(0[0-9]|[0-9]{{{LONGEST_NUMBER + 1},}})"
_DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
    "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d-%b-%Y", "%d-%b-%y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
)  # fmt: skip
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
_NOTATIONS = ((",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"))
_PAIRS = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"})

Options = dict[str, Any]


@dataclass(frozen=True)
class Guess:
    """Options of a ColumnRule, and what a person should look at."""

    options: Options
    note: str | None = None


def guess_column(values: pl.Series) -> Guess:
    """`values` as read: text, "" or null where there is none. Markers such as NA mean NULL only in a column whose other
    values are of a stricter type than text."""
    filled = values.drop_nulls()
    filled = filled.filter(filled != "")
    marked = filled.is_in(NULL_MARKERS)
    real = filled.filter(~marked)
    guess = _stricter(real) if len(real) else None
    if guess is None or guess.options.get("type", ColumnType.TEXT) is ColumnType.TEXT:
        note = None if guess is None else guess.note
        return Guess({"nullable": len(filled) < len(values)}, note)
    nulls = sorted(filled.filter(marked).unique().to_list())
    nullable = len(real) < len(values)
    markers = {"null_values": ["", *nulls]} if nulls else {}
    return Guess({**guess.options, "nullable": nullable, **markers}, guess.note)


def _stricter(values: pl.Series) -> Guess | None:
    guessers = (_boolean, _number, _iso_time, _uuid, _json, _written_time)
    return next((guess for guesser in guessers if (guess := guesser(values)) is not None), None)


def _fits(values: pl.Series, options: Options) -> bool:
    _, bad = parse_column(values, ColumnRule(name="sample", **options))
    return bad.is_empty()


def _boolean(values: pl.Series) -> Guess | None:
    words = set(values.str.strip_chars().str.to_lowercase().unique())
    pair = next((pair for pair in _PAIRS if words <= pair), None)
    if pair is None or (words != pair and words.isdisjoint({"true", "false"})):
        return None
    return Guess({"type": ColumnType.BOOLEAN})


def _number(values: pl.Series) -> Guess | None:
    if not values.str.contains("[0-9]").all():
        return None
    if values.str.contains(_IDENTIFIER).any():
        return Guess({}) if values.str.contains(r"^\s*[+-]?[0-9]+\s*$").all() else None
    plain = _plain_number(values, {})
    if plain is not None:
        return plain
    guesses = [guess for guess in map(_notation(values), _NOTATIONS) if guess is not None]
    if len(guesses) == 1:
        return guesses[0]
    if guesses:
        return Guess(
            {}, "Looks like numbers, but the comma could be a decimal or a thousands separator."
        )
    return None


def _notation(values: pl.Series) -> Callable[[tuple[str, str | None]], Guess | None]:
    def attempt(notation: tuple[str, str | None]) -> Guess | None:
        decimal, thousands = notation
        options: Options = {} if decimal == "." else {"decimal": decimal}
        if thousands is not None:
            if not values.str.contains(thousands, literal=True).any():
                return None
            options["thousands"] = thousands
        return _plain_number(values, options)

    return attempt


def _plain_number(values: pl.Series, options: Options) -> Guess | None:
    mark = options.get("decimal", ".")
    if not values.str.contains(mark, literal=True).any():
        whole = {"type": ColumnType.INTEGER, **options}
        if _fits(values, whole):
            return Guess(whole)
    decimal = {"type": ColumnType.DECIMAL, **_digits(values, mark), **options}
    if _fits(values, decimal):
        return Guess(decimal)
    real = {"type": ColumnType.FLOAT, **options}
    return Guess(real) if _fits(values, real) else None


def _digits(values: pl.Series, mark: str) -> Options:
    """Digits after the point as seen; in all, room for more before it."""
    after = values.str.strip_chars().str.extract(rf"{re.escape(mark)}([0-9]+)$").str.len_chars()
    scale = min(int(after.fill_null(0).max() or 0), 38)  # type: ignore[arg-type]  # lengths
    whole = int(values.str.len_chars().max() or 0)  # type: ignore[arg-type]  # lengths
    return {"scale": scale, "precision": 18 if whole <= LONGEST_NUMBER else 38}


def _iso_time(values: pl.Series) -> Guess | None:
    kinds = (ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ, ColumnType.TIME)
    return next((Guess({"type": kind}) for kind in kinds if _fits(values, {"type": kind})), None)


def _uuid(values: pl.Series) -> Guess | None:
    options = {"type": ColumnType.UUID}
    return Guess(options) if _fits(values, options) else None


def _json(values: pl.Series) -> Guess | None:
    options = {"type": ColumnType.JSON}
    structured = values.str.contains(r"^\s*[\[{]").all()
    return Guess(options) if structured and _fits(values, options) else None


def _written_time(values: pl.Series) -> Guess | None:
    """A format is taken when it is the only one, or when all that fit mean the same days."""
    if not values.str.contains("[0-9]").all():
        return None
    fitting = list(_fitting_formats(values))
    if not fitting:
        return None
    readings = [parsed for _, parsed in fitting]
    if all(parsed.equals(readings[0]) for parsed in readings[1:]):
        return Guess(fitting[0][0])
    names = " or ".join(str(options["formats"][0]) for options, _ in fitting)
    return Guess({}, f"Looks like dates, but they fit several formats: {names}.")


def _fitting_formats(values: pl.Series) -> Iterator[tuple[Options, pl.Series]]:
    for form in _DAYS:
        yield from _reading(values, ColumnType.DATE, form)
    if not values.str.contains(":", literal=True).all():
        return
    for clock in _CLOCKS:
        yield from _reading(values, ColumnType.TIME, clock)
        for form in _DAYS:
            yield from _reading(values, ColumnType.TIMESTAMP, f"{form} {clock}")


def _reading(values: pl.Series, kind: ColumnType, form: str) -> Iterator[tuple[Options, pl.Series]]:
    options: Options = {"type": kind, "formats": [form]}
    parsed, bad = parse_column(values, ColumnRule(name="sample", **options))
    if bad.is_empty():
        yield options, parsed
