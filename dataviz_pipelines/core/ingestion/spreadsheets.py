"""Files that people open in a spreadsheet: nothing in them may be taken for a formula, and workbooks are written whole."""

import csv
import os
import sys
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell

MAX_SHEET_ROWS = 1_048_576
MAX_CELL_CHARACTERS = 32_767
_NOT_XML = "\ufffe\uffff"
_FORMULA = r"^'*[=+\-@\t\r]"
_NEUTRALISED = r"^'+[=+\-@\t\r]"
_NUMBER = r"^[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?%?$"


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that a spreadsheet would run gets a leading apostrophe; numbers, negative ones too, stay as they are."""
    return frame.with_columns(
        _neutral(name) for name, dtype in frame.schema.items() if dtype == pl.String
    )


def _neutral(column: str) -> pl.Expr:
    text = pl.col(column)
    dangerous = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(dangerous).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def restored(frame: pl.DataFrame) -> pl.DataFrame:
    """Undoes `neutralised`, so that corrected rejects come in as they stood in the file."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_NEUTRALISED))
        .then(pl.col(name).str.slice(1))
        .otherwise(pl.col(name))
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


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
