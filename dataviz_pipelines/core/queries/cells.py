"""What values of a result are in a workbook, which keeps 15 digits of a number and knows days since 1900 but no time zones.

A whole column is of one kind: where a cell would change one of its values, all of them are text. A column whose sum leaves
some of them out, because only those are text, would be worse.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Final

from pydantic import JsonValue

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.queries.results import Column, Table

Cell = str | int | float | bool | date | None
Make = Callable[[JsonValue], Cell]

_FIRST_DAY: Final = date(1900, 3, 1)
"""Before it spreadsheets count a day that never was."""


def sheet_rows(table: Table) -> list[list[Cell]]:
    """The header first."""
    makes = [
        _chosen(column, (row[index] for row in table.rows))
        for index, column in enumerate(table.columns)
    ]
    rows = ([make(value) for make, value in zip(makes, row, strict=True)] for row in table.rows)
    return [[column.name for column in table.columns], *rows]


def flat(value: JsonValue) -> str | int | float | bool | None:
    """Lists and objects as their JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _chosen(column: Column, values: Iterable[JsonValue]) -> Make:
    typed = _TYPED.get(column.type)
    if typed is None:
        return flat
    try:
        for value in values:
            typed(value)
    except ValueError:
        return _text
    return typed


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(flat(value))


def _number(value: JsonValue) -> int | float | None:
    """Raises ValueError for one that a spreadsheet would round."""
    if value is None:
        return None
    exact = str(value)
    number = float(exact)
    if not isfinite(number) or Decimal(f"{number:.15g}") != Decimal(exact):
        raise ValueError(exact)
    return value if isinstance(value, int) else number


def _day(value: JsonValue) -> date | None:
    """Raises ValueError for one that no spreadsheet knows."""
    return None if value is None else _known(date.fromisoformat(str(value)))


def _moment(value: JsonValue) -> datetime | None:
    """To the second. Raises ValueError for what is more exact, or known to no spreadsheet."""
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    _known(moment.date())
    if moment.microsecond or moment.tzinfo is not None:
        raise ValueError(str(value))
    return moment


def _known(day: date) -> date:
    if day < _FIRST_DAY:
        raise ValueError(str(day))
    return day


_TYPED: Final[Mapping[NormalizedType, Make]] = {
    NormalizedType.INTEGER: _number,
    NormalizedType.DECIMAL: _number,
    NormalizedType.DATE: _day,
    NormalizedType.DATETIME: _moment,
}
