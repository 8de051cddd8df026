"""Which rows of a table are read: one SELECT that no server has to sort or count for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.models.metadata import NormalizedType, TableType

UNREAD: Final = frozenset({NormalizedType.BINARY, NormalizedType.SPATIAL})
"""Of these only is read whether they are NULL: their values can be large, and say nothing to anybody."""
_OVERSAMPLING: Final = 1.2
"""Blocks are not equally full, and a table may have shrunk since it was counted."""
_QUOTES: Final = {"postgresql": '"', "mysql": "`", "bigquery": "`"}
_SAMPLED: Final = {
    "postgresql": frozenset({TableType.TABLE, TableType.MATERIALIZED_VIEW}),
    "bigquery": frozenset({TableType.TABLE}),
}
_PERCENTAGES: Final = {"postgresql": "{:.6f}", "bigquery": "{:.6f} PERCENT"}
_LEAST_PERCENTAGE: Final = 0.000_001
_ALIAS: Final = "sampled"
"""To BigQuery a column that is called as its table is the whole row, unless it is said of which table it is."""


@dataclass(frozen=True)
class Column:
    id: UUID
    name: str
    type: NormalizedType


@dataclass(frozen=True)
class Table:
    """`row_count` is what was last known, exactly or not."""

    id: UUID
    source_id: UUID
    kind: str
    database_name: str
    schema_name: str
    table_name: str
    table_type: str
    row_count: int | None

    @property
    def place(self) -> str:
        return f"{self.schema_name}.{self.table_name}"


def sample(table: Table, columns: Sequence[Column], *, rows: int, share: float | None) -> str:
    """One row more than `rows`, to see whether there are more. `share` of the table's blocks is chosen by chance, None: from
    wherever the server begins."""
    quote = _QUOTES[table.kind]
    names = ", ".join(_expression(column, quote) for column in columns)
    chosen = "" if share is None else f" TABLESAMPLE SYSTEM ({_percentage(share, table.kind)})"
    return f"SELECT {names} FROM {_name(table, quote)} AS {_ALIAS}{chosen} LIMIT {rows + 1}"


def share_of(table: Table, rows: int) -> float | None:
    """None where all of it is to be read, or where the server cannot choose."""
    can_choose = table.table_type in _SAMPLED.get(table.kind, ())
    if not can_choose or table.row_count is None or table.row_count <= rows * _OVERSAMPLING:
        return None
    return rows * _OVERSAMPLING / table.row_count


def _percentage(share: float, kind: str) -> str:
    return _PERCENTAGES[kind].format(max(share * 100, _LEAST_PERCENTAGE))


def _expression(column: Column, quote: str) -> str:
    name = _quoted(column.name, quote)
    if column.type in UNREAD:
        return f"CASE WHEN {_ALIAS}.{name} IS NULL THEN NULL ELSE 1 END AS {name}"
    return f"{_ALIAS}.{name}"


def _name(table: Table, quote: str) -> str:
    parts = [table.schema_name, table.table_name]
    if table.kind == "bigquery":
        parts = [table.database_name, *parts]
    return ".".join(_quoted(part, quote) for part in parts)


def _quoted(name: str, quote: str) -> str:
    return f"{quote}{name.replace(quote, quote * 2)}{quote}"
