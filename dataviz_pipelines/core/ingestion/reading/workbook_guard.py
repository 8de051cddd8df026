"""Looks into a workbook before anything parses it: sizes, macros, document types, and how far its cells spread (S56, S57).

Nothing in the archive's own directory is believed: every part is unpacked once and counted.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.limits import Limits

WINDOW = 1024 * 1024
OVERLAP = 4096
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
DOCTYPES = tuple(
    mark.encode(codec)
    for mark in ("<!DOCTYPE", "<!ENTITY")
    for codec in ("utf-8", "utf-16-le", "utf-16-be")
)
# As every known program writes attributes, and as XML also allows them: the first is ten times as fast to search for.
FAR_CELL = re.compile(rb'r="(?:([A-Z]{2,3})(\d+)|[A-Z](\d{6,}))"')
ANY_FAR_CELL = re.compile(rb"r\s*=\s*['\"](?:([A-Z]{2,3})(\d+)|[A-Z](\d{6,}))['\"]")
ANY_CELL = re.compile(rb"r\s*=\s*['\"][A-Z]{1,3}(\d+)['\"]")
EQUALS, QUOTE, SPACE = b'=" '
ERROR_TYPE = re.compile(rb"\bt\s*=\s*['\"]e['\"]")
NEAR_COLUMNS, NEAR_ROWS = 26, 99_999  # the area of references that FAR_CELL does not look at


@dataclass
class SheetFacts:
    """What one part of a workbook showed. `columns` and `rows` are upper bounds of the cells' positions."""

    columns: int = NEAR_COLUMNS
    rows: int = NEAR_ROWS
    has_errors: bool = False

    def look(self, window: bytes) -> None:
        unusual = _has_unusual_attributes(window)
        has_errors = ERROR_TYPE.search(window) is not None if unusual else b't="e"' in window
        self.has_errors = self.has_errors or has_errors
        for letters, row, near_row in (ANY_FAR_CELL if unusual else FAR_CELL).findall(window):
            self.columns = max(self.columns, column_number(letters) if letters else 0)
            self.rows = max(self.rows, int(row or near_row))


@dataclass
class WorkbookFacts:
    parts: dict[str, SheetFacts] = field(default_factory=dict)


def check_xml_is_defused() -> None:
    """For start-up, and before a workbook is read: without defusedxml, openpyxl would expand entities. Raises ConfigurationError."""
    import openpyxl  # its import takes longer than many a file

    if not openpyxl.DEFUSEDXML:
        raise ConfigurationError(
            "Workbooks cannot be read safely: defusedxml is missing or switched off.",
            remedy="Install defusedxml and unset OPENPYXL_DEFUSEDXML.",
        )


def check_workbook(name: str, file: BinaryIO, limits: Limits) -> WorkbookFacts:
    """Raises UnreadableFileError for a workbook that is dangerous or no workbook; `file` is an XLSX."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _check_parts(name, archive, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UnreadableFileError(
            f"{name} is damaged or cut off: it is no complete workbook.",
            remedy="Open it in Excel and save it again as XLSX.",
        ) from error
    finally:
        file.seek(0)


def check_old_workbook(name: str, file: BinaryIO) -> None:
    """`file` is an OLE container, which holds an XLS workbook, an encrypted one, or something else."""
    content = file.read()
    file.seek(0)
    if ENCRYPTED_STREAM in content:
        raise UnreadableFileError(
            f"{name} is encrypted.", remedy="Remove its password and save it as XLSX."
        )


def _check_parts(name: str, archive: zipfile.ZipFile, limits: Limits) -> WorkbookFacts:
    entries = archive.infolist()
    if len(entries) > limits.max_zip_entries:
        raise UnreadableFileError(
            f"{name} has {len(entries):,} parts; at most {limits.max_zip_entries:,} are read."
        )
    names = {entry.filename for entry in entries}
    if any(part.endswith("vbaProject.bin") for part in names):
        raise UnreadableFileError(
            f"{name} contains macros.", remedy="Save it as XLSX without macros."
        )
    if "xl/workbook.xml" not in names:
        raise UnreadableFileError(f"{name} is no XLSX workbook.", remedy="Export it again as XLSX.")
    facts = WorkbookFacts()
    budget = _Budget(name, limits)
    for entry in entries:
        facts.parts[entry.filename] = _check_part(name, archive, entry, budget)
    return facts


def _check_part(
    name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: "_Budget"
) -> SheetFacts:
    facts = SheetFacts()
    is_xml = entry.filename.endswith((".xml", ".rels", ".vml"))
    for window in windows(archive, entry, budget):
        if not is_xml:
            continue
        if any(mark in window for mark in DOCTYPES):
            raise UnreadableFileError(
                f"{name} declares XML entities in {entry.filename}, which no honest workbook does.",
                remedy="Open it in a spreadsheet program and save it again.",
            )
        facts.look(window)
    return facts


@dataclass
class _Budget:
    """Counts what is unpacked, against the size and the ratio allowed."""

    name: str
    limits: Limits
    unpacked: int = 0

    def spend(self, size: int, packed: int, entry_size: int) -> None:
        self.unpacked += size
        floor = self.limits.ratio_floor_bytes
        too_dense = entry_size > floor and entry_size > self.limits.max_ratio * max(1, packed)
        if self.unpacked > self.limits.max_workbook_bytes or too_dense:
            raise UnreadableFileError(
                f"{self.name} unpacks to more than {self.unpacked:,} bytes, which is refused.",
                remedy="Split the workbook, or send it as CSV.",
            )


def windows(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget | None = None
) -> Iterator[bytes]:
    """A part's content in pieces that overlap, so that nothing short is cut in two."""
    tail, size = b"", 0
    with archive.open(entry) as part:
        while piece := part.read(WINDOW):
            size += len(piece)
            if budget:
                budget.spend(len(piece), entry.compress_size, size)
            yield tail + piece
            tail = piece[-OVERLAP:]


def last_row(file: BinaryIO, part: str) -> int:
    """The last row that a cell of the part is in: exactly what `SheetFacts.rows` is only an upper bound of."""
    with zipfile.ZipFile(file) as archive:
        rows = (ANY_CELL.findall(window) for window in windows(archive, archive.getinfo(part)))
        last = max((int(row) for found in rows for row in found), default=0)
    file.seek(0)
    return last


def _has_unusual_attributes(window: bytes) -> bool:
    """Whether some `=` does not stand right between a name and a double quote."""
    data = np.frombuffer(window, np.uint8)
    at = np.flatnonzero(data[1:-1] == EQUALS) + 1
    return not ((data[at + 1] == QUOTE) & (data[at - 1] > SPACE)).all()


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
