"""Which dialect a text is written in.

Cheap and certain first: when exactly one of the usual delimiters splits the whole sample into records of one width,
that is it. Otherwise every candidate is scored, and where two come close clevercsv casts the deciding vote.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dataviz_pipelines.core.ingestion.reading.candidates import (
    USUAL_DELIMITERS,
    delimiter_candidates,
    escape_candidates,
    quote_candidates,
    widened_delimiters,
)
from dataviz_pipelines.core.ingestion.reading.consistency import score
from dataviz_pipelines.core.ingestion.reading.dialect import ONE_COLUMN, Dialect, Grammar
from dataviz_pipelines.core.ingestion.reading.sampling import SampleRow, sample_rows
from dataviz_pipelines.core.ingestion.source import Detected
from dataviz_pipelines.core.models.documents.uploads import ReaderConfig

CERTAIN_ROWS = 200
CLEAR_MAJORITY = 10
QUOTED = re.compile(rb'"[^"]*(?:"|\Z)')
SCORED_BYTES = 32 * 1024
VOTE_CHARACTERS = 8_000
CLOSE = 0.9  # of the best total: from here on the runner-up is worth a second opinion


@dataclass(frozen=True)
class Sniffed:
    dialect: Dialect
    confidence: float


def sniff(
    sample: bytes, config: ReaderConfig, expected: Sequence[str] = (), *, newline: str = "\n"
) -> Sniffed:
    """The dialect of `sample` (UTF-8, whole lines). What `config` pins is taken as it is."""
    if config.delimiter is not None and config.quote is not None and config.escape is not None:
        return Sniffed(_pinned(Dialect(newline=newline), config), 1.0)
    certain = _certain(sample, newline, config, expected)
    return certain or _measured(sample, newline, config)


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
    r"""`\r` where hardly any line ends otherwise, quotes left aside."""
    text = sample[:-1] if sample.endswith(b"\r") else sample  # what comes behind it is not known
    if b"\r" not in text:
        return "\n"
    bare = QUOTED.sub(b"", text)
    alone = bare.count(b"\r") - bare.count(b"\r\n")
    return "\r" if alone > CLEAR_MAJORITY * bare.count(b"\n") else "\n"


def _pinned(dialect: Dialect, config: ReaderConfig) -> Dialect:
    return Dialect(
        config.delimiter or dialect.delimiter,
        dialect.quote if config.quote is None else config.quote or None,
        dialect.escape if config.escape is None else config.escape or None,
        dialect.newline,
    )


def _certain(
    sample: bytes, newline: str, config: ReaderConfig, expected: Sequence[str]
) -> Sniffed | None:
    delimiters = USUAL_DELIMITERS if config.delimiter is None else (config.delimiter,)
    fitting = [
        dialect
        for delimiter in delimiters
        if _fits(sample, dialect := _pinned(Dialect(delimiter, newline=newline), config))
    ]
    if len(fitting) > 1 and expected:
        fitting = _knowing(sample, fitting, expected)
    if len(fitting) != 1:
        return None
    text = sample[:SCORED_BYTES].decode("utf-8", "replace")
    variants = [_pinned(variant, config) for variant in _variants(text, fitting[0])]
    best = next((each for each in variants if _fits(sample, each)), fitting[0])
    likely = next((each for each in variants if each.delimiter == best.delimiter), best)
    return Sniffed(best, 0.99) if best.quote == likely.quote else None


def _variants(text: str, dialect: Dialect) -> list[Dialect]:
    """A fitting delimiter may still come with a space behind it, or with another quote."""
    return [
        Dialect(delimiter, quote, escape, dialect.newline)
        for delimiter in widened_delimiters(text, dialect.delimiter)
        for quote in quote_candidates(text, delimiter)
        for escape in escape_candidates(text, delimiter, quote)
    ]


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


def _measured(sample: bytes, newline: str, config: ReaderConfig) -> Sniffed:
    text = sample[:SCORED_BYTES].decode("utf-8", "replace")
    dialects = dict.fromkeys(_pinned(dialect, config) for dialect in _dialects(text, newline))
    totals = {dialect: score(sample[:SCORED_BYTES], dialect).total for dialect in dialects}
    ranked = sorted(totals, key=lambda dialect: totals[dialect], reverse=True)
    best = ranked[0]
    close = [dialect for dialect in ranked if totals[dialect] >= CLOSE * totals[best]]
    likely = [dialect for dialect in close if _is_usual(dialect)] or close
    several = len({dialect.delimiter for dialect in likely}) > 1
    best = _voted(text, likely) if several else likely[0]
    return Sniffed(best, _confidence(best, totals))


def _is_usual(dialect: Dialect) -> bool:
    return dialect.delimiter.strip(" ") in USUAL_DELIMITERS


def _confidence(best: Dialect, totals: dict[Dialect, float]) -> float:
    """How far the best stands out among those with another delimiter."""
    others = [total for each, total in totals.items() if each.delimiter != best.delimiter]
    distance = 1 - max(others, default=0.0) / max(totals[best], 1e-9)
    return round(0.5 + 0.45 * max(0.0, distance), 2)


def _dialects(text: str, newline: str) -> list[Dialect]:
    """In the order of preference among equals."""
    return [
        variant
        for delimiter in (*delimiter_candidates(text), ONE_COLUMN)
        for variant in _variants(text, Dialect(delimiter, newline=newline))
    ]


def _voted(text: str, close: Sequence[Dialect]) -> Dialect:
    import clevercsv  # a tenth of a second, and few files need it

    shown = text[:VOTE_CHARACTERS].replace("\x00", "")  # it would refuse to look at NUL
    found = clevercsv.Detector().detect(shown, verbose=False)
    if found is None:
        return close[0]
    return next((dialect for dialect in close if dialect.delimiter == found.delimiter), close[0])
