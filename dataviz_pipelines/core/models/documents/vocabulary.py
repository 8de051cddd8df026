"""The kinds of names and texts that a template is made of."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

MAX_COLUMNS = 1_600  # PostgreSQL's limit for one table
MAX_NAME_BYTES = 63  # PostgreSQL's limit for an identifier
MAX_COLUMN_NAME = 255  # characters of a file's header
MAX_DECIMAL_PRECISION = 38


def is_column_pattern(name: str) -> bool:
    """Polars takes `*` and `^…$` for patterns of names, never for a name."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def _no_pattern(name: str) -> str:
    if is_column_pattern(name):
        raise ValueError("a column cannot be called * or ^…$")
    return name


ColumnName = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_COLUMN_NAME), AfterValidator(_no_pattern)
]
Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NAME_BYTES, pattern=r"^[^\x00]+$"),
    Field(description="A PostgreSQL identifier; it is always quoted, so case and spaces are kept."),
]
Separator = Annotated[str, StringConstraints(min_length=1, max_length=1)]
