"""What the server knows of a destination table."""

from dataclasses import dataclass

from dataviz_pipelines.core.ingestion.destinations.mysql.columns import TableColumn
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import Table

_BINARY_COLLATIONS = ("utf8mb4_0900_bin", "utf8mb4_nopad_bin", "utf8mb4_bin")
"""Those that take `a` and `a ` for different come first."""


@dataclass(frozen=True)
class Found:
    """A table or view; `engine` is None for a view."""

    is_table: bool
    engine: str | None
    comment: str


def find(session: Session, table: Table) -> Found | None:
    rows = session.rows(
        "SELECT table_type, engine, table_comment FROM information_schema.tables"
        " WHERE table_schema = %s AND table_name = %s",
        [table.schema, table.name],
    )
    return Found(rows[0][0] == "BASE TABLE", rows[0][1], rows[0][2]) if rows else None


def schema_exists(session: Session, schema: str) -> bool:
    return bool(
        session.rows("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [schema])
    )


def is_empty(session: Session, table: Table) -> bool:
    return not session.rows(f"SELECT 1 FROM {table.quoted} LIMIT 1")


def columns(session: Session, table: Table) -> list[TableColumn]:
    rows = session.rows(
        """
        SELECT column_name, lower(data_type), lower(column_type), is_nullable = 'YES',
               is_nullable = 'YES' OR column_default IS NOT NULL OR extra <> '',
               extra LIKE '%%GENERATED%%' AND extra NOT LIKE '%%DEFAULT_GENERATED%%',
               character_maximum_length, character_octet_length, numeric_precision, numeric_scale,
               datetime_precision, character_set_name, collation_name
          FROM information_schema.columns
         WHERE table_schema = %s AND table_name = %s
         ORDER BY ordinal_position
        """,
        [table.schema, table.name],
    )
    return [
        TableColumn(name, data_type, column_type, bool(null), bool(default), bool(generated), *rest)
        for name, data_type, column_type, null, default, generated, *rest in rows
    ]


def unique_indexes(session: Session, table: Table) -> list[tuple[str, ...]]:
    """Columns of each unique index of whole columns, in the index's order."""
    rows = session.rows(
        "SELECT index_name, column_name, sub_part FROM information_schema.statistics"
        " WHERE table_schema = %s AND table_name = %s AND non_unique = 0"
        " ORDER BY index_name, seq_in_index",
        [table.schema, table.name],
    )
    found: dict[str, list[str | None]] = {}
    for index, column, part in rows:
        found.setdefault(index, []).append(column if part is None else None)
    return [
        tuple(column for column in columns if column is not None)
        for columns in found.values()
        if None not in columns
    ]


def collation(session: Session, table: Table, column: str) -> tuple[str, str] | None:
    """Character set and collation; None for what is no text, or not there."""
    rows = session.rows(
        "SELECT character_set_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s AND column_name = %s",
        [table.schema, table.name, column],
    )
    return (rows[0][0], rows[0][1]) if rows and rows[0][0] is not None else None


def binary_collation(session: Session) -> str:
    """The server's best, by which only what is the same is equal."""
    rows = session.rows(
        "SELECT collation_name FROM information_schema.collations WHERE collation_name IN %s",
        [_BINARY_COLLATIONS],
    )
    known = {name for (name,) in rows}
    return next(name for name in _BINARY_COLLATIONS if name in known)


def takes_files(session: Session) -> bool:
    """Whether the server allows LOAD DATA LOCAL."""
    return session.rows("SELECT @@GLOBAL.local_infile") == [(1,)]
