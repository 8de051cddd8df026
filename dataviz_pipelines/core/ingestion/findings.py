"""What is wrong with single rows, as a frame: cheap when there is nothing, vectorised when there is much."""

import polars as pl

FINDINGS_SCHEMA = {
    "row": pl.UInt32,  # position in the chunk's frame
    "column": pl.String,  # null: the rule looks at more than one column
    "rule": pl.String,
    "value": pl.String,  # as the template's steps left it
    "message": pl.String,
}


def no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema=FINDINGS_SCHEMA)


def findings(
    bad: pl.Series,
    *,
    rule: str,
    message: str,
    column: str | None = None,
    values: pl.Series | None = None,
) -> pl.DataFrame:
    """One finding for each true element of `bad` (Boolean, as long as the chunk; null counts as false)."""
    rows = bad.fill_null(False).arg_true()
    if rows.is_empty():
        return no_findings()
    return pl.DataFrame({"row": rows.cast(pl.UInt32)}).with_columns(
        pl.lit(column, pl.String).alias("column"),
        pl.lit(rule).alias("rule"),
        pl.lit(None, pl.String).alias("value")
        if values is None
        else values.gather(rows).cast(pl.String).alias("value"),
        pl.lit(message).alias("message"),
    )


def findings_between(late: pl.DataFrame, first: int, end: int) -> pl.DataFrame:
    """The findings of rows `first` up to `end` of the source, by their position in that chunk."""
    return (
        late.filter(pl.col("row").is_between(first, end, closed="left"))
        .with_columns((pl.col("row") - first).cast(pl.UInt32))
        .select(list(FINDINGS_SCHEMA))
    )
