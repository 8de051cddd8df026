"""Results as files for spreadsheets, in which nothing is taken for a formula (F39)."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from dataviz_pipelines.core.queries.cells import flat, sheet_rows
from dataviz_pipelines.core.queries.results import Table
from dataviz_pipelines.core.spreadsheets import neutral_text


@dataclass(frozen=True)
class Export:
    write: Callable[[Table], bytes]
    media_type: str


def to_csv(table: Table) -> bytes:
    """UTF-8 with a mark, so that spreadsheets read it as such; NULL is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral_text(column.name) for column in table.columns])
    writer.writerows([_text(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table) -> bytes:
    """Numbers and days are such where a cell keeps them as they are; all else is text. Raises SheetLimitError."""
    from dataviz_pipelines.core.workbooks import write_sheet  # brings openpyxl

    return write_sheet(sheet_rows(table))


def _text(value: JsonValue) -> str | int | float | bool | None:
    cell = flat(value)
    return neutral_text(cell) if isinstance(cell, str) else cell


EXPORTS: Final[Mapping[str, Export]] = {
    "csv": Export(to_csv, "text/csv; charset=utf-8"),
    "xlsx": Export(to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""By the ending of a file's name."""
