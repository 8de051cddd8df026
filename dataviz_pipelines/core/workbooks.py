"""Files and results of ours as workbooks, for people who would rather not import them. Whoever needs one loads openpyxl, so callers
import this module when they come to it."""

import csv
import os
import sys
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell

from dataviz_pipelines.core.errors import InvalidInputError

MAX_SHEET_ROWS: Final = 1_048_576
MAX_SHEET_COLUMNS: Final = 16_384
MAX_CELL_CHARACTERS: Final = 32_767
_NOT_XML: Final = "\ufffe\uffff"


class SheetLimitError(InvalidInputError):
    """A sheet does not hold it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, remedy="Take CSV, which has no such limit, or ask for less.")


def csv_to_xlsx(source: Path, target: Path) -> int:
    """Writes a CSV file of ours as a workbook, all cells as text. Returns how many rows did not fit on its sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rejects")
    left_out = 0
    csv.field_size_limit(sys.maxsize)  # a cell of the source may be as large as a record
    with source.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            if number < MAX_SHEET_ROWS:
                sheet.append([_cell(sheet, text) for text in row])
            else:
                left_out += 1
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    book.save(partial)
    partial.replace(target)
    return left_out


def write_sheet(rows: Sequence[Sequence[str | int | float | bool | date | None]]) -> bytes:
    """A workbook of one sheet, in which text is text. Raises SheetLimitError: nothing is left out."""
    _refuse_beyond(rows)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("result")
    for row in rows:
        sheet.append([_cell(sheet, each) if isinstance(each, str) else each for each in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _refuse_beyond(rows: Sequence[Sequence[Any]]) -> None:
    if len(rows) > MAX_SHEET_ROWS:
        raise SheetLimitError(f"A sheet holds {MAX_SHEET_ROWS:,} rows, not {len(rows):,}.")
    for number, row in enumerate(rows, start=1):
        if len(row) > MAX_SHEET_COLUMNS:
            raise SheetLimitError(f"A sheet holds {MAX_SHEET_COLUMNS:,} columns, not {len(row):,}.")
        for place, value in enumerate(row, start=1):
            if isinstance(value, str) and len(value) > MAX_CELL_CHARACTERS:
                raise SheetLimitError(
                    f"A cell holds {MAX_CELL_CHARACTERS:,} characters; the text in row {number:,}, column {place:,} "
                    f"has {len(value):,}."
                )


def _cell(sheet: Any, text: str) -> str | Cell:
    """openpyxl takes `=` for a formula and `#` for an error; here both are text."""
    shown = _storable(text)
    if not shown.startswith(("=", "#")):
        return shown
    cell = WriteOnlyCell(sheet, shown)
    cell.data_type = "s"
    return cell


def _storable(text: str) -> str:
    """XML has no control characters, and a cell has an end."""
    return "".join(c for c in text if (c >= " " or c in "\t\n\r") and c not in _NOT_XML)[
        :MAX_CELL_CHARACTERS
    ]
