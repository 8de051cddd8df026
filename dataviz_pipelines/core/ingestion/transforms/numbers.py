"""Numbers of one notation, rewritten as a program writes them. No digit is added, dropped or rounded."""

import re

import polars as pl

from dataviz_pipelines.core.models.documents.steps import ParseNumber

CANONICAL = r"^-?[0-9]+(\.[0-9]+)?$"
_SAME_SEPARATOR = {" ": " \u00a0\u202f\u2009", "'": "'\u2019"}  # what typesetters write instead


def rewrite_numbers(text: pl.Series, step: ParseNumber, *, native: bool) -> pl.Series:
    """NULL where the text is no number in the step's notation. `native` numbers that are plain already stay."""
    cells = text.str.strip_chars()
    cells = _without_parentheses(cells) if step.negative_parentheses else cells
    parts = cells.str.extract_groups(_notation(step)).struct.unnest()
    parts.columns = ["sign", "late_sign", "whole", "fraction"]
    numbers = parts.select(_plain(step).alias(text.name)).to_series()
    if not native:
        return numbers
    plain = text.str.contains(CANONICAL).fill_null(False)
    return text.zip_with(plain, numbers)


def _without_parentheses(cells: pl.Series) -> pl.Series:
    """`(5)` to `-5`; a sign inside stays, and makes two signs, which is no number."""
    return cells.str.replace(r"^\((.*)\)$", "-${1}")


def _notation(step: ParseNumber) -> str:
    texts = "|".join(re.escape(text) for text in sorted(step.strip, key=len, reverse=True))
    around = rf"(?:(?:{texts})\s*)*" if texts else ""
    after = rf"(?:\s*(?:{texts}))*" if texts else ""
    return (
        rf"^([+-]?)\s*{around}([+-]?)({_whole(step)})(?:{_escaped(step.decimal)}([0-9]*))?{after}$"
    )


def _whole(step: ParseNumber) -> str:
    """Either no separator at all, or the same one before every three digits."""
    grouped = [rf"[0-9]{{1,3}}(?:{_escaped(one)}[0-9]{{3}})+" for one in _variants(step.thousands)]
    return "|".join([*grouped, r"[0-9]*"])


def _variants(separator: str | None) -> str:
    return "" if separator is None else _SAME_SEPARATOR.get(separator, separator)


def _escaped(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


def _plain(step: ParseNumber) -> pl.Expr:
    digits = pl.col("whole")
    for character in _variants(step.thousands):
        digits = digits.str.replace_all(character, "", literal=True)
    sign = pl.concat_str("sign", "late_sign").str.replace("+", "", literal=True)
    fraction = pl.col("fraction").fill_null("")
    number = pl.concat_str(
        sign,
        pl.when(digits == "").then(pl.lit("0")).otherwise(digits),
        pl.when(fraction == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit("."), fraction)),
    )
    has_digits = (digits != "") | (fraction != "")
    one_sign = (pl.col("sign") == "") | (pl.col("late_sign") == "")
    return pl.when(has_digits & one_sign).then(number)
