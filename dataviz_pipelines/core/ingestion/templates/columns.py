"""Whether the rules of each column make sense."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dataviz_pipelines.core.ingestion.expressions import regex_problem
from dataviz_pipelines.core.ingestion.parsing import parse_column
from dataviz_pipelines.core.ingestion.templates.problems import Problem, Problems
from dataviz_pipelines.core.ingestion.time_formats import FormatKind, format_problem, kind_of
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType
from dataviz_pipelines.core.models.documents.vocabulary import MAX_DECIMAL_PRECISION, MAX_NAME_BYTES

SYSTEM_COLUMNS = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

_T = ColumnType
_NUMBERS = {_T.INTEGER, _T.DECIMAL, _T.FLOAT}
_TIMES = {_T.DATE, _T.TIME, _T.TIMESTAMP, _T.TIMESTAMPTZ}
_APPLIES: Mapping[str, set[ColumnType]] = {
    "formats": _TIMES,
    "time_zone": {_T.TIMESTAMPTZ},
    "decimal": _NUMBERS,
    "thousands": _NUMBERS,
    "precision": {_T.DECIMAL},
    "scale": {_T.DECIMAL},
    "true_values": {_T.BOOLEAN},
    "false_values": {_T.BOOLEAN},
    "min": _NUMBERS | _TIMES,
    "max": _NUMBERS | _TIMES,
    "min_length": {_T.TEXT},
    "max_length": {_T.TEXT},
    "pattern": {_T.TEXT},
    "one_of": _NUMBERS | _TIMES | {_T.TEXT, _T.UUID},
    "unique": set(_T) - {_T.JSON},
    "lookup": set(_T) - {_T.JSON},
}
_FORMATS_OF: Mapping[ColumnType, set[FormatKind]] = {
    _T.DATE: {FormatKind.DATE},
    _T.TIME: {FormatKind.TIME},
    _T.TIMESTAMP: {FormatKind.DATE, FormatKind.TIMESTAMP},
    _T.TIMESTAMPTZ: {FormatKind.DATE, FormatKind.TIMESTAMP, FormatKind.OFFSET_TIMESTAMP},
}


def column_problems(rule: ColumnRule, path: str) -> Problems:
    for option, types in _APPLIES.items():
        if rule.type not in types and getattr(rule, option) != _default(option):
            yield Problem(f"{path}.{option}", f"a column of type {rule.type} has no such option")
        elif option in _CHECKS and rule.type in types:
            for message in _CHECKS[option](rule):
                yield Problem(f"{path}.{option}", message)
    yield from identifier_problems(rule.name, f"{path}.name")


def _default(option: str) -> Any:
    return ColumnRule.model_fields[option].get_default(call_default_factory=True)


def identifier_problems(name: str, path: str) -> Problems:
    """PostgreSQL cuts longer names without a word."""
    if len(name.encode()) > MAX_NAME_BYTES:
        yield Problem(path, f"the name is longer than PostgreSQL's {MAX_NAME_BYTES} bytes")
    if any(unicodedata.category(each) == "Cc" for each in name):
        yield Problem(path, "the name has a control character")
    if name in SYSTEM_COLUMNS:
        yield Problem(path, f"{name} is a system column of every PostgreSQL table")


def _formats(rule: ColumnRule) -> list[str]:
    found = []
    for form in rule.formats:
        problem = format_problem(form)
        if problem is not None:
            found.append(f"{form!r} cannot be read: {problem}")
        elif kind_of(form) not in _FORMATS_OF[rule.type]:
            found.append(f"{form!r} reads a {kind_of(form)}, but the column is {rule.type}")
        elif _needs_zone(rule, form):
            found.append(f"{form!r} has no offset (%z); give the time_zone of such values")
    return found


def _needs_zone(rule: ColumnRule, form: str) -> bool:
    local = kind_of(form) is not FormatKind.OFFSET_TIMESTAMP
    return rule.type is _T.TIMESTAMPTZ and local and rule.time_zone is None


def zone_problem(name: str) -> str | None:
    try:
        ZoneInfo(name)
        pl.Series([], dtype=pl.Datetime("us")).dt.replace_time_zone(name)
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
        return f"there is no time zone {name!r}; write an IANA name such as Europe/Berlin"
    return None


def _time_zone(rule: ColumnRule) -> list[str]:
    problem = None if rule.time_zone is None else zone_problem(rule.time_zone)
    return [] if problem is None else [problem]


def separator_problem(separator: str) -> str | None:
    if separator.isdigit() or separator in "+-":
        return f"{separator!r} is part of a number and cannot separate its digits"
    return None


def _separators(rule: ColumnRule) -> list[str]:
    problems = [separator_problem(each) for each in (rule.decimal, rule.thousands or ",")]
    same = "decimal and thousands are the same" if rule.decimal == rule.thousands else None
    return [problem for problem in (*problems, same) if problem is not None]


def _scale(rule: ColumnRule) -> list[str]:
    if rule.scale > rule.precision:
        return [f"{rule.scale} digits after the point, but only {rule.precision} in all"]
    return []


def _true_values(rule: ColumnRule) -> list[str]:
    if not rule.true_values or not rule.false_values:
        return ["true_values and false_values both need a text"]
    both = {each.lower() for each in rule.true_values} & {
        each.lower() for each in rule.false_values
    }
    return [f"{min(both)!r} means both true and false"] if both else []


def plain_values(rule: ColumnRule, values: list[Any]) -> tuple[pl.Series, list[str]]:
    """Values of the column's type, written plainly: a point for decimals, ISO for times. And those that are none."""
    plain = rule.model_copy(
        update={
            "decimal": ".",
            "thousands": None,
            "formats": [],
            "null_values": [],
            "precision": MAX_DECIMAL_PRECISION,
        }
    )
    texts = pl.Series(rule.name, [str(value) for value in values], dtype=pl.String)
    typed, bad = parse_column(texts, plain)
    return typed, [
        f"{value!r} {message}" for value, message in bad.select("value", "message").rows()
    ]


