"""Typed rows as texts that the server reads as the same values, and as the lines of LOAD DATA."""

from collections.abc import Mapping, Sequence
from io import BytesIO

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.base import LATE_FINDINGS_SCHEMA
from dataviz_pipelines.core.ingestion.destinations.mysql.columns import Limits
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

NULL = "\\N"
SHOWN_CHARACTERS = 100
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}


def as_texts(rows: pl.DataFrame, rules: Sequence[ColumnRule]) -> pl.DataFrame:
    """In the order of the rules; moments are in UTC."""
    return rows.select(_text(rule).alias(f"{index}") for index, rule in enumerate(rules))


def _text(rule: ColumnRule) -> pl.Expr:
    values = pl.col(rule.name)
    if rule.type is ColumnType.BOOLEAN:
        return values.cast(pl.Int8).cast(pl.String)
    if rule.type is ColumnType.TIME:
        return values.dt.to_string("%H:%M:%S%.6f")
    if rule.type in (ColumnType.TIMESTAMP, ColumnType.TIMESTAMPTZ):
        return values.dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    return values.cast(pl.String)


def as_lines(texts: pl.DataFrame, free: Sequence[str]) -> bytes:
    """Tab-separated and escaped, as LOAD DATA reads it unless told otherwise. Only `free` columns can have marks of it in them."""
    escaped = texts.with_columns(
        pl.col(name).str.replace_many(list(_ESCAPED), list(_ESCAPED.values())) for name in free
    )
    lines = BytesIO()
    escaped.write_csv(
        lines, include_header=False, separator="\t", null_value=NULL, quote_style="never"
    )
    return lines.getvalue()


def free_columns(rules: Sequence[ColumnRule]) -> list[str]:
    """Those of `as_texts` whose texts can be anything."""
    anything = (ColumnType.TEXT, ColumnType.JSON)
    return [f"{index}" for index, rule in enumerate(rules) if rule.type in anything]


def beyond_limits(
    rows: pl.DataFrame, positions: pl.DataFrame, limits: Mapping[str, Limits]
) -> pl.DataFrame:
    """Why which rows cannot be held, as LATE_FINDINGS_SCHEMA."""
    found = [pl.DataFrame(schema=LATE_FINDINGS_SCHEMA)]
    for name, limit in limits.items():
        values = rows[name].cast(pl.String)
        if limit.max_bytes is not None:
            message = f"is longer than the {limit.max_bytes} bytes that the column holds"
            found.append(
                _late(values, positions, values.str.len_bytes() > limit.max_bytes, name, message)
            )
        if limit.unholdable is not None:
            message = f"has a character that the column's {limit.character_set} lacks"
            found.append(
                _late(values, positions, values.str.contains(limit.unholdable), name, message)
            )
    return pl.concat(found)


def _late(
    values: pl.Series, positions: pl.DataFrame, is_beyond: pl.Series, column: str, message: str
) -> pl.DataFrame:
    is_found = is_beyond.fill_null(False)
    found = positions.select("row").with_columns(
        pl.lit(column).alias("column"),
        pl.lit("max_length" if "bytes" in message else "character_set").alias("rule"),
        values.str.head(SHOWN_CHARACTERS).alias("value"),
        pl.lit(message).alias("message"),
    )
    return found.filter(is_found)
