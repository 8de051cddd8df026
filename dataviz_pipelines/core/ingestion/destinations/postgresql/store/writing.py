"""From the staging table into the table, one statement for each upload mode."""

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection, sql

from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import (
    ROW,
    STAGING,
    Table,
    compared_row,
    equal,
    listed,
)


def delete_all(connection: Connection[Any], table: Table) -> int:
    return connection.execute(sql.SQL("DELETE FROM {}").format(table.quoted)).rowcount


def delete_matching(connection: Connection[Any], table: Table, keys: Sequence[str]) -> int:
    statement = sql.SQL(
        "DELETE FROM {} AS t USING (SELECT DISTINCT {} FROM {}) AS s WHERE {}"
    ).format(table.quoted, listed(keys), STAGING, equal(keys))
    return connection.execute(statement).rowcount


def insert_staged(connection: Connection[Any], table: Table, columns: Sequence[str]) -> int:
    return connection.execute(_insert(table, columns)).rowcount


def insert_staged_if_new(
    connection: Connection[Any], table: Table, columns: Sequence[str], keys: Sequence[str]
) -> int:
    statement = _insert(table, columns) + sql.SQL(" ON CONFLICT ({}) DO NOTHING").format(
        listed(keys)
    )
    return connection.execute(statement).rowcount


def upsert_staged(
    connection: Connection[Any],
    table: Table,
    columns: Sequence[str],
    *,
    keys: Sequence[str],
    compared: Sequence[str],
    documents: Collection[str] = (),
) -> tuple[int, int]:
    """Rows inserted and rows updated. A row whose `compared` columns are the same already is not touched; among
    them, `documents` are of the type json, which has no equality: their texts are compared."""
    written = [column for column in columns if column not in keys]
    if not compared:
        return insert_staged_if_new(connection, table, columns, keys), 0
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in written
    )
    statement = sql.SQL(
        """
        WITH written AS (
            {insert} ON CONFLICT ({keys}) DO UPDATE SET {changes}
             WHERE ({old}) IS DISTINCT FROM ({new})
            RETURNING 1
        ), new AS (
            SELECT count(*) AS rows FROM {staging} AS s
             WHERE NOT EXISTS (SELECT 1 FROM {table} AS t WHERE {same_key})
        )
        SELECT new.rows, (SELECT count(*) FROM written) - new.rows FROM new
        """
    ).format(
        staging=STAGING,
        table=table.quoted,
        same_key=equal(keys),
        insert=_insert(table, columns),
        keys=listed(keys),
        changes=changes,
        old=compared_row(compared, "t", documents),
        new=compared_row(compared, "excluded", documents),
    )
    inserted, updated = connection.execute(statement).fetchone() or (0, 0)
    return int(inserted), int(updated)


def _insert(table: Table, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} AS t ({}) SELECT {} FROM {} ORDER BY {}").format(
        table.quoted, listed(columns), listed(columns), STAGING, ROW
    )
