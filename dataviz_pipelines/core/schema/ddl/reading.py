"""What the writers ask of the models."""

import re
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Table, UniqueConstraint
from sqlalchemy.sql.elements import ColumnElement

from dataviz_pipelines.core.models.base import CALLER
from dataviz_pipelines.core.models.tables import Base

_DESCENDING = re.compile(r"^(\w+) DESC$")


def tables() -> list[Table]:
    """Each after those that it refers to."""
    return list(Base.metadata.sorted_tables)


def purpose(table: Table) -> str:
    """The first paragraph of the model's docstring, on one line."""
    (model,) = (mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def default(column: Column[Any]) -> str | None:
    """The server's default as the models say it: `now()`, `uuid_v7()`, `'text'`, `0` or `true`; who the caller is, only
    PostgreSQL is told."""
    argument = getattr(column.server_default, "arg", None)
    return None if argument is None or argument is CALLER else str(argument)


def checks(table: Table) -> list[CheckConstraint]:
    found = [item for item in table.constraints if isinstance(item, CheckConstraint)]
    return sorted(found, key=lambda item: str(item.name))


def uniques(table: Table) -> list[UniqueConstraint]:
    found = [item for item in table.constraints if isinstance(item, UniqueConstraint)]
    return sorted(found, key=lambda item: str(item.name))


def indexes(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda item: str(item.name))


def ordered_indexes(table: Table) -> list[Index]:
    """Those that every database has: without what PostgreSQL alone finds words and letters by."""
    return [each for each in indexes(table) if not each.dialect_options["postgresql"]["using"]]


def predicate(index: Index) -> str | None:
    """The condition of a partial index."""
    condition = index.dialect_options["postgresql"]["where"]
    return None if condition is None else str(condition)


def key_part(expression: str | ColumnElement[Any]) -> tuple[str, bool] | str:
    """A column's name and whether its order is descending; the text of any other expression."""
    if isinstance(expression, Column):
        return expression.name, False
    descending = _DESCENDING.match(str(expression))
    return (descending[1], True) if descending else str(expression)


def is_partitioned(table: Table) -> bool:
    return table.dialect_options["postgresql"]["partition_by"] is not None
