"""Making a destination table, adding what it lacks, and taking back what a load that failed has made. Each commits."""

from collections.abc import Sequence
from uuid import uuid4

from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store import catalog
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import (
    Table,
    listed,
    quoted,
)


def create_table(
    session: Session,
    table: Table,
    columns: Sequence[tuple[str, str, bool]],  # name, type, nullable
    indexes: Sequence[tuple[Sequence[str], bool]],  # columns, unique
    *,
    collation: str,
    comment: str,
) -> None:
    parts = [
        f"{quoted(name)} {data_type} {'NULL' if nullable else 'NOT NULL'}"
        for name, data_type, nullable in columns
    ]
    parts += [
        f"{'UNIQUE ' if unique else ''}INDEX ({listed(indexed)})" for indexed, unique in indexes
    ]
    session.execute(
        f"CREATE TABLE {table.quoted} ({', '.join(parts)}) ENGINE = InnoDB ROW_FORMAT = DYNAMIC"
        f" DEFAULT CHARACTER SET utf8mb4 COLLATE {collation} COMMENT %s",
        [comment],
    )


def drop_if_empty(session: Session, table: Table) -> bool:
    """Under a name of its own first, for which it waits until nobody uses the table: rows that others are writing would not
    be seen, and dropped."""
    aside = Table(table.schema, f"_dataviz_{uuid4().hex}")
    session.execute(f"RENAME TABLE {table.quoted} TO {aside.quoted}")
    if not catalog.is_empty(session, aside):
        session.execute(f"RENAME TABLE {aside.quoted} TO {table.quoted}")
        return False
    session.execute(f"DROP TABLE {aside.quoted}")
    return True


def add_columns(
    session: Session, table: Table, columns: Sequence[tuple[str, str]], *, collation: str
) -> None:
    added = [
        f"ADD COLUMN {quoted(name)} {data_type}"
        + (f" CHARACTER SET utf8mb4 COLLATE {collation}" if data_type == "longtext" else "")
        + " NULL"
        for name, data_type in columns
    ]
    session.execute(f"ALTER TABLE {table.quoted} {', '.join(added)}")


def drop_columns(session: Session, table: Table, names: Sequence[str]) -> None:
    dropped = ", ".join(f"DROP COLUMN {quoted(name)}" for name in names)
    session.execute(f"ALTER TABLE {table.quoted} {dropped}")
