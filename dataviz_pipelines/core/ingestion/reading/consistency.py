"""How well a dialect explains a sample: do its records have one width, and do its cells look like values?

The idea is van den Burg's consistency measure; here every ill-formed record counts against a dialect too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from dataviz_pipelines.core.ingestion.reading.candidates import RARE_DELIMITERS, USUAL_DELIMITERS
from dataviz_pipelines.core.ingestion.reading.cell_types import CellType, cell_type
from dataviz_pipelines.core.ingestion.reading.dialect import ONE_COLUMN, Dialect, Grammar
from dataviz_pipelines.core.ingestion.reading.sampling import SampleRow, sample_rows

SCORED_ROWS = 150
QUOTES = ('"', "'")
ONE_COLUMN_PATTERN = 0.3  # what a file without any delimiter must be beaten by
PLAIN_TEXT, ODD_TEXT, PADDED = 0.8, 0.3, 0.6
NOTE_WEIGHT = 0.25  # of a line without any delimiter above or below the table
WRONG_WEIGHT = 0.5


@dataclass(frozen=True)
class Score:
    pattern: float
    cells: float
    wrong: float  # share of records that are not well-formed

    @property
    def total(self) -> float:
        return self.pattern * self.cells * (1 - WRONG_WEIGHT * self.wrong)


def score(sample: bytes, dialect: Dialect) -> Score:
    rows = [
        row
        for row in sample_rows(sample, Grammar(dialect), limit=SCORED_ROWS)
        if not (row.is_blank and len(row.cells) == 1)
    ]
    if not rows:
        return Score(0, 0, 0)
    width, pattern = _pattern(rows, dialect)
    cells = [cell for row in rows if len(row.cells) == width for cell in row.cells]
    wrong = sum(row.wrong for row in rows) / len(rows)
    return Score(pattern, _likeness(cells, dialect), wrong)


def _pattern(rows: Sequence[SampleRow], dialect: Dialect) -> tuple[int, float]:
    """The usual width, and how much of the sample has it; many columns count a little more than few."""
    counts = Counter(len(row.cells) for row in rows)
    if dialect.delimiter == ONE_COLUMN:
        return 1, ONE_COLUMN_PATTERN
    weighted = {width: count * (width - 1) / width for width, count in counts.items()}
    width = max(weighted, key=lambda key: (weighted[key], key))
    if counts[width] == 1 < len(rows) - 1 and dialect.delimiter in RARE_DELIMITERS:
        return width, 0.0  # no two records agree, as where spaces align fixed columns
    notes = _notes(rows) + _notes(rows[::-1])
    return width, weighted[width] / max(1, len(rows) - (1 - NOTE_WEIGHT) * notes)


def _notes(rows: Sequence[SampleRow]) -> int:
    return sum(1 for _ in takewhile(lambda row: len(row.cells) == 1, rows))


def _likeness(cells: Sequence[str], dialect: Dialect) -> float:
    marks = [mark for mark in USUAL_DELIMITERS if mark not in dialect.delimiter]
    quotes = [mark for mark in QUOTES if mark != dialect.quote]
    return sum(_cell_likeness(cell, marks, quotes) for cell in cells) / max(1, len(cells))


def _cell_likeness(cell: str, marks: Iterable[str], quotes: Iterable[str]) -> float:
    kind = cell_type(cell)
    if cell != cell.strip():
        return PADDED
    if kind is not CellType.TEXT:
        return 1.0
    if cell in USUAL_DELIMITERS:
        return 0.0
    if any(mark in cell for mark in marks) or _is_half_quoted(cell) or _is_quoted(cell, quotes):
        return ODD_TEXT
    return PLAIN_TEXT


def _is_quoted(cell: str, quotes: Iterable[str]) -> bool:
    return any(cell[0] == cell[-1] == mark for mark in quotes)


def _is_half_quoted(cell: str) -> bool:
    return cell.startswith(QUOTES) != cell.endswith(QUOTES)