def _minimum(rule: ColumnRule) -> list[str]:
    limits = [limit for limit in (rule.min, rule.max) if limit is not None]
    typed, bad = plain_values(rule, limits)
    if bad or len(limits) < 2:
        return [] if rule.min is None else plain_values(rule, [rule.min])[1]
    low, high = typed.to_list()
    return [f"{rule.min} is greater than max, {rule.max}"] if low > high else []


def _maximum(rule: ColumnRule) -> list[str]:
    return [] if rule.max is None else plain_values(rule, [rule.max])[1]


def _lengths(rule: ColumnRule) -> list[str]:
    low, high = rule.min_length, rule.max_length
    if low is not None and high is not None and low > high:
        return [f"{low} is greater than max_length, {high}"]
    return []


def _pattern(rule: ColumnRule) -> list[str]:
    problem = None if rule.pattern is None else regex_problem(rule.pattern)
    return [] if problem is None else [f"the regular expression cannot be used: {problem}"]


def _one_of(rule: ColumnRule) -> list[str]:
    return [] if rule.one_of is None else plain_values(rule, list(rule.one_of))[1]


def _lookup(rule: ColumnRule) -> list[str]:
    if rule.lookup is None:
        return []
    names = (rule.lookup.schema_name, rule.lookup.table, rule.lookup.column)
    found = [problem.message for name in names for problem in identifier_problems(name, "")]
    reserved = schema_problem(rule.lookup.schema_name)
    return found if reserved is None else [*found, reserved]


def schema_problem(schema: str) -> str | None:
    """Templates are written by people who may upload; the platform's own tables are none of their business."""
    if schema in {"public", "dagster", "information_schema"} or schema.startswith("pg_"):
        return f"the schema {schema} belongs to the platform; choose another, such as uploads"
    return None


_CHECKS: Mapping[str, Callable[[ColumnRule], list[str]]] = {
    "formats": _formats,
    "time_zone": _time_zone,
    "decimal": _separators,
    "scale": _scale,
    "true_values": _true_values,
    "min": _minimum,
    "max": _maximum,
    "min_length": _lengths,
    "pattern": _pattern,
    "one_of": _one_of,
    "lookup": _lookup,
}
