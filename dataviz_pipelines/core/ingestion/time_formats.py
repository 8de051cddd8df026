"""What a strptime format of a template reads, and whether it reads enough to know the day or the time."""

import re
from enum import StrEnum


class FormatKind(StrEnum):
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    OFFSET_TIMESTAMP = "timestamp with offset"


_DIRECTIVE = re.compile(r"%(\.f|.|$)", re.DOTALL)
DIRECTIVES = {
    "Y": "year",
    "y": "year",
    "m": "month",
    "b": "month",
    "B": "month",
    "d": "day",
    "j": "day of the year",
    "a": "weekday",
    "A": "weekday",
    "H": "hour",
    "I": "hour of twelve",
    "p": "half of the day",
    "M": "minute",
    "S": "second",
    "f": "fraction",
    ".f": "fraction",
    "z": "offset",
    "%": "percent sign",
}
_OF_A_DATE = {"year", "month", "day", "day of the year", "weekday"}
_OF_A_TIME = {"hour", "hour of twelve", "half of the day", "minute", "second", "fraction"}


def parts_of(form: str) -> list[str]:
    """What the directives of `form` stand for, in their order; `?x` for an unknown one."""
    return [DIRECTIVES.get(name, f"?{name}") for name in _DIRECTIVE.findall(form)]


def kind_of(form: str) -> FormatKind:
    parts = set(parts_of(form))
    if "offset" in parts:
        return FormatKind.OFFSET_TIMESTAMP
    if not parts & _OF_A_TIME:
        return FormatKind.DATE
    return FormatKind.TIMESTAMP if parts & _OF_A_DATE else FormatKind.TIME


def format_problem(form: str) -> str | None:
    """Why nothing can be read with `form`, or None."""
    parts = parts_of(form)
    unknown = [part for part in parts if part.startswith("?")]
    if unknown:
        return f"%{unknown[0][1:]} is not a known directive; known are {', '.join(f'%{name}' for name in DIRECTIVES if name != '.f')}"
    repeated = {part for part in parts if parts.count(part) > 1 and part != "percent sign"}
    if repeated:
        return f"it names the {min(repeated)} twice"
    if re.search(r"(?<![.%])%f", form):
        return "%f is read only after a point, as in %S.%f"
    return _incomplete(set(parts), kind_of(form))


def _incomplete(parts: set[str], kind: FormatKind) -> str | None:
    if kind is not FormatKind.TIME and not _names_a_day(parts):
        return "it does not say the year, month and day"
    if kind is FormatKind.DATE:
        return None
    if "minute" not in parts or not parts & {"hour", "hour of twelve"}:
        return "it does not say the hour and minute"
    if ("hour of twelve" in parts) != ("half of the day" in parts):
        return "%I and %p belong together"
    return (
        "it says a fraction of a second but no second"
        if "second" not in parts and "fraction" in parts
        else None
    )


def _names_a_day(parts: set[str]) -> bool:
    return {"year", "month", "day"} <= parts or {"year", "day of the year"} <= parts
