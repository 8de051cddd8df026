"""Names in backquotes, for statements that are put together of the template's columns. A `%` is doubled for PyMySQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


def quoted(name: str) -> str:
    return f"`{name.replace('`', '``').replace('%', '%%')}`"


ROW: Final = quoted("_dataviz_row")
LINE: Final = quoted("_dataviz_line")


@dataclass(frozen=True)
class Table:
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def staging(self) -> str:
        """A temporary table beside it: its name is the session's alone."""
        return f"{quoted(self.schema)}.{quoted('_dataviz_staging')}"


def listed(names: Sequence[str], alias: str | None = None) -> str:
    prefix = "" if alias is None else f"{alias}."
    return ", ".join(f"{prefix}{quoted(name)}" for name in names)


def equal(columns: Sequence[str]) -> str:
    return " AND ".join(f"t.{quoted(column)} = s.{quoted(column)}" for column in columns)


def same(columns: Sequence[str]) -> str:
    """To the last bit, NULL included; what a collation takes for equal may differ."""
    return " AND ".join(
        f"CAST(t.{quoted(column)} AS BINARY) <=> CAST(s.{quoted(column)} AS BINARY)"
        for column in columns
    )
