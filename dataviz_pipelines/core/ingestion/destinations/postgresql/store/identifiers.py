"""Names as psycopg quotes them, for statements that are put together of the template's columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg import sql

ROW = sql.Identifier("_dataviz_row")
LINE = sql.Identifier("_dataviz_line")
STAGING = sql.Identifier("_dataviz_staging")


@dataclass(frozen=True)
class Table:
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def listed(names: Sequence[str], alias: str | None = None) -> sql.Composed:
    parts = [
        sql.Identifier(name) if alias is None else sql.Identifier(alias, name) for name in names
    ]
    return sql.SQL(", ").join(parts)


def equal(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in columns
    )


def compared_row(columns: Sequence[str], alias: str, documents: Collection[str]) -> sql.Composed:
    """A value that two rows can be compared by: `documents` have no equality, but their texts have."""
    parts = [
        sql.SQL("{}::text" if column in documents else "{}").format(sql.Identifier(alias, column))
        for column in columns
    ]
    return sql.SQL("ROW({})").format(sql.SQL(", ").join(parts))
