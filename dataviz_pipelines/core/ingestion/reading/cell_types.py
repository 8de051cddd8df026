"""What a cell looks like. Only for telling headers from data: values are never changed by it."""

import re
from collections.abc import Sequence
from enum import StrEnum

NULLS = {"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", ".", "?", r"\n", "#n/a"}
TYPED_SHARE = 0.8  # of a column's values that must be of one type

NUMBER = re.compile(
    r"[(]?[-+]?\s?[$€£¥]?\s?\d[\d.,' \u00a0]*(?:[eE][-+]?\d+)?\s?[%$€£¥]?[)]?|[-+]?\.\d+(?:[eE][-+]?\d+)?"
)
MOMENT = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]+\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+\d{2,4}|[A-Za-z]{3,9} \d{1,2}, \d{4}|\d{1,2}:\d{2}(?::\d{2}.*)?( ?[AaPp][Mm])?"
)


class CellType(StrEnum):
    NULL = "null"
    NUMBER = "number"
    MOMENT = "moment"
    TEXT = "text"


def cell_type(cell: str) -> CellType:
    text = cell.strip()
    if text.casefold() in NULLS:
        return CellType.NULL
    if MOMENT.fullmatch(text):
        return CellType.MOMENT
    return CellType.NUMBER if NUMBER.fullmatch(text) else CellType.TEXT


def column_type(cells: Sequence[str]) -> CellType:
    """The type that nearly all values have; TEXT for a mixture."""
    types: list[CellType] = [
        kind for cell in cells if (kind := cell_type(cell)) is not CellType.NULL
    ]
    if not types:
        return CellType.NULL
    for kind in (CellType.NUMBER, CellType.MOMENT):
        if types.count(kind) >= TYPED_SHARE * len(types):
            return kind
    return CellType.TEXT
