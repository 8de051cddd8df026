"""Records as frames of text columns."""

from collections.abc import Iterable, Sequence

import polars as pl

from dataviz_pipelines.core.ingestion.reading.dialect import Grammar
from dataviz_pipelines.core.ingestion.reading.records import Records

BOM = b"\xef\xbb\xbf"


def empty_frame(columns: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def frame_of_records(records: Records, grammar: Grammar, columns: Sequence[str]) -> pl.DataFrame:
    """The text of well-formed records of a simple dialect, parsed at full speed."""
    text = records.kept_bytes()
    if not text:
        return empty_frame(columns)
    guarded = text.startswith(
        BOM
    )  # the parser would take a first cell's own U+FEFF for the file's mark
    if guarded:
        text = grammar.delimiter * (len(columns) - 1) + grammar.newline + text
    quoted = bool(grammar.quote) and grammar.quote in text
    frame = pl.read_csv(
        text,
        has_header=False,
        separator=grammar.dialect.delimiter,
        quote_char=grammar.dialect.quote if quoted else None,
        schema=dict.fromkeys(columns, pl.String),
        empty_string_is_null=False,
        infer_schema=False,
    )
    return frame[1:] if guarded else frame


def frame_of_cells(rows: Iterable[Sequence[str | None]], columns: Sequence[str]) -> pl.DataFrame:
    """Rows as wide as `columns`."""
    cells = list(zip(*rows, strict=True))
    if not cells:
        return empty_frame(columns)
    return pl.DataFrame(
        [pl.Series(name, values, pl.String) for name, values in zip(columns, cells, strict=True)]
    )
