"""From rows of information_schema to definitions, by the tables' names."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from dataviz_pipelines.core.discovery.snapshot import Column, Definition, Statistics
from dataviz_pipelines.core.models.metadata import (
    CountKind,
    NormalizedType,
    TableAccess,
    TableType,
)

Row = tuple[Any, ...]
Keys = defaultdict[str, list[dict[str, Any]]]
Actions = dict[tuple[str, str], tuple[str, str]]
"""What foreign keys do on update and on delete, by the names of the table and the key."""
UNKNOWN_ACTIONS: Final = ("unknown", "unknown")
DEFAULT_ACTION: Final = "RESTRICT"
_ACTION: Final = "(CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION)"
_FOREIGN_KEY: Final = re.compile(
    r"^  CONSTRAINT `((?:[^`]|``)+)` FOREIGN KEY (?:[^`\n]|`(?:[^`]|``)+`)+?"
    rf"(?: ON DELETE {_ACTION})?(?: ON UPDATE {_ACTION})?,?$",
    re.MULTILINE,
)
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
    view_texts: Iterable[Row],
    columns: Sequence[Row],
    keys: Iterable[Row],
    actions: Actions,
    indexes: Sequence[Row],
    is_mariadb: bool,
    grant: Callable[[str], str],
) -> dict[str, tuple[Definition, Statistics]]:
    """`grant` gives the statement that opens a table. Keys of tables that keep their history have a column that nobody sees.
    MySQL tells of a unique index only those parts as a key that are columns; with an expression besides it is none of these."""
    seen = {(row[0], row[1]) for row in columns}
    expressed = {(table, name) for table, name, *_, column, _ in indexes if column is None}
    keys = [
        row
        for row in keys
        if (row[0], row[3]) in seen and (row[2] or (row[0], row[1]) not in expressed)
    ]
    primary, unique, foreign = _keys(schema, keys, actions)
    columns_of = _columns(columns, primary, foreign, is_mariadb=is_mariadb)
    readable = {table for table, *_, privileges in columns if "select" in privileges.split(",")}
    indexes_of = _indexes(indexes)
    text_of: dict[str, str | None] = dict(view_texts)
    found = {}
    for table, is_view, is_partitioned, comment, engine, rows, size in tables:
        is_open = table in readable or not columns_of[table]
        definition = Definition(
            table_type=TableType.VIEW if is_view else TableType.TABLE,
            columns=tuple(columns_of[table]),
            is_partitioned=bool(is_partitioned),
            source_comment=None if is_view and comment == "VIEW" else _kept(comment) or None,
            view_definition=_kept(text_of.get(table)) or None,
            primary_key=primary.get(table, ()),
            unique_keys=tuple(unique[table]),
            foreign_keys=tuple(foreign[table]),
            indexes=tuple(indexes_of[table]),
            access=TableAccess.READABLE if is_open else TableAccess.DENIED,
            access_remedy=None if is_open else grant(table),
        )
        found[table] = definition, _statistics(engine, rows, size)
    return found


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def foreign_key_actions(table: str, create_text: str) -> Actions:
    """From the statement that would create the table again, where names are quoted and RESTRICT goes without saying."""
    return {
        (table, name.replace("``", "`")): (
            on_update or DEFAULT_ACTION,
            on_delete or DEFAULT_ACTION,
        )
        for name, on_delete, on_update in _FOREIGN_KEY.findall(create_text)
    }


def _kept(text: str | None) -> str | None:
    """As the platform's database keeps it, which has no character 0 in its texts."""
    return text and text.replace("\0", "\ufffd")


def _columns(
    rows: Iterable[Row], primary: dict[str, tuple[str, ...]], foreign: Keys, *, is_mariadb: bool
) -> defaultdict[str, list[Column]]:
    """Of each table."""
    foreign_columns = {
        (table, column)
        for table, found in foreign.items()
        for key in found
        for column in key["columns"]
    }
    columns_of: defaultdict[str, list[Column]] = defaultdict(list)
    for table, *row, _ in rows:
        name = row[0]
        columns_of[table].append(
            _column(
                row,
                is_primary=name in primary.get(table, ()),
                is_foreign=(table, name) in foreign_columns,
                is_mariadb=is_mariadb,
            )
        )
    return columns_of


def _column(row: list[Any], *, is_primary: bool, is_foreign: bool, is_mariadb: bool) -> Column:
    name, position, kind, whole, length, precision, scale, nullable = row[:8]
    default, generation, extra, comment = row[8:]
    if is_mariadb and default == "NULL":
        default = None
    is_flag = whole.startswith("tinyint(1)")
    return Column(
        column_name=name,
        position=position,
        data_type=kind,
        native_type=_kept(whole) or kind,
        normalized_type=NormalizedType.BOOLEAN
        if is_flag
        else _TYPES.get(kind, NormalizedType.OTHER),
        max_length=length,
        numeric_precision=precision,
        numeric_scale=scale,
        is_nullable=bool(nullable),
        is_primary_key=is_primary,
        is_foreign_key=is_foreign,
        default_expression=_kept(default),
        is_generated=bool(generation),
        generation_expression=_kept(generation) or None,
        is_identity="auto_increment" in extra,
        source_comment=_kept(comment) or None,
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


def _keys(
    schema: str, rows: Iterable[Row], actions: Actions
) -> tuple[dict[str, tuple[str, ...]], Keys, Keys]:
    """No key but the primary one can have the name PRIMARY."""
    primary: dict[str, tuple[str, ...]] = {}
    unique: Keys = defaultdict(list)
    foreign: Keys = defaultdict(list)
    for (table, name, is_foreign), parts in _grouped(rows, 3).items():
        columns = [part[3] for part in parts]
        if is_foreign:
            action = actions.get((table, name), UNKNOWN_ACTIONS)
            foreign[table].append(_foreign_key(schema, name, columns, parts, action))
        elif name == "PRIMARY":
            primary[table] = tuple(columns)
        else:
            unique[table].append({"name": name, "columns": columns})
    return primary, unique, foreign


def _foreign_key(
    schema: str, name: str, columns: list[str], parts: list[Row], action: tuple[str, str]
) -> dict[str, Any]:
    target_schema, target = parts[0][4:6]
    on_update, on_delete = action
    return {
        "name": name,
        "columns": columns,
        "referenced_database": None if target_schema == schema else target_schema,
        "referenced_schema": target_schema,
        "referenced_table": target,
        "referenced_columns": [part[6] for part in parts],
        "on_update": on_update.lower(),
        "on_delete": on_delete.lower(),
    }


def _indexes(rows: Iterable[Row]) -> Keys:
    found: Keys = defaultdict(list)
    for (table, name, method, is_unique), parts in _grouped(rows, 4).items():
        index = {
            "name": name,
            "columns": [_index_part(*part[4:]) for part in parts],
            "is_unique": bool(is_unique),
            "method": method.lower(),
        }
        found[table].append(index)
    return found


def _index_part(column: str | None, length: int | None) -> str:
    if column is None:
        return "(expression)"
    return column if length is None else f"{column}({length})"


def _grouped(rows: Iterable[Row], size: int) -> dict[Row, list[Row]]:
    """By their first values, wherever they stand: rows of tables whose names differ in case alone come mixed."""
    groups: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[:size]].append(row)
    return groups
