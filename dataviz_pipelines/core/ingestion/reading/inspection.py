"""What the reader understood of a file, without any template: for people, and to convert it to plain CSV."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dataviz_pipelines.core.ingestion.reading.limits import Limits
from dataviz_pipelines.core.ingestion.reading.opening import open_any_width
from dataviz_pipelines.core.ingestion.source import Chunk, Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

FIRST_ROWS = 10
FIRST_REJECTS = 20

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Inspection:
    """`records` were read into the columns, `rejected` were not; `rules` counts the latter by reason."""

    file_name: str
    size_bytes: int
    profile: Profile
    records: int
    rejected: int
    rules: dict[str, int]
    first_rows: tuple[Row, ...]
    first_rejected: tuple[RejectedRecord, ...]


def inspect_file(path: Path, *, limits: Limits | None = None) -> Inspection:
    """Reads the whole file once. Raises UnreadableFileError."""
    rules: Counter[str] = Counter()
    rows: list[Row] = []
    rejected: list[RejectedRecord] = []
    records = 0
    with closing(open_any_width(path, ReaderConfig(), limits=limits or Limits())) as source:
        for chunk in source.chunks():
            records += chunk.frame.height
            rules.update(record.rule for record in chunk.rejected)
            rows += chunk.frame.head(FIRST_ROWS - len(rows)).rows()
            rejected += chunk.rejected[: FIRST_REJECTS - len(rejected)]
        profile = source.profile
    return Inspection(
        file_name=path.name,
        size_bytes=path.stat().st_size,
        profile=profile,
        records=records,
        rejected=rules.total(),
        rules=dict(rules.most_common()),
        first_rows=tuple(rows),
        first_rejected=tuple(rejected),
    )


def lenient_rows(path: Path, *, limits: Limits | None = None) -> Iterator[list[str]]:
    """Header first, as it is written but in one row, then every record in the file's order, those too short or too long
    as they are."""
    with closing(open_any_width(path, ReaderConfig(), limits=limits or Limits())) as source:
        width = len(source.profile.columns)
        header = source.header
        yield header
        for chunk in source.chunks():
            for row in _in_order(chunk):
                for record in _split_at_line_ends(row, width):
                    yield _as_wide_as_header(record, header) if len(header) < width else record


def _in_order(chunk: Chunk) -> Iterator[list[str]]:
    """Records and rejects of a chunk, merged by their lines."""
    rejected = iter(sorted(chunk.rejected, key=lambda record: record.line))
    waiting = next(rejected, None)
    for line, row in zip(chunk.lines, chunk.frame.iter_rows(), strict=True):
        while waiting is not None and waiting.line < line:
            yield list(waiting.cells)
            waiting = next(rejected, None)
        yield ["" if cell is None else cell for cell in row]
    if waiting is not None:
        yield from (list(record.cells) for record in (waiting, *rejected))


def _as_wide_as_header(row: list[str], header: list[str]) -> list[str]:
    """Without separators at the end that the header does not have."""
    return row if any(row[len(header) :]) else row[: len(header)]


def _split_at_line_ends(row: list[str], width: int) -> Iterator[list[str]]:
    """A lone carriage return that ended a record, in a file whose other lines end otherwise."""
    if len(row) == width:
        yield row
        return
    pieces: list[list[str]] = [[]]
    for cell in row:
        first, *others = cell.split("\r")
        pieces[-1].append(first)
        pieces += [[other] for other in others]
    if len(pieces) > 1 and all(len(piece) == width for piece in pieces):
        yield from pieces
    else:
        yield row
