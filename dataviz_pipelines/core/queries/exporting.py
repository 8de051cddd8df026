"""Results as files for spreadsheets, in which nothing is taken for a formula (F39)."""

import csv
import io
import json

from pydantic import JsonValue

from dataviz_pipelines.core.queries.results import Table
from dataviz_pipelines.core.spreadsheets import neutral_text


def to_csv(table: Table) -> bytes:
    """UTF-8 with a mark, so that spreadsheets read it as such; NULL is an empty cell."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral_text(column.name) for column in table.columns])
    writer.writerows([_text(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table) -> bytes:
    """Numbers are numbers; all else is text, decimals included: a cell would round them."""
    from dataviz_pipelines.core.workbooks import write_sheet  # brings openpyxl

    header = [column.name for column in table.columns]
    return write_sheet([header, *([_cell(value) for value in row] for row in table.rows)])


def _cell(value: JsonValue) -> str | int | float | bool | None:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _text(value: JsonValue) -> str | int | float | bool | None:
    cell = _cell(value)
    return neutral_text(cell) if isinstance(cell, str) else cell
