"""An opened workbook: which sheet is read, and by which reader."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO, cast

from python_calamine import CalamineError, CalamineWorkbook

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.old_workbook_errors import old_error_cells
from dataviz_pipelines.core.ingestion.reading.workbook_errors import (
    ErrorCells,
    UnplacedErrorsError,
    error_cells,
    sheet_part,
)
from dataviz_pipelines.core.ingestion.reading.workbook_guard import (
    NEAR_COLUMNS,
    NEAR_ROWS,
    SheetFacts,
    WorkbookFacts,
    check_old_workbook,
    check_workbook,
    check_xml_is_defused,
    last_row,
)
from dataviz_pipelines.core.ingestion.source import Detected
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

# row number from 1; typed cells from the sheet's first used column, "" for an empty one
Row = tuple[int, list[Any]]


@dataclass(frozen=True)
class Sheet:
    """A sheet that was chosen. `errors` are its error cells, columns counted as in the rows."""

    name: str
    chosen: Detected
    rows: Iterator[Row]
    errors: ErrorCells
    warnings: tuple[str, ...] = ()


class Workbook:
    """An opened workbook: picks a sheet and its reader."""

    def __init__(self, name: str, file_format: str, file: BinaryIO, limits: Limits) -> None:
        self._name = name
        self._file = file
        self._limits = limits
        self._facts: WorkbookFacts | None = None
        if file_format == "xlsx":
            self._facts = check_workbook(name, file, limits)
        else:
            check_old_workbook(name, file)

    def sheet(self, config: ReaderConfig) -> Sheet:
        for part, facts in self._facts.parts.items() if self._facts else ():
            if self._spreads_too_far(part, facts):
                raise self._too_large()
        try:
            return self._fast(CalamineWorkbook.from_object(self._file), config)
        except UnplacedErrorsError:
            return self._slow(config)
        except (CalamineError, struct.error, ValueError, IndexError) as error:
            raise UnreadableFileError(
                f"{self._name} cannot be read as a workbook: {error}.",
                remedy="Remove its password if it has one, and save it again as XLSX.",
            ) from error

    def _spreads_too_far(self, part: str, facts: SheetFacts) -> bool:
        limit = max(self._limits.max_cells, NEAR_ROWS * NEAR_COLUMNS)
        if max(facts.rows, 1) * facts.columns <= limit:
            return False
        return last_row(self._file, part) * facts.columns > limit

    def _fast(self, workbook: CalamineWorkbook, config: ReaderConfig) -> Sheet:
        names = workbook.sheet_names
        self._check_sheets(names)
        get_sheet = lru_cache(maxsize=1)(workbook.get_sheet_by_name)  # this is the costly part
        chosen = self._choose(names, config, lambda name: bool(get_sheet(name).height))
        name = cast(str, chosen.value)
        found = get_sheet(name)
        if found.total_height * found.total_width > self._limits.max_cells:
            raise self._too_large()
        offset = found.start[1] if found.start else 0
        rows = iter(enumerate(found.iter_rows(), start=1))
        errors = self._errors(names.index(name), name)
        errors = {
            row: {column - offset: text for column, text in cells.items()}
            for row, cells in errors.items()
        }
        return Sheet(
            name, chosen, rows, errors, self._warnings(names, name, found.merged_cell_ranges)
        )

    def _slow(self, config: ReaderConfig) -> Sheet:
        """openpyxl, cell by cell, which knows the type of each."""
        from openpyxl import load_workbook  # its import takes longer than many a file

        check_xml_is_defused()
        self._file.seek(0)
        workbook = load_workbook(self._file, read_only=True, data_only=True)
        names = [sheet.title for sheet in workbook.worksheets]
        chosen = self._choose(
            names, config, lambda name: any(True for _ in workbook[name].iter_rows(max_row=1))
        )
        sheet = workbook[cast(str, chosen.value)]
        errors: ErrorCells = {}

        def rows() -> Iterator[Row]:
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                values = ["" if cell.value is None else cell.value for cell in cells]
                for at, cell in enumerate(cells):
                    if cell.data_type == "e":
                        errors.setdefault(number, {})[at] = str(cell.value)
                        values[at] = ""
                yield number, values

        return Sheet(sheet.title, chosen, rows(), errors, self._warnings(names, sheet.title, None))

    def _errors(self, position: int, sheet: str) -> ErrorCells:
        if self._facts is None:
            self._file.seek(0)
            return old_error_cells(self._file.read(), position)
        if not any(part.has_errors for part in self._facts.parts.values()):
            return {}
        return error_cells(self._file, sheet_part(self._file, sheet), self._facts)

    def _check_sheets(self, names: Sequence[str]) -> None:
        if len(names) > self._limits.max_sheets:
            raise UnreadableFileError(
                f"{self._name} has {len(names):,} sheets; at most {self._limits.max_sheets:,} are read."
            )

    def _choose(self, names: Sequence[str], config: ReaderConfig, filled: Any) -> Detected:
        wanted = config.sheet
        if wanted is None:
            name = next((name for name in names if filled(name)), None)
            if name is None:
                raise UnreadableFileError(f"{self._name} has no sheet with anything in it.")
            return Detected(name, 1.0 if len(names) == 1 else 0.8)
        if isinstance(wanted, int) and 1 <= wanted <= len(names):
            return Detected(names[wanted - 1], 1.0, pinned=True)
        if wanted in names:
            return Detected(wanted, 1.0, pinned=True)
        raise UnreadableFileError(
            f"{self._name} has no sheet {wanted!r}; it has {', '.join(names)}.",
            remedy="Correct reader_config.sheet.",
        )

    def _warnings(self, names: Sequence[str], chosen: str, merged: object) -> tuple[str, ...]:
        warnings = []
        others = [name for name in names if name != chosen]
        if others:
            warnings.append(f"Only the sheet {chosen!r} is read; others: {', '.join(others[:20])}.")
        if merged:
            warnings.append(
                "The sheet has merged cells: only the first cell of each has the value."
            )
        return tuple(warnings)

    def _too_large(self) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self._name} spreads over more than {self._limits.max_cells:,} cells.",
            remedy="Delete what stands far outside the table, or send it as CSV.",
        )
