"""Text to typed values, or a finding: nothing is rounded, guessed or quietly turned into NULL.

Every parser first casts the way Polars is fast at, and then looks only at what that got wrong or was too lenient about.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import polars as pl

from dataviz_pipelines.core.ingestion.findings import findings, no_findings
from dataviz_pipelines.core.ingestion.polars_types import polars_type
from dataviz_pipelines.core.ingestion.temporal import (
    parse_date,
    parse_time,
    parse_timestamp,
    parse_timestamptz,
)
from dataviz_pipelines.core.ingestion.usual import usual_values
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

TYPE = "type"  # the rule that what does not parse breaks
FLOAT_DIGITS = 17  # more significant digits than these cannot survive in a double
NUMERIC_DIGITS = 16_000  # on either side of the point; PostgreSQL's numeric ends soon after
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_PLAIN_DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)$"
_UUID = r"^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$"

Parser = Callable[[pl.Series, ColumnRule], pl.Series]


def parse_columns(
    frame: pl.DataFrame, rules: Sequence[ColumnRule], *, native: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The columns that `rules` name, typed and in their order, and the findings of what did not parse.

    `frame` holds text. A column it lacks becomes NULL. `native` text is canonical whatever the rule's formats say.
    """
    rules = [_canonical(rule) for rule in rules] if native else rules
    present = {
        rule.name: _without_nulls(frame[rule.name], rule.null_values)
        for rule in rules
        if rule.name in frame.columns
    }
    usual = _usual_values(present, rules)
    typed: list[pl.Series] = []
    found: list[pl.DataFrame] = [no_findings()]
    for rule in rules:
        if rule.name in present:
            text = present[rule.name]
            values, bad = _judged(_completed(usual.get(rule.name), text, rule), text, rule)
            found.append(bad)
        else:
            values = pl.Series(rule.name, [None], dtype=polars_type(rule)).new_from_index(
                0, frame.height
            )
        typed.append(values)
    return pl.DataFrame(typed), pl.concat(found)


def _usual_values(
    present: Mapping[str, pl.Series], rules: Sequence[ColumnRule]
) -> dict[str, pl.Series]:
    """NULL wherever anything is unusual."""
    readers = {rule.name: usual_values(rule) for rule in rules if rule.name in present}
    read = [reader.alias(name) for name, reader in readers.items() if reader is not None]
    return pl.LazyFrame(list(present.values())).select(read).collect().to_dict()


def parse_column(text: pl.Series, rule: ColumnRule) -> tuple[pl.Series, pl.DataFrame]:
    present = _without_nulls(text, rule.null_values)
    return _judged(_completed(None, present, rule), present, rule)


def _completed(usual: pl.Series | None, present: pl.Series, rule: ColumnRule) -> pl.Series:
    """With the values that were not read yet; NULL for what cannot be read."""
    if usual is None:
        return PARSERS[rule.type](present, rule).alias(rule.name)
    if usual.null_count() == present.null_count():
        return usual
    left = (usual.is_null() & present.is_not_null()).arg_true()
    return usual.scatter(left, PARSERS[rule.type](present.gather(left), rule))


def _judged(
    values: pl.Series, present: pl.Series, rule: ColumnRule
) -> tuple[pl.Series, pl.DataFrame]:
    """The values, and the findings of what could not be read."""
    if values.null_count() == present.null_count():
        return values, no_findings()
    bad = present.is_not_null() & values.is_null()
    return values, findings(
        bad, rule=TYPE, message=_expected(rule), column=rule.name, values=present
    )


def _canonical(rule: ColumnRule) -> ColumnRule:
    """Typed cells arrive as plain numbers and ISO times; the formats of the template still apply to cells of text."""
    iso = [*rule.formats, *_ISO_FORMATS.get(rule.type, [])] if rule.formats else []
    return rule.model_copy(update={"decimal": ".", "thousands": None, "formats": iso})


_ISO_FORMATS = {
    ColumnType.DATE: ["%Y-%m-%d", "%Y-%m-%dT00:00:00"],
    ColumnType.TIME: ["%H:%M:%S.%f"],
    ColumnType.TIMESTAMP: ["%Y-%m-%dT%H:%M:%S.%f"],
    ColumnType.TIMESTAMPTZ: ["%Y-%m-%dT%H:%M:%S.%f"],
}


def _without_nulls(text: pl.Series, null_values: Sequence[str]) -> pl.Series:
    if not null_values:
        return text
    marks = text.is_in(list(null_values)).fill_null(False)
    return text.set(marks, None) if marks.any() else text


def _parse_text(text: pl.Series, rule: ColumnRule) -> pl.Series:  # noqa: ARG001  # the table's signature
    nul = text.str.contains("\x00", literal=True).fill_null(False)
    return text.set(nul, None) if nul.any() else text


def _parse_integer(text: pl.Series, rule: ColumnRule) -> pl.Series:
    plain = _plain_numbers(text, rule)
    values = plain.cast(pl.Int64, strict=False)
    left = (values.is_null() & plain.is_not_null()).arg_true()
    if left.is_empty():
        return values
    whole = plain.gather(left).str.replace(r"\.0*$", "")
    return values.scatter(left, whole.cast(pl.Int64, strict=False))


def _parse_decimal(text: pl.Series, rule: ColumnRule) -> pl.Series:
    plain = _plain_numbers(text, rule)
    exact = plain.str.contains(_PLAIN_DECIMAL) & ~plain.str.contains(
        rf"\.\d{{{rule.scale}}}\d*[1-9]"
    )
    return plain.set(~exact, None).cast(polars_type(rule), strict=False)


