"""The schema for BigQuery, to be run with a default dataset."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.types import TypeEngine

from dataviz_pipelines.core.schema.ddl import reading

HEADER = """\
-- The DataViz schema for BigQuery, for a dataset that is the session's default. What differs from PostgreSQL, and why:
-- * UUIDs and addresses are STRING. The platform makes time-ordered ids itself; the default GENERATE_UUID() only serves
--   rows written by hand.
-- * Keys are declared but NOT ENFORCED, which is all that BigQuery has; it has no unique and no check constraints, no
--   indexes and no triggers. The platform's models are what holds there.
-- * Log tables are partitioned by month, as on PostgreSQL, and clustered by the first row that they refer to."""

TYPES: dict[type[TypeEngine[Any]], str] = {
    Uuid: "STRING(36)",
    INET: "STRING(45)",
    JSONB: "JSON",
    DateTime: "TIMESTAMP",
    Text: "STRING",
    BigInteger: "INT64",
    LargeBinary: "BYTES",
    Integer: "INT64",
    Boolean: "BOOL",
}
DEFAULTS = {
    "uuid_v7()": "GENERATE_UUID()",
    "gen_random_uuid()": "GENERATE_UUID()",
    "SESSION_USER": "SESSION_USER()",
    "now()": "CURRENT_TIMESTAMP()",
    "'{}'": "JSON '{}'",
    "'[]'": "JSON '[]'",
}


def schema() -> tuple[str, Iterator[str]]:
    return HEADER, _statements()


def _statements() -> Iterator[str]:
    for table in reading.tables():
        yield _create_table(table)
    for table in reading.tables():
        yield _primary_key(table)
    for table in reading.tables():
        yield from _foreign_keys(table)


def _create_table(table: Table) -> str:
    columns = ",\n    ".join(map(_column, table.columns))
    description = reading.purpose(table).replace("\\", "\\\\").replace('"', '\\"')
    partitions = ""
    if reading.is_partitioned(table):
        subject = next(column.name for column in table.columns if column.foreign_keys)
        partitions = f"\nPARTITION BY TIMESTAMP_TRUNC(`timestamp`, MONTH)\nCLUSTER BY `{subject}`"
    return f'CREATE TABLE `{table.name}` (\n    {columns}\n){partitions}\nOPTIONS (description = "{description}")'


def _column(column: Column[object]) -> str:
    value = reading.default(column)
    default = "" if value is None else f" DEFAULT {DEFAULTS.get(value, value)}"
    null = "" if column.nullable else " NOT NULL"
    return f"`{column.name}` {_type(column)}{default}{null}"


def _type(column: Column[object]) -> str:
    if type(column.type) is String:
        return f"STRING({column.type.length})"
    return TYPES[type(column.type)]


def _primary_key(table: Table) -> str:
    columns = ", ".join(f"`{column.name}`" for column in table.primary_key.columns)
    return f"ALTER TABLE `{table.name}` ADD PRIMARY KEY ({columns}) NOT ENFORCED"


def _foreign_keys(table: Table) -> Iterator[str]:
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        yield (
            f"ALTER TABLE `{table.name}` ADD FOREIGN KEY (`{key.parent.name}`) "
            f"REFERENCES `{key.column.table.name}` (`{key.column.name}`) NOT ENFORCED"
        )
