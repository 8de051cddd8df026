"""The schema for MySQL 8.0.16 and later and MariaDB 10.8 and later: only what both understand alike."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.types import TypeEngine

from dataviz_pipelines.core.schema.ddl import reading

HEADER = """\
-- The DataViz schema for MySQL and MariaDB. What differs from PostgreSQL, and why:
-- * UUIDs are CHAR(36), addresses VARCHAR(45), times DATETIME(6) in UTC. The platform makes time-ordered ids itself;
--   the default UUID() only serves rows written by hand.
-- * A unique index with a condition or an expression stands on a generated column INDEX_key, which is NULL where the
--   condition does not hold. Other partial indexes are whole ones.
-- * Unique keys longer than 3072 bytes compare the first 250 characters of their texts; no engine has longer names.
-- * MySQL forbids CHECK constraints on columns that a foreign key changes: those are left to the platform.
-- * Words and letters of names have no indexes: the search is PostgreSQL's.
-- * Log tables have no partitions, which would cost them their foreign keys."""

TYPES: dict[type[TypeEngine[Any]], str] = {
    Uuid: "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
    INET: "VARCHAR(45)",
    JSONB: "JSON",
    DateTime: "DATETIME(6)",
    Text: "LONGTEXT",
    BigInteger: "BIGINT",
    LargeBinary: "LONGBLOB",
    Integer: "INT",
    Boolean: "BOOLEAN",
}
DEFAULTS = {
    "uuid_v7()": "(UUID())",
    "gen_random_uuid()": "(UUID())",
    "SESSION_USER": "(SESSION_USER())",
    "now()": "(UTC_TIMESTAMP(6))",
    "'{}'": "(JSON_OBJECT())",
    "'[]'": "(JSON_ARRAY())",
}
MAX_KEY_BYTES = 3_072
PREFIX = 250
BYTES_PER_CHARACTER = 4

_quote = mysql.dialect().identifier_preparer.quote_identifier


def schema() -> tuple[str, Iterator[str]]:
    return HEADER, _statements()


def _statements() -> Iterator[str]:
    for table in reading.tables():
        yield _create_table(table)
        yield (
            f"CREATE TRIGGER {_quote(f'touch_{table.name}')} BEFORE UPDATE ON {_quote(table.name)} "
            "FOR EACH ROW SET NEW.updated_at = UTC_TIMESTAMP(6)"
        )


def _create_table(table: Table) -> str:
    lines = [
        *map(_column, table.columns),
        *_generated_columns(table),
        f"PRIMARY KEY ({_names(table.primary_key.columns)})",
        *map(_unique, reading.uniques(table)),
        *map(_index, reading.ordered_indexes(table)),
        *(_check(check) for check in reading.checks(table) if not _is_forbidden(check, table)),
        *map(_foreign_key, _foreign_keys(table)),
    ]
    body = ",\n    ".join(lines)
    comment = reading.purpose(table).replace("'", "''")
    return (
        f"CREATE TABLE {_quote(table.name)} (\n    {body}\n) "
        f"ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='{comment}'"
    )


def _column(column: Column[Any]) -> str:
    null = "" if column.nullable else " NOT NULL"
    value = reading.default(column)
    default = "" if value is None else f" DEFAULT {DEFAULTS.get(value, value)}"
    return f"{_quote(column.name)} {_type(column)}{null}{default}"


def _type(column: Column[Any]) -> str:
    kind = type(column.type)
    if kind is String:
        return f"VARCHAR({_length(column)})"
    return TYPES[kind]


def _length(column: Column[Any]) -> int:
    length = getattr(column.type, "length", None)
    return length if isinstance(length, int) else 0


def _generated_columns(table: Table) -> Iterator[str]:
    for index in filter(_needs_generated, reading.ordered_indexes(table)):
        source = _last_column(index)
        part = reading.key_part(list(index.expressions)[-1])
        value = part if isinstance(part, str) else _quote(part[0])
        condition = reading.predicate(index)
        expression = value if condition is None else f"CASE WHEN {condition} THEN {value} END"
        yield f"{_quote(f'{index.name}_key')} {_type(source)} GENERATED ALWAYS AS ({expression}) VIRTUAL"


def _needs_generated(index: Index) -> bool:
    """MariaDB has no functional indexes, and neither engine has partial ones."""
    if not index.unique:
        return False
    parts = [reading.key_part(expression) for expression in index.expressions]
    return reading.predicate(index) is not None or any(isinstance(part, str) for part in parts)


def _last_column(index: Index) -> Column[Any]:
    """The column that the index's last part is, or is computed from."""
    return list(index.columns)[-1] if index.columns else _mentioned(index)


def _mentioned(index: Index) -> Column[Any]:
    assert index.table is not None  # noqa: S101  # every index of the models belongs to a table
    text = str(list(index.expressions)[-1])
    (column,) = (column for column in index.table.columns if f"({column.name})" in text)
    return column


def _unique(constraint: UniqueConstraint) -> str:
    columns = list(constraint.columns)
    needed = sum(_length(column) * BYTES_PER_CHARACTER or 36 for column in columns)
    prefix = needed > MAX_KEY_BYTES
    parts = ", ".join(
        f"{_quote(column.name)}({PREFIX})"
        if prefix and _length(column) > PREFIX
        else _quote(column.name)
        for column in columns
    )
    return f"UNIQUE KEY {_quote(_name(constraint))} ({parts})"


def _index(index: Index) -> str:
    parts = [reading.key_part(expression) for expression in index.expressions]
    texts = [
        f"{_quote(part[0])}{' DESC' if part[1] else ''}"
        for part in parts
        if not isinstance(part, str)
    ]
    if _needs_generated(index):
        texts = [*texts[: len(parts) - 1], _quote(f"{index.name}_key")]
    unique = "UNIQUE " if index.unique else ""
    return f"{unique}KEY {_quote(str(index.name))} ({', '.join(texts)})"


def _check(check: CheckConstraint) -> str:
    return f"CONSTRAINT {_quote(_name(check))} CHECK ({check.sqltext})"


def _is_forbidden(check: CheckConstraint, table: Table) -> bool:
    changed = {
        column.name
        for key in _foreign_keys(table)
        if key.ondelete in {"SET NULL", "CASCADE"}
        for column in key.columns
    }
    words = set(str(check.sqltext).split())
    return bool(changed & words)


def _foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=_name)


def _foreign_key(key: ForeignKeyConstraint) -> str:
    (element,) = key.elements
    return (
        f"CONSTRAINT {_quote(_name(key))} FOREIGN KEY ({_names(key.columns)}) "
        f"REFERENCES {_quote(element.column.table.name)} ({_quote(element.column.name)}) ON DELETE {key.ondelete}"
    )


def _name(constraint: CheckConstraint | UniqueConstraint | ForeignKeyConstraint) -> str:
    """As the naming convention has it, without quotes."""
    preparer = mysql.dialect().identifier_preparer
    return str(preparer.format_constraint(constraint)).strip("`")


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(_quote(column.name) for column in columns)
