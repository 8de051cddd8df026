"""From rows of information_schema to definitions, by the tables' names."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from dataviz_pipelines.core.discovery.snapshot import Column, Definition, Statistics
from dataviz_pipelines.core.models.metadata import (
    CountKind,
    NormalizedType,
    TableAccess,
    TableType,
)

Row = tuple[Any, ...]
_COUNTING: Final = {"MyISAM", "Aria", "MEMORY"}
"""Storage engines that know how many rows they have."""
_TYPES: Final = {
    name: kind
    for kind, names in {
        NormalizedType.INTEGER: "tinyint smallint mediumint int bigint year",
        NormalizedType.DECIMAL: "decimal",
        NormalizedType.FLOAT: "float double",
        NormalizedType.STRING: "char varchar tinytext text mediumtext longtext set",
        NormalizedType.ENUM: "enum",
        NormalizedType.BINARY: "binary varbinary tinyblob blob mediumblob longblob bit",
        NormalizedType.DATE: "date",
        NormalizedType.TIME: "time",
        NormalizedType.DATETIME: "datetime",
        NormalizedType.TIMESTAMP: "timestamp",
        NormalizedType.UUID: "uuid",
        NormalizedType.JSON: "json",
        NormalizedType.SPATIAL: "geometry point linestring polygon multipoint multilinestring "
        "multipolygon geometrycollection geomcollection",
    }.items()
    for name in names.split()
}


def definitions(
    *,
    schema: str,
    tables: Iterable[Row],
    columns: Iterable[Row],
    keys: Iterable[Row],
    indexes: Iterable[Row],
    is_mariadb: bool,
    grant: str,
) -> dict[str, tuple[Definition, Statistics]]:
    """`grant` is the statement that opens a table, with `{}` for its name."""
    primary, unique, foreign = _keys(schema, keys)
    foreign_columns = {
        (table, column)
        for table, found in foreign.items()
        for key in found
        for column in key["columns"]
    }
    columns_of: defaultdict[str, list[Column]] = defaultdict(list)
    readable: set[str] = set()
    for table, *row, privileges in columns:
        is_foreign = (table, row[0]) in foreign_columns
        columns_of[table].append(_column(row, is_foreign=is_foreign, is_mariadb=is_mariadb))
        if "select" in privileges.split(","):
            readable.add(table)
    indexes_of = _indexes(indexes)
    found = {}
    for table, is_view, is_partitioned, comment, text, engine, rows, size in tables:
        is_open = table in readable or not columns_of[table]
        definition = Definition(
            table_type=TableType.VIEW if is_view else TableType.TABLE,
            columns=tuple(columns_of[table]),
            is_partitioned=bool(is_partitioned),
            source_comment=None if comment in ("", "VIEW") else comment,
            view_definition=text or None,
            primary_key=primary.get(table, ()),
            unique_keys=tuple(unique[table]),
            foreign_keys=tuple(foreign[table]),
            indexes=tuple(indexes_of[table]),
            access=TableAccess.READABLE if is_open else TableAccess.DENIED,
            access_remedy=None if is_open else grant.format(quoted(table)),
        )
        found[table] = definition, _statistics(engine, rows, size)
    return found


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _column(row: list[Any], *, is_foreign: bool, is_mariadb: bool) -> Column:
    (name, position, kind, whole, length, precision, scale, nullable, primary) = row[:9]
    default, generation, extra, comment = row[9:]
    if is_mariadb and default == "NULL":
        default = None
    is_flag = whole.startswith("tinyint(1)")
    return Column(
        column_name=name,
        position=position,
        data_type=kind,
        native_type=whole,
        normalized_type=NormalizedType.BOOLEAN
        if is_flag
        else _TYPES.get(kind, NormalizedType.OTHER),
        max_length=length,
        numeric_precision=precision,
        numeric_scale=scale,
        is_nullable=bool(nullable),
        is_primary_key=bool(primary),
        is_foreign_key=is_foreign,
        default_expression=default,
        is_generated=bool(generation),
        generation_expression=generation or None,
        is_identity="auto_increment" in extra,
        source_comment=comment or None,
    )


def _statistics(engine: str | None, rows: int | None, size: int | None) -> Statistics:
    rows_kind = CountKind.EXACT if engine in _COUNTING else CountKind.ESTIMATE
    return Statistics(
        rows,
        CountKind.UNKNOWN if rows is None else rows_kind,
        size,
        CountKind.UNKNOWN if size is None else CountKind.ESTIMATE,
        None,
    )


Keys = defaultdict[str, list[dict[str, Any]]]


def _keys(schema: str, rows: Iterable[Row]) -> tuple[dict[str, tuple[str, ...]], Keys, Keys]:
    primary: dict[str, tuple[str, ...]] = {}
    unique: Keys = defaultdict(list)
    foreign: Keys = defaultdict(list)
    for (table, kind, name), group in groupby(rows, key=lambda row: row[:3]):
        parts = list(group)
        columns = [part[3] for part in parts]
        if kind == "PRIMARY KEY":
            primary[table] = tuple(columns)
        elif kind == "UNIQUE":
            unique[table].append({"name": name, "columns": columns})
        else:
            foreign[table].append(_foreign_key(schema, name, columns, parts))
    return primary, unique, foreign


def _foreign_key(schema: str, name: str, columns: list[str], parts: list[Row]) -> dict[str, Any]:
    _, _, _, _, target_schema, target, _, on_update, on_delete = parts[0]
    return {
        "name": name,
        "columns": columns,
        "referenced_database": None if target_schema == schema else target_schema,
        "referenced_schema": target_schema,
        "referenced_table": target,
        "referenced_columns": [part[6] for part in parts],
        "on_update": str(on_update or "restrict").lower(),
        "on_delete": str(on_delete or "restrict").lower(),
    }


def _indexes(rows: Iterable[Row]) -> Keys:
    found: Keys = defaultdict(list)
    for (table, name, method, is_unique), group in groupby(rows, key=lambda row: row[:4]):
        columns = [part[4] or "(expression)" for part in group]
        index = {
            "name": name,
            "columns": columns,
            "is_unique": bool(is_unique),
            "method": method.lower(),
        }
        found[table].append(index)
    return found
