"""Where the table begins: preamble, header, first record."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading.headers import (
    are_names,
    expected_share,
    extra_header_rows,
    header_score,
    joined_names,
)
from dataviz_pipelines.core.ingestion.reading.names import numbered_names, unique_names
from dataviz_pipelines.core.ingestion.reading.sampling import SampleRow
from dataviz_pipelines.core.ingestion.source import Detected
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

BODY_ROWS = 200
EXPECTED_SHARE = 0.5
NOTE_WEIGHT = 0.25
SHOWN_NOTES = 3
SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Layout:
    """`header` rows are none in a file without a header. Records begin at byte `data_start`, on line `data_line`."""

    columns: tuple[str, ...]
    header: tuple[SampleRow, ...]
    data_line: int
    data_start: int
    preamble: tuple[str, ...]
    footer: tuple[str, ...]
    data_end: int | None  # bytes; known only when a footer was found
    confidence: float
    pinned: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def written_header(self) -> list[str]:
        """The header as it stands in the file, several lines joined; the generated names where it has none."""
        if len(self.header) > 1:
            return joined_names([row.cells for row in self.header])
        return list(self.header[0].cells if self.header else self.columns)

    def detected(self) -> dict[str, Detected]:
        line = self.header[0].line if self.header else 0
        found = {"header_row": Detected(line, self.confidence, pinned=self.pinned)}
        if len(self.header) > 1:
            found["header_rows"] = Detected(len(self.header), self.confidence)
        return found


@dataclass(frozen=True)
class _Header:
    """`rows` are none when the file has no header; `first` is the table's first row in any case."""

    rows: tuple[SampleRow, ...]
    first: SampleRow
    confidence: float


def find_layout(
    name: str,
    rows: Sequence[SampleRow],
    config: ReaderConfig,
    expected: Sequence[str],
    *,
    whole: bool,
) -> Layout:
    """`rows` are the file's first, blank ones included, or all of them; at least one is not blank."""
    pinned = config.header_row is not None
    header = _pinned_header(name, rows, config) if pinned else _found_header(rows, expected)
    last = header.rows[-1] if header.rows else None
    line, start = (last.next_line, last.end) if last else (header.first.line, header.first.start)
    below = [row for row in rows if row.start >= start]
    footer = find_footer(below) if whole and config.footer_rows is None else []
    end = footer[0].start if footer else None
    body = [row for row in below if not row.is_blank and (end is None or row.start < end)]
    columns, warnings = _columns(name, header, body, config)
    notes = tuple(" ".join(row.cells).strip() for row in footer if not row.is_blank)
    if notes:
        warnings.append(f"Taken for notes below the table, and not loaded: {_shown(notes)}.")
    return Layout(
        columns=columns,
        header=header.rows,
        data_line=line,
        data_start=start,
        preamble=tuple(
            " ".join(row.cells).strip()
            for row in rows
            if row.start < header.first.start and not row.is_blank
        ),
        footer=notes,
        data_end=end,
        confidence=1.0 if pinned else header.confidence,
        pinned=pinned,
        warnings=tuple(warnings),
    )


def _shown(notes: Sequence[str]) -> str:
    first = ", ".join(repr(note[:SHOWN_CHARACTERS]) for note in notes[:SHOWN_NOTES])
    return first if len(notes) <= SHOWN_NOTES else f"{first} and {len(notes) - SHOWN_NOTES} more"


def find_footer(rows: Sequence[SampleRow]) -> list[SampleRow]:
    """Notes below a table, and the blank lines before them: behind a blank line nothing comes but single cells; or rows
    of which only the first cell is filled, with words, if the table has none such."""
    at = len(rows)
    while at > 0 and (rows[at - 1].is_blank or _is_note(rows[at - 1])):
        at -= 1
    while at < len(rows) and not rows[at].is_blank:
        at += 1
    notes = [row for row in rows[at:] if not row.is_blank]
    table = [row for row in rows[:at] if not row.is_blank]
    padded = [row for row in notes if len(row.cells) > 1]
    like_records = bool(padded) and (any(map(_is_note, table)) or not all(map(_has_words, padded)))
    is_clear = table_width(table) > 1 and not like_records and 0 < len(notes) < len(table)
    return list(rows[at:]) if is_clear else []


def _is_note(row: SampleRow) -> bool:
    return not any(cell.strip() for cell in row.cells[1:])


def _has_words(row: SampleRow) -> bool:
    """In a table of two columns a record with one of them is too frequent for a note."""
    words = row.cells[0].split()
    return len(row.cells) > 2 and len(words) > 1 and any(map(str.isalpha, row.cells[0]))


def table_width(rows: Sequence[SampleRow]) -> int:
    """The width of most records; of those equally frequent the widest. Lines of one cell count little: they may be notes."""
    counts = Counter(len(row.cells) for row in rows)
    weights = {
        width: count if width > 1 else count * NOTE_WEIGHT for width, count in counts.items()
    }
    return max(weights, key=lambda width: (weights[width], width), default=1)