def _parse_float(text: pl.Series, rule: ColumnRule) -> pl.Series:
    plain = _plain_numbers(text, rule)
    values = plain.cast(pl.Float64, strict=False)
    values = values.set(~values.is_finite(), None)
    point = plain.str.contains(".", literal=True)
    digits_at_most = plain.str.len_bytes() - point - plain.str.starts_with("0.")
    many = (digits_at_most > FLOAT_DIGITS).arg_true()
    too_many = many.filter(_significant_digits(plain.gather(many)) > FLOAT_DIGITS)
    zeros = (values == 0).arg_true()
    too_small = zeros.filter(_significant_digits(plain.gather(zeros)) > 0)
    lost = pl.concat([too_many, too_small])
    return values.scatter(lost, None) if len(lost) else values


def _significant_digits(plain: pl.Series) -> pl.Series:
    mantissa = plain.str.replace(r"[eE].*$", "").str.replace_all(r"[+\-.]", "")
    return mantissa.str.strip_chars("0").str.len_bytes()


def _plain_numbers(text: pl.Series, rule: ColumnRule) -> pl.Series:
    """Numbers as a program writes them. A misplaced thousands separator makes the number unreadable, hence NULL."""
    plain = text.str.strip_chars()
    if rule.thousands is not None:
        grouped = plain.str.contains(_grouping(rule))
        plain = plain.set(~grouped, None).str.replace_all(rule.thousands, "", literal=True)
    if rule.decimal != ".":
        plain = plain.set(plain.str.contains(".", literal=True), None)
        plain = plain.str.replace(rule.decimal, ".", literal=True)
    return plain


def _grouping(rule: ColumnRule) -> str:
    """Either no separator at all, or one before every three digits."""
    group, point = _escaped(rule.thousands or ""), _escaped(rule.decimal)
    return rf"^[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)({point}[^{group}]*)?$"


def _escaped(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


def _parse_boolean(text: pl.Series, rule: ColumnRule) -> pl.Series:
    true = [value.lower() for value in rule.true_values]
    false = [value.lower() for value in rule.false_values]
    values = _matched(text, true, false)
    if values.null_count() == text.null_count():
        return values  # as most programs write them
    return _matched(text.str.strip_chars().str.to_lowercase(), true, false)


def _matched(text: pl.Series, true: Sequence[str], false: Sequence[str]) -> pl.Series:
    yes = text.is_in(true)
    return yes.set(~(yes | text.is_in(false)), None)


def _parse_uuid(text: pl.Series, rule: ColumnRule) -> pl.Series:  # noqa: ARG001  # the table's signature
    word = text.str.strip_chars().str.to_lowercase()
    word = word.set(~word.str.contains(_UUID), None)
    return word.str.replace(_UUID, "${1}-${2}-${3}-${4}-${5}")


def _parse_json(text: pl.Series, rule: ColumnRule) -> pl.Series:  # noqa: ARG001  # the table's signature
    return text.map_elements(_checked_json, return_dtype=pl.String, skip_nulls=True)


def _checked_json(text: str) -> str | None:
    r"""The text itself, or None when PostgreSQL would refuse it as jsonb, which has no NaN, no \u0000, no half of a
    surrogate pair and no numbers beyond `numeric`."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_numeric)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return None if "\\u0000" in text else text


def _numeric(text: str) -> float:
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) + abs(int(exponent or 0)) > NUMERIC_DIGITS:
        raise ValueError(text)
    return float(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _expected(rule: ColumnRule) -> str:
    if rule.type is ColumnType.DECIMAL:
        return f"is not a decimal number of at most {rule.precision} digits, {rule.scale} of them after the point"
    text = _EXPECTED[rule.type]
    if rule.formats:
        return f"{text} in the format {' or '.join(rule.formats)}"
    if rule.type is ColumnType.TIMESTAMPTZ and rule.time_zone is None:
        return f"{text}, with an offset (or a time_zone in the template)"
    return text


_EXPECTED: Mapping[ColumnType, str] = {
    ColumnType.TEXT: "has a NUL character, which PostgreSQL cannot store",
    ColumnType.INTEGER: "is not a whole number of at most 64 bits",
    ColumnType.FLOAT: f"is not a number of at most {FLOAT_DIGITS} digits; the type decimal keeps more",
    ColumnType.BOOLEAN: "is none of the template's true_values and false_values",
    ColumnType.DATE: "is not a date",
    ColumnType.TIME: "is not a time of day",
    ColumnType.TIMESTAMP: "is not a date and time without offset",
    ColumnType.TIMESTAMPTZ: "is not a date and time that exists once in its zone",
    ColumnType.UUID: "is not a UUID",
    ColumnType.JSON: "is not JSON that PostgreSQL accepts",
}

PARSERS: Mapping[ColumnType, Parser] = {
    ColumnType.TEXT: _parse_text,
    ColumnType.INTEGER: _parse_integer,
    ColumnType.DECIMAL: _parse_decimal,
    ColumnType.FLOAT: _parse_float,
    ColumnType.BOOLEAN: _parse_boolean,
    ColumnType.DATE: parse_date,
    ColumnType.TIME: parse_time,
    ColumnType.TIMESTAMP: parse_timestamp,
    ColumnType.TIMESTAMPTZ: parse_timestamptz,
    ColumnType.UUID: _parse_uuid,
    ColumnType.JSON: _parse_json,
}
