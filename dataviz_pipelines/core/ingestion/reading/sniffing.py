"""Which dialect a text is written in.

Cheap and certain first: when exactly one of the usual delimiters splits the whole sample into records of one width,
that is it. Everything else goes to the consistency measure of clevercsv, on a bounded sample.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import clevercsv

from dataviz_pipelines.core.ingestion.reading.dialect import ONE_COLUMN, Dialect, Grammar
from dataviz_pipelines.core.ingestion.reading.sampling import SampleRow, sample_rows
from dataviz_pipelines.core.ingestion.source import Detected
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

USUAL_DELIMITERS = (",", ";", "\t", "|")
CERTAIN_ROWS = 200
HARD_SAMPLE_CHARACTERS = 10_000


@dataclass(frozen=True)
class Sniffed:
    dialect: Dialect
    confidence: float


def sniff(sample: bytes, config: ReaderConfig, expected: Sequence[str] = ()) -> Sniffed:
    """The dialect of `sample` (UTF-8, whole lines). What `config` pins is taken as it is."""
    newline = newline_of(sample)
    if config.delimiter is not None and config.quote is not None:
        return Sniffed(_pinned(Dialect(config.delimiter, newline=newline), config), 1.0)
    base = Dialect(newline=newline)
    fitting = [
        dialect
        for delimiter in _candidates(config)
        if _fits(sample, dialect := _pinned(Dialect(delimiter, newline=newline), config))
    ]
    if len(fitting) > 1 and expected:
        fitting = _knowing(sample, fitting, expected) or fitting
    if len(fitting) == 1:
        return Sniffed(fitting[0], 0.99)
    if config.delimiter is not None:
        return Sniffed(_pinned(base, config), 0.9)
    return _measured(sample, base, config)


def detected_dialect(sniffed: Sniffed, config: ReaderConfig) -> dict[str, Detected]:
    dialect, confidence = sniffed.dialect, sniffed.confidence
    delimiter = None if dialect.delimiter == ONE_COLUMN else dialect.delimiter
    values = {"delimiter": delimiter, "quote": dialect.quote, "escape": dialect.escape}
    return {
        name: Detected(value, 1.0, pinned=True)
        if getattr(config, name) is not None
        else Detected(value, confidence)
        for name, value in values.items()
    } | {"newline": Detected(dialect.newline, confidence)}


def newline_of(sample: bytes) -> str:
    r"""`\r` only where there is no other line end at all."""
    return "\r" if b"\r" in sample.rstrip(b"\n") and b"\n" not in sample.rstrip(b"\n") else "\n"


def _candidates(config: ReaderConfig) -> Iterable[str]:
    return USUAL_DELIMITERS if config.delimiter is None else (config.delimiter,)


def _pinned(dialect: Dialect, config: ReaderConfig) -> Dialect:
    return Dialect(
        config.delimiter or dialect.delimiter,
        dialect.quote if config.quote is None else config.quote or None,
        dialect.escape if config.escape is None else config.escape or None,
        dialect.newline,
    )


def _fits(sample: bytes, dialect: Dialect) -> bool:
    """Two records or more, all well-formed and of the same width above one."""
    widths = set()
    count = 0
    for row in sample_rows(sample, Grammar(dialect), limit=CERTAIN_ROWS):
        if row.is_blank and len(row.cells) == 1:
            continue
        widths.add(len(row.cells))
        count += 1
        if row.wrong or len(widths) > 1 or 1 in widths:
            return False
    return count > 1


def _knowing(sample: bytes, dialects: list[Dialect], expected: Sequence[str]) -> list[Dialect]:
    """Those of `dialects` under which the sample shows names that the template expects."""
    known = {name.casefold().strip() for name in expected}

    def shows_names(row: SampleRow) -> bool:
        return any(cell.casefold().strip() in known for cell in row.cells)

    return [
        dialect
        for dialect in dialects
        if any(shows_names(row) for row in sample_rows(sample, Grammar(dialect), limit=20))
    ]


def _measured(sample: bytes, base: Dialect, config: ReaderConfig) -> Sniffed:
    text = sample.decode("utf-8", "replace")[:HARD_SAMPLE_CHARACTERS]
    found = clevercsv.Detector().detect(text, verbose=False)
    if found is None or not found.delimiter:
        return Sniffed(_pinned(base, config), 0.3)
    dialect = Dialect(
        found.delimiter, found.quotechar or '"', found.escapechar or None, base.newline
    )
    return Sniffed(_pinned(dialect, config), 0.7)
