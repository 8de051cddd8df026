"""Whether a row is a header: does it differ in kind from the rows below it?"""

from collections.abc import Sequence
from itertools import pairwise

from dataviz_pipelines.core.ingestion.reading.cell_types import CellType, cell_type, column_type

TYPED = (CellType.NUMBER, CellType.MOMENT)
MIN_TYPED_COLUMNS = 2  # below that, one odd value would make a second header line
DRAWN = " \t-=_:"  # what lines between a header and the records are drawn with
MIN_DRAWN = 3

Cells = Sequence[str]


def header_score(header: Cells, body: Sequence[Cells]) -> float:
    """Above 0 for a header, below 0 for data; at most 1 in size. `body` holds rows of the header's width; that it
    comes again among them, as on every page of a report, says nothing."""
    body = [row for row in body if row != header]
    if not body:
        return -0.5 if any(cell_type(cell) in TYPED for cell in header) else 0.5
    columns = list(zip(*body, strict=True))
    numbered = _is_series(header)
    votes = [
        _vote(cell, column, numbered=numbered) for cell, column in zip(header, columns, strict=True)
    ]
    total = sum(votes) / len(votes)
    return total or (0.2 if _could_be_names(header) else -0.2)


def extra_header_rows(header: Cells, body: Sequence[Cells]) -> int:
    """How many rows below a header belong to it: texts where all that follows is numbers and dates,
    or a line drawn with dashes."""
    extra = 0
    while len(body) - extra > MIN_TYPED_COLUMNS and _continues(body[extra], body[extra + 1 :]):
        extra += 1
    return extra if header_score(header, body[extra:]) > 0 else 0


def joined_names(rows: Sequence[Cells]) -> list[str]:
    """One name a column from several header rows: their distinct texts, from top to bottom, without lines drawn below."""
    names = []
    for parts in zip(*rows, strict=True):
        texts = dict.fromkeys(part.strip() for part in parts if part.strip(DRAWN))
        names.append(" ".join(texts))
    return names


def expected_share(cells: Cells, expected: set[str]) -> float:
    """The share of `cells` that are among the names a template knows (casefolded)."""
    known = sum(cell.strip().casefold() in expected for cell in cells)
    return known / max(1, len(cells))


def are_names(cells: Cells, width: int) -> bool:
    """Whether `cells` could head a table of about `width` columns."""
    texts = [cell for cell in cells if cell.strip()]
    return len(texts) * 2 >= width and not any(cell_type(cell) in TYPED for cell in texts)


def _vote(cell: str, column: Cells, *, numbered: bool) -> float:
    kind, below = cell_type(cell), column_type(column)
    if below in TYPED:
        if kind in TYPED:
            return 0.0 if numbered and kind is CellType.NUMBER else -1.0
        return 1.0 if kind is CellType.TEXT else 0.0
    if kind in TYPED and not numbered:
        return -0.5
    return _text_vote(cell, column)


def _text_vote(cell: str, column: Cells) -> float:
    """A text that comes again below is a value; one that is unlike texts of a single length is a name."""
    if not cell.strip():
        return 0.0
    if cell in column:
        return -0.5
    lengths = {len(value) for value in column if value}
    if len(lengths) == 1 and len(column) > MIN_TYPED_COLUMNS:
        return 0.4 if len(cell) not in lengths else -0.2
    return 0.0


def _is_series(header: Cells) -> bool:
    """Years or other ordinals as names, beside at least one text: `country, 2019, 2020, 2021`."""
    numbers = [int(cell) for cell in header if cell.strip().isdecimal()]
    steps = {after - before for before, after in pairwise(numbers)}
    has_text = any(cell_type(cell) is CellType.TEXT for cell in header)
    return has_text and len(numbers) > 1 and len(steps) == 1 and steps != {0}


def _could_be_names(header: Cells) -> bool:
    """Most columns have a name, and a name of their own."""
    names = {cell.strip() for cell in header if cell.strip()}
    return len(names) * 2 > len(header)


def _continues(row: Cells, body: Sequence[Cells]) -> bool:
    if _is_drawn(row):
        return True
    typed = [
        position
        for position, column in enumerate(zip(*body, strict=True))
        if column_type(column) in TYPED
    ]
    kinds = [cell_type(row[position].strip("'\"")) for position in typed]
    texts = kinds.count(CellType.TEXT)
    return texts >= MIN_TYPED_COLUMNS and texts * 2 >= len(kinds) and not set(kinds) & set(TYPED)


def _is_drawn(row: Cells) -> bool:
    longest = max(row, key=len).strip()
    return len(longest) >= MIN_DRAWN and not any(cell.strip(DRAWN) for cell in row)
