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
MIN_ROWS_BELOW_A_TITLE = 3


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
    def written_header(self) -> list[list[str]]:
        """The header's lines as they stand in the file; the generated names where it has none."""
        return [list(row.cells) for row in self.header] or [list(self.columns)]

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
    body = [row for row in below if not row.is_blank][: -len(footer) or None]
    columns, warnings = _columns(name, header, body, config)
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
        footer=tuple(" ".join(row.cells).strip() for row in footer),
        data_end=footer[0].start if footer else None,
        confidence=1.0 if pinned else header.confidence,
        pinned=pinned,
        warnings=tuple(warnings),
    )


def find_footer(rows: Sequence[SampleRow]) -> list[SampleRow]:
    """Notes below a table: behind a blank line nothing but single cells comes, where the table has several a row."""
    at = len(rows)
    while at > 0 and (rows[at - 1].is_blank or len(rows[at - 1].cells) == 1):
        at -= 1
    notes = [row for row in rows[at:] if not row.is_blank]
    table = [row for row in rows[:at] if not row.is_blank]
    is_clear = at < len(rows) and rows[at].is_blank and table_width(table) > 1
    return notes if is_clear and len(notes) < len(table) else []


def table_width(rows: Sequence[SampleRow]) -> int:
    """The width of most records; of those equally frequent the widest."""
    counts = Counter(len(row.cells) for row in rows)
    return max(counts, key=lambda width: (counts[width], width), default=1)


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
    index = _below_a_title(filled, _first_of_table(filled, width), width)
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
    """The first row as wide as the table; or the one right above it, when that is a header with a separator too many or
    too few."""
    index = next(at for at, row in enumerate(filled) if len(row.cells) == width)
    if index == 0 or width == 1:
        return index
    above, first = filled[index - 1], filled[index]
    body = [row.cells for row in filled[index + 1 :] if len(row.cells) == width][:BODY_ROWS]
    is_header = (
        above.next_line == first.line
        and are_names(above.cells, width)
        and header_score(first.cells, body) <= 0
    )
    return index - 1 if is_header else index


def _below_a_title(filled: Sequence[SampleRow], index: int, width: int) -> int:
    """A single text in a row as wide as the table is a title when what follows is a header."""
    rows = [row.cells for row in filled[index:] if len(row.cells) == width][: BODY_ROWS + 2]
    if (
        len(rows) < MIN_ROWS_BELOW_A_TITLE
        or width == 1
        or _filled(rows[0]) > 1
        or _filled(rows[1]) < 2
    ):
        return index
    is_title = filled[index + 1].cells == rows[1] and header_score(rows[1], rows[2:]) > 0
    return index + 1 if is_title else index


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
