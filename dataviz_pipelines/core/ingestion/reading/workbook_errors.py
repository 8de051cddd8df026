"""Cells that hold an error such as #N/A. The fast reader gives them as empty cells, so they are looked up in the XML."""

import re
import zipfile
from typing import BinaryIO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # no stubs here

from dataviz_pipelines.core.ingestion.reading.workbook_guard import (
    WorkbookFacts,
    column_number,
    windows,
)

ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*\bt\s*=\s*['\"]e['\"])([^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<",
    re.DOTALL,
)
REFERENCE = re.compile(rb"\br\s*=\s*['\"]([A-Z]+)(\d+)['\"]")
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

ErrorCells = dict[int, dict[int, str]]  # by row from 1, by column from 0


class UnplacedErrorsError(Exception):
    """An error cell does not say where it is."""


def sheet_part(file: BinaryIO, sheet: str) -> str | None:
    """The archive's part that holds the sheet of that name."""
    with zipfile.ZipFile(file) as archive:
        workbook = fromstring(archive.read("xl/workbook.xml"))
        relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    file.seek(0)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for found in _sheets(workbook):
        if found.get("name") == sheet:
            target = targets.get(found.get(RELATION_ID), "") or ""
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return None


def error_cells(file: BinaryIO, part: str | None, facts: WorkbookFacts) -> ErrorCells:
    """Raises UnplacedErrorsError when the positions cannot be told."""
    cells: ErrorCells = {}
    if part is None or part not in facts.parts or not facts.parts[part].has_errors:
        return cells
    with zipfile.ZipFile(file) as archive:
        for window in windows(archive, archive.getinfo(part)):
            for attributes, value in ERROR_CELL.findall(window):
                place = REFERENCE.search(attributes)
                if place is None:
                    raise UnplacedErrorsError
                row, column = int(place[2]), column_number(place[1]) - 1
                cells.setdefault(row, {})[column] = value.decode()
    file.seek(0)
    return cells


def _sheets(workbook: Element) -> list[Element]:
    return [element for element in workbook.iter() if element.tag.endswith("}sheet")]
