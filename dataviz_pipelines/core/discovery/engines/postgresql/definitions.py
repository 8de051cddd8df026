"""From rows of the catalogs to definitions, by the tables' oids."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from dataviz_pipelines.core.discovery.snapshot import Column, Definition
from dataviz_pipelines.core.models.metadata import TableAccess, TableType

ACTIONS: Final = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
Row = tuple[Any, ...]
ByTable = defaultdict[int, list[Any]]


def definitions(
    *,
    definitions: Iterable[Row],
    columns: Iterable[Row],
    keys: Iterable[Row],
    indexes: Iterable[Row],
    view_texts: Iterable[Row],
) -> dict[int, Definition]:
    columns_of: ByTable = defaultdict(list)
    for row in columns:
        columns_of[row[0]].append(Column._make(row[1:]))
    names = _Names(columns_of)
    indexes_of: ByTable = defaultdict(list)
    for oid, *index in indexes:
        indexes_of[oid].append(_index(oid, *index, names=names))
    primary, unique, foreign = _keys(keys, names)
    text_of: dict[int, str] = dict(view_texts)
    return {
        oid: Definition(
            table_type=TableType(kind),
            columns=tuple(columns_of[oid]),
            is_partitioned=is_partitioned,
            source_comment=comment,
            view_definition=text_of.get(oid),
            primary_key=primary.get(oid, ()),
            unique_keys=tuple(unique[oid]),
            foreign_keys=tuple(foreign[oid]),
            indexes=tuple(indexes_of[oid]),
            access=TableAccess.READABLE if remedy is None else TableAccess.DENIED,
            access_remedy=remedy,
        )
        for oid, kind, is_partitioned, comment, remedy in definitions
    }


class _Names:
    """Names of columns by their numbers. Those of a table are looked up when it turns out to have keys."""

    def __init__(self, columns_of: ByTable) -> None:
        self._columns_of = columns_of
        self._names: dict[int, dict[int, str]] = {}

    def parts(self, oid: int, numbers: Iterable[int], texts: Iterable[str | None]) -> list[str]:
        """Of an index, in which expressions have a text and the number 0."""
        return [
            self.of(oid, [number])[0] if text is None else text
            for number, text in zip(numbers, texts, strict=True)
        ]

    def of(self, oid: int, numbers: Iterable[int]) -> list[str]:
        if oid not in self._names:
            columns = self._columns_of[oid]
            self._names[oid] = {column.position: column.column_name for column in columns}
        names = self._names[oid]
        return [names[number] for number in numbers]


def _index(
    oid: int,
    name: str,
    method: str,
    is_unique: bool,
    numbers: list[int],
    texts: list[str | None] | None,
    included: list[int],
    predicate: str | None,
    *,
    names: _Names,
) -> dict[str, Any]:
    """What few indexes have is left out of the others, whose tables keep the fingerprint they had before it was told."""
    parts = names.parts(oid, numbers, texts) if texts else names.of(oid, numbers)
    index = {"name": name, "columns": parts, "is_unique": is_unique, "method": method}
    if included:
        index["included_columns"] = names.of(oid, included)
    if predicate is not None:
        index["predicate"] = predicate
    return index


def _keys(
    rows: Iterable[Row], names: _Names
) -> tuple[dict[int, tuple[str, ...]], ByTable, ByTable]:
    primary: dict[int, tuple[str, ...]] = {}
    unique: ByTable = defaultdict(list)
    foreign: ByTable = defaultdict(list)
    for oid, kind, name, numbers, *target in rows:
        columns = names.of(oid, numbers)
        if kind == "p":
            primary[oid] = tuple(columns)
        elif kind == "u":
            unique[oid].append({"name": name, "columns": columns})
        else:
            foreign[oid].append(_foreign_key(name, columns, *target))
    return primary, unique, foreign


def _foreign_key(
    name: str,
    columns: list[str],
    schema: str,
    table: str,
    referenced: list[str],
    on_update: str,
    on_delete: str,
) -> dict[str, Any]:
    return {
        "name": name,
        "columns": columns,
        "referenced_database": None,
        "referenced_schema": schema,
        "referenced_table": table,
        "referenced_columns": referenced,
        "on_update": ACTIONS[on_update],
        "on_delete": ACTIONS[on_delete],
    }
