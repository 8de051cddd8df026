"""Writes docs/schema.md from the models: `python -m dataviz_pipelines.core.schema.document docs/schema.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects import postgresql

from dataviz_pipelines.core.models import (
    access,
    business,
    collaboration,
    dashboards,
    libraries,
    logs,
    metadata,
    notifications,
    requests,
    rollups,
    scheduler,
    settings,
    uploads,
)
from dataviz_pipelines.core.models.documents.registry import JSON_DOCUMENTS
from dataviz_pipelines.core.schema.ddl import reading

_SECTIONS = (
    business,
    metadata,
    dashboards,
    libraries,
    uploads,
    scheduler,
    logs,
    rollups,
    settings,
    access,
    collaboration,
    notifications,
    requests,
)
_HEADER = """\
# Database schema

Generated from the models by `make docs`; a test fails when it is out of date. Times are UTC. Every table has a time-ordered
`id` (UUID version 7), `created_at`, `updated_at` (kept by a trigger), `created_by` and `updated_by`; the last four are left out
below. Changes of most tables are written to `audit_logs` by a trigger, whoever makes them. Deleting a person empties
`created_by` and `updated_by`; it is refused while `audit_logs` names them, or they own one of the `scheduler_jobs`.
"""
_EVERYWHERE = {"created_at", "updated_at", "created_by", "updated_by"}
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def schema_document() -> str:
    parts = [_HEADER]
    for section in _SECTIONS:
        title, _, text = (section.__doc__ or "").strip().partition(": ")
        parts.append(f"## {title}\n\n{text[:1].upper()}{text[1:]}\n")
        parts.extend(_table(table) for table in _tables_of(section))
    return "\n".join(parts)


def _tables_of(section: ModuleType) -> list[Table]:
    """In the order in which the module defines them."""
    models = [
        value
        for value in vars(section).values()
        if isinstance(value, type) and value.__module__ == section.__name__
    ]
    tables = [getattr(model, "__table__", None) for model in models]
    return [table for table in tables if isinstance(table, Table)]


def _table(table: Table) -> str:
    lines = [
        f"### {table.name}\n",
        f"{reading.purpose(table)}\n",
        "| Column | Type | Null | Default | Holds |",
        "| --- | --- | --- | --- | --- |",
        *(_column(column) for column in table.columns if column.name not in _EVERYWHERE),
        "",
        *_rules(table),
    ]
    return "\n".join(lines) + "\n"


def _column(column: Column[Any]) -> str:
    default = reading.default(column)
    cells = (
        f"`{column.name}`",
        column.type.compile(_DIALECT).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
        "yes" if column.nullable else "no",
        "" if default is None else f"`{default}`",
        _holds(column),
    )
    return f"| {' | '.join(cells)} |"


def _holds(column: Column[Any]) -> str:
    for key in column.foreign_keys:
        target = key.column.table.name
        return f"[{target}](#{target}), on delete {str(key.ondelete).lower()}"
    document = JSON_DOCUMENTS.get(f"{column.table.name}.{column.name}")
    return "" if document is None else f"`{_model_name(document)}`"


def _model_name(document: Any) -> str:
    name = str(document) if hasattr(document, "__args__") else document.__name__
    for prefix in ("dataviz_pipelines.core.models.documents.", "typing."):
        name = name.replace(prefix, "")
    return _plain(name)


def _plain(name: str) -> str:
    """`list[uploads.RowError]` becomes `list[RowError]`, and an annotated text its own name."""
    if name.startswith("list["):
        inner = name.removeprefix("list[").removesuffix("]")
        return f"list[{'str' if inner.startswith('Annotated') else inner.rpartition('.')[2]}]"
    return "object" if name.startswith("dict[") else name.rpartition(".")[2]


def _rules(table: Table) -> Iterator[str]:
    if reading.is_partitioned(table):
        yield "- Partitioned by month of `timestamp`"
    for unique in reading.uniques(table):
        yield f"- Unique: {', '.join(f'`{column.name}`' for column in unique.columns)}"
    for check in reading.checks(table):
        yield f"- Check: `{check.sqltext}`"
    for index in reading.indexes(table):
        if index.name not in {f"idx_{table.name}_created_by", f"idx_{table.name}_updated_by"}:
            yield f"- {_index(index)}"
    users = sorted({key.parent.table.name for key in _references_to(table)})
    if users and table.name != "users":
        yield f"- Referred to by {', '.join(f'[{name}](#{name})' for name in users)}"


def _index(index: Index) -> str:
    parts = [
        f"`{getattr(expression, 'name', None) or expression}`" for expression in index.expressions
    ]
    kind = "Unique index" if index.unique else "Index"
    condition = reading.predicate(index)
    where = "" if condition is None else f", where `{condition}`"
    return f"{kind} `{index.name}`: {', '.join(parts)}{where}"


def _references_to(table: Table) -> Iterator[Any]:
    for other in reading.tables():
        for key in other.foreign_keys:
            if key.column.table is table:
                yield key


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_document(), encoding="utf-8")
