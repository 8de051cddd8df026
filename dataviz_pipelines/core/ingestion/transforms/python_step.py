"""The escape hatch: rows handed to a registered Python function as a pandas frame, and what it may give back."""

import logging

import pandas as pd
import polars as pl

from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion.errors import FileRefusedError
from dataviz_pipelines.core.ingestion.transforms.registry import TransformFunction

logger = logging.getLogger(__name__)


def call_function(frame: pl.DataFrame, function: TransformFunction, name: str) -> pl.DataFrame:
    """Raises InvalidInputError when what comes back is not text with the same index, FileRefusedError when the function
    fails on these rows."""
    given = frame.to_pandas()
    index = given.index
    try:
        returned = function(given.copy())
    except Exception as error:  # the function is a user's; its failure is a fact about this file
        logger.warning("transform function %r failed", name, exc_info=True)
        raise FileRefusedError(
            f"The transform function {name!r} failed with {type(error).__name__} on the file's rows.",
            remedy="Correct the function or the file; the log has the traceback.",
        ) from error
    _check(returned, index, name)
    columns = {str(label): _text(returned[label], name) for label in returned.columns}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _check(returned: object, index: pd.Index, name: str) -> None:
    if not isinstance(returned, pd.DataFrame):
        raise _unfit(name, f"returned {type(returned).__name__}, not a pandas DataFrame")
    if len(returned) != len(index):
        raise _unfit(name, f"was given {len(index)} rows and returned {len(returned)}")
    if not returned.index.equals(index):
        raise _unfit(name, "returned rows with another index")
    if not returned.columns.is_unique:
        raise _unfit(name, "returned two columns of the same name")
    if not all(isinstance(label, str) for label in returned.columns):
        raise _unfit(name, "returned a column whose name is not a text")


def _text(column: "pd.Series[str]", name: str) -> pl.Series:
    kept = column.astype(object).where(column.notna(), None).to_list()
    strange = next((value for value in kept if not (value is None or isinstance(value, str))), None)
    if strange is not None:
        raise _unfit(
            name, f"returned {type(strange).__name__} values in column {column.name!r}, not text"
        )
    return pl.Series(kept, dtype=pl.String)


def _unfit(name: str, what: str) -> InvalidInputError:
    return InvalidInputError(
        f"The transform function {name!r} {what}.",
        remedy="It must return a frame of text with the rows and the index it was given.",
    )
