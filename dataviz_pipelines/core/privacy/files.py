"""Rows as files: JSON as they are, CSV for spreadsheets."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import CursorResult

from dataviz_pipelines.core.spreadsheets import neutralised

_ROWS_AT_ONCE = 500


def write_rows(rows: CursorResult[Any], json_file: Path, csv_file: Path) -> int:
    """How many there were. Both are written part by part."""
    names = list(rows.keys())
    count = 0
    with json_file.open("w", encoding="utf-8") as as_json, csv_file.open("wb") as as_csv:
        _table([], names).write_csv(as_csv)
        as_json.write("[")
        for part in rows.partitions(_ROWS_AT_ONCE):
            for row in part:
                as_json.write(",\n" if count else "\n")
                as_json.write(_json(dict(zip(names, row, strict=True))))
                count += 1
            neutralised(_table(part, names)).write_csv(as_csv, include_header=False)
        as_json.write("\n]\n")
    return count


def _table(rows: Iterable[Iterable[Any]], names: list[str]) -> pl.DataFrame:
    cells = [[_cell(value) for value in row] for row in rows]
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return _json(value) if isinstance(value, dict | list | bool) else _text(value)


def _json(value: Any) -> str:
    return json.dumps(value, default=_text, ensure_ascii=False)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
