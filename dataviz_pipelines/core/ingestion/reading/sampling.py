"""The first records of a text, read tolerantly: what detection looks at, before anybody knows what is well-formed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dataviz_pipelines.core.ingestion.reading.dialect import Grammar

SAMPLE_BYTES = 128 * 1024
SAMPLE_ROWS = 1_000
LOOKAHEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class SampleRow:
    """A record that begins on physical line `line` (from 1) at byte `start`. `wrong` says that it is not well-formed; then
    it is its physical line alone."""

    line: int
    start: int
    end: int
    next_line: int
    cells: tuple[str, ...]
    wrong: bool = False

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


def sample_rows(text: bytes, grammar: Grammar, *, limit: int = SAMPLE_ROWS) -> Iterator[SampleRow]:
    """Every record and blank line of `text`, which ends with a line end."""
    line, at = 1, 0
    for _ in range(limit):
        if at >= len(text):
            return
        row = _row_at(text, grammar, line, at)
        yield row
        line, at = row.next_line, row.end


def cut_sample(head: bytes, *, whole: bool, newline: bytes = b"\n") -> bytes:
    """Whole lines from the beginning of `head`."""
    sample = head[:SAMPLE_BYTES]
    if whole and len(sample) == len(head):
        return sample if sample.endswith(newline) else sample + newline
    cut = sample.rfind(newline) + 1
    return sample[:cut] if cut else sample + newline


def _row_at(text: bytes, grammar: Grammar, line: int, at: int) -> SampleRow:
    scan = grammar.scan(text, at, min(len(text), at + LOOKAHEAD_BYTES))
    if scan.problem is None:
        after = line + text.count(grammar.newline, at, scan.end)
        return SampleRow(line, at, scan.end, after, _texts(scan.cells))
    end = text.find(grammar.newline, at) + 1 or len(text)
    cells = grammar.split_tolerantly(text[at:end])
    return SampleRow(line, at, end, line + 1, _texts(cells), wrong=True)


def _texts(cells: list[bytes]) -> tuple[str, ...]:
    return tuple(cell.decode("utf-8", "replace") for cell in cells)


def refitted(
    rows: Sequence[SampleRow], text: bytes, grammar: Grammar, width: int
) -> list[SampleRow]:
    """`rows` of `text`, single lines that are not as wide as the table split anew, now that its width is known."""

    def refit(row: SampleRow) -> SampleRow:
        if (
            row.is_blank
            or row.next_line > row.line + 1
            or (len(row.cells) == width and not row.wrong)
        ):
            return row
        cells = grammar.split_tolerantly(text[row.start : row.end], width)
        return replace(row, cells=_texts(cells)) if len(cells) == width else row

    return [refit(row) for row in rows]
