"""How a column of each type is held in a frame. Decimals carry their precision and are built for each column."""

from collections.abc import Mapping

import polars as pl

from dataviz_pipelines.core.models.documents.uploads import ColumnType

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
