"""What the server knows of a destination table, and the locks that keep others from changing it meanwhile."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import class_row

from dataviz_pipelines.core.ingestion.destinations.postgresql.columns import TableColumn
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import Table


def lock_name(connection: Connection[Any], table: Table) -> None:
    """Two first uploads at once must not both create the table. Held until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"table {table}"])


def lock_writers_out(connection: Connection[Any], table: Table) -> None:
    """Readers go on reading what was there before."""
    connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table.quoted))


def relation_kind(connection: Connection[Any], table: Table) -> str | None:
    """pg_class.relkind, or None when there is nothing of the name."""
    row = connection.execute(
        "SELECT relkind::text FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relname = %s",
        [table.schema, table.name],
    ).fetchone()
    return None if row is None else str(row[0])


def hides_rows(connection: Connection[Any], table: Table) -> bool:
    """Whether policies (row level security) say which rows the role sees and may write."""
    row = connection.execute(
        """
        SELECT row_security_active(oid) FROM pg_class
         WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relname = %s
        """,
        [table.schema, table.name],
    ).fetchone()
    return bool(row and row[0])


def schema_exists(connection: Connection[Any], schema: str) -> bool:
    row = connection.execute(
        "SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [schema]
    ).fetchone()
    return bool(row and row[0])


def may_create_in(connection: Connection[Any], schema: str) -> bool:
    row = connection.execute(
        "SELECT has_schema_privilege(quote_ident(%s)::regnamespace, 'CREATE')", [schema]
    ).fetchone()
    return bool(row and row[0])


def lacking_privileges(
    connection: Connection[Any], table: Table, wanted: Sequence[str]
) -> list[str]:
    """Those of `wanted` that the role does not have on an existing table."""
    rows = connection.execute(
        """
        SELECT privilege FROM unnest(%s::text[]) AS privilege
         WHERE NOT has_table_privilege(format('%%I.%%I', %s::text, %s::text), privilege)
        """,
        [list(wanted), table.schema, table.name],
    ).fetchall()
    return [row[0] for row in rows]


def columns(connection: Connection[Any], table: Table) -> list[TableColumn]:
    """No scale is above 1000; the view shows a negative one as what is left of 2048."""
    with connection.cursor(row_factory=class_row(TableColumn)) as cursor:
        return cursor.execute(
            """
            SELECT column_name AS name,
                   data_type,
                   is_nullable = 'YES' AS nullable,
                   column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS' AS has_default,
                   character_maximum_length AS max_length,
                   numeric_precision AS precision,
                   numeric_scale - CASE WHEN numeric_scale > 1000 THEN 2048 ELSE 0 END AS scale,
                   datetime_precision AS second_digits
              FROM information_schema.columns
             WHERE table_schema = %s AND table_name = %s
             ORDER BY ordinal_position
            """,
            [table.schema, table.name],
        ).fetchall()


def unique_indexes(
    connection: Connection[Any], table: Table, *, decide_conflicts: bool = False
) -> list[tuple[str, ...]]:
    """Columns of each unique index that covers all rows and has no expression, in the index's order. `decide_conflicts`: only
    those that ON CONFLICT can use, which are finished and not deferrable."""
    rows = connection.execute(
        """
        SELECT array_agg(attribute.attname ORDER BY part.position)
          FROM pg_index
          JOIN pg_class ON pg_class.oid = pg_index.indrelid
          CROSS JOIN LATERAL unnest(pg_index.indkey) WITH ORDINALITY AS part(attnum, position)
          JOIN pg_attribute AS attribute ON attribute.attrelid = pg_class.oid AND attribute.attnum = part.attnum
         WHERE pg_class.relnamespace = to_regnamespace(quote_ident(%s)) AND pg_class.relname = %s
           AND pg_index.indisunique AND pg_index.indpred IS NULL AND pg_index.indexprs IS NULL
           AND part.position <= pg_index.indnkeyatts
           AND (pg_index.indisvalid AND pg_index.indimmediate OR NOT %s)
         GROUP BY pg_index.indexrelid
        """,
        [table.schema, table.name, decide_conflicts],
    ).fetchall()
    return [tuple(row[0]) for row in rows]