def _pinned_header(name: str, rows: Sequence[SampleRow], config: ReaderConfig) -> _Header:
    if config.header_row == 0:
        return _Header((), rows[0], 1.0)
    for row in rows:
        if row.line == config.header_row:
            return _Header((row,), row, 1.0)
    raise UnreadableFileError(
        f"{name} has no record that begins in line {config.header_row}, where the template expects the header.",
        remedy="Correct reader_config.header_row.",
    )


def _found_header(rows: Sequence[SampleRow], expected: Sequence[str]) -> _Header:
    filled = [row for row in rows if not row.is_blank]
    known = {name.strip().casefold() for name in expected}
    shares = [(expected_share(row.cells, known), row) for row in filled[:50]]
    share, best = max(shares, key=lambda pair: pair[0])
    if known and share >= EXPECTED_SHARE:
        return _Header((best,), best, round(0.9 + share / 10, 2))
    return _measured_header(filled)


def _measured_header(filled: Sequence[SampleRow]) -> _Header:
    width = table_width(filled)
    index = _below_titles(filled, _first_of_table(filled, width), width)
    row = filled[index]
    body = [below.cells for below in filled[index + 1 :] if len(below.cells) == width][:BODY_ROWS]
    if len(row.cells) != width:
        return _Header((row,), row, 0.6)
    extra = extra_header_rows(row.cells, body)
    score = header_score(row.cells, body[extra:])
    confidence = round(min(0.99, 0.6 + abs(score) / 2), 2)
    if score < 0:
        return _Header((), row, confidence)
    block = filled[index : index + 1 + extra]
    if extra and all(len(part.cells) == width for part in block):
        return _Header(tuple(block), row, 0.7)
    return _Header((row,), row, confidence)


def _first_of_table(filled: Sequence[SampleRow], width: int) -> int:
    """The first row as wide as the table; or one above it, when that is a header with a separator too many or too few,
    or one that is wider because most records leave out their last cells."""
    index = next(at for at, row in enumerate(filled) if len(row.cells) == width)
    if index == 0 or width == 1:
        return index
    top = index - 1
    while (
        top > 0 and len(filled[top].cells) > width and filled[top - 1].next_line == filled[top].line
    ):
        top -= 1
    above, first = filled[top], filled[index]
    body = [row.cells for row in filled[index + 1 :] if len(row.cells) == width][:BODY_ROWS]
    is_header = (
        filled[index - 1].next_line == first.line
        and are_names(above.cells, width)
        and header_score(first.cells, body) <= 0
    )
    return top if is_header else index


def _below_titles(filled: Sequence[SampleRow], index: int, width: int) -> int:
    """Rows as wide as the table of which only the first few cells are filled are titles when what follows is a header."""
    first = index
    while width > 1 and first < len(filled) and _is_title(filled[first].cells, width):
        first += 1
    rows = [row.cells for row in filled[first:] if len(row.cells) == width][: BODY_ROWS + 1]
    is_header = (
        len(rows) > 1 and filled[first].cells == rows[0] and header_score(rows[0], rows[1:]) > 0
    )
    return first if is_header else index


def _is_title(cells: Sequence[str], width: int) -> bool:
    filled = _filled(cells)
    return len(cells) == width and filled * 2 <= width and not any(map(str.strip, cells[filled:]))


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _columns(
    name: str, header: _Header, body: Sequence[SampleRow], config: ReaderConfig
) -> tuple[tuple[str, ...], list[str]]:
    width = table_width(body) if body else 0
    if config.column_names is not None:
        return _named_columns(name, header, width, config.column_names)
    if not header.rows:
        return numbered_names(width), [
            "The file has no header; the columns are called column_1 and so on."
        ]
    cells, warnings = _fitted(joined_names([row.cells for row in header.rows]), body, width)
    names, more = unique_names(cells)
    if len(header.rows) > 1:
        more.append(f"The header has {len(header.rows)} lines; their texts were joined.")
    return names, warnings + more


def _named_columns(
    name: str, header: _Header, width: int, names: Sequence[str]
) -> tuple[tuple[str, ...], list[str]]:
    found = len(header.rows[0].cells) if header.rows else width
    if found != len(names):
        raise UnreadableFileError(
            f"{name} has {found} columns; reader_config.column_names lists {len(names)}.",
            remedy="List a name for each column.",
        )
    return unique_names(names)


def _fitted(cells: list[str], body: Sequence[SampleRow], width: int) -> tuple[list[str], list[str]]:
    """A separator too many at the end of the header, or of all records, shifts nothing: the header is made to fit."""
    if len(cells) > width > 0 and not any(cell.strip() for cell in cells[width:]):
        return cells[:width], ["The header ends in separators that the records do not have."]
    extra = [row.cells[len(cells) :] for row in body if len(row.cells) == width]
    if 0 < len(cells) < width and not any(cell.strip() for rest in extra for cell in rest):
        padding = [""] * (width - len(cells))
        return cells + padding, ["The records end in separators that the header does not have."]
    return cells, []
