"""Files that people open in a spreadsheet: nothing in them may be taken for a formula."""

import polars as pl

_FORMULA = r"^'*[=+\-@\t\r]"
_NEUTRALISED = r"^'+[=+\-@\t\r]"
_NUMBER = r"^[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?%?$"


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that a spreadsheet would run gets a leading apostrophe; numbers, negative ones too, stay as they are."""
    return frame.with_columns(
        _neutral(name) for name, dtype in frame.schema.items() if dtype == pl.String
    )


def _neutral(column: str) -> pl.Expr:
    text = pl.col(column)
    dangerous = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(dangerous).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def restored(frame: pl.DataFrame) -> pl.DataFrame:
    """Undoes `neutralised`, so that corrected rejects come in as they stood in the file."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_NEUTRALISED))
        .then(pl.col(name).str.slice(1))
        .otherwise(pl.col(name))
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )
