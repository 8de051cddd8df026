"""How a column of each type is held in a frame."""

from collections.abc import Mapping

import polars as pl

from dataviz_pipelines.core.models.documents.uploads import ColumnRule, ColumnType

POLARS_TYPES: Mapping[ColumnType, pl.DataType] = {
    ColumnType.TEXT: pl.String(),
    ColumnType.INTEGER: pl.Int64(),
    ColumnType.FLOAT: pl.Float64(),
    ColumnType.BOOLEAN: pl.Boolean(),
    ColumnType.DATE: pl.Date(),
    ColumnType.TIME: pl.Time(),
    ColumnType.TIMESTAMP: pl.Datetime("us"),
    ColumnType.TIMESTAMPTZ: pl.Datetime("us", "UTC"),
    ColumnType.UUID: pl.String(),
    ColumnType.JSON: pl.String(),
}


def polars_type(rule: ColumnRule) -> pl.DataType:
    """Decimals carry their precision."""
    if rule.type is ColumnType.DECIMAL:
        return pl.Decimal(rule.precision, rule.scale)
    return POLARS_TYPES[rule.type]
