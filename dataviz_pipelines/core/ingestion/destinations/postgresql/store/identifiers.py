"""Names as psycopg quotes them, for statements that are put together of the template's columns."""

from collections.abc import Sequence
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
