"""Files that people open in a spreadsheet: nothing in them may be taken for a formula."""

import re

import polars as pl

_FORMULA = r"^'*[=+\-@\t\r]"
_NEUTRALISED = r"^'+[=+\-@\t\r]"
_NUMBER = r"^[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?%?$"

_FORMULA_TEXT = re.compile(_FORMULA)
_NUMBER_TEXT = re.compile(_NUMBER.replace("$", r"\Z"))


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """Text that a spreadsheet would run gets a leading apostrophe; numbers, negative ones too, stay as they are."""
    return frame.with_columns(
        _neutral(name) for name, dtype in frame.schema.items() if dtype == pl.String
    )


def _neutral(column: str) -> pl.Expr:
    text = pl.col(column)
    dangerous = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(dangerous).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def neutral_text(text: str) -> str:
    """The same for a single text."""
    is_dangerous = _FORMULA_TEXT.match(text) and not _NUMBER_TEXT.match(text)
    return f"'{text}" if is_dangerous else text


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
