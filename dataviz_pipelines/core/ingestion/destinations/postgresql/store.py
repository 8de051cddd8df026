"""Every statement that loading into PostgreSQL runs. Identifiers are quoted by psycopg, values are bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import class_row

from dataviz_pipelines.core.ingestion.destinations.postgresql.columns import TableColumn

ROW = sql.Identifier("_dataviz_row")
LINE = sql.Identifier("_dataviz_line")
STAGING = sql.Identifier("_dataviz_staging")

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Table:
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def listed(names: Sequence[str], alias: str | None = None) -> sql.Composed:
    parts = [
        sql.Identifier(name) if alias is None else sql.Identifier(alias, name) for name in names
    ]
    return sql.SQL(", ").join(parts)


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
    with connection.cursor(row_factory=class_row(TableColumn)) as cursor:
        return cursor.execute(
            """
            SELECT column_name AS name,
                   data_type,
                   is_nullable = 'YES' AS nullable,
                   column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS' AS has_default,
                   character_maximum_length AS max_length,
                   numeric_precision AS precision,
                   numeric_scale AS scale,
                   datetime_precision AS second_digits
              FROM information_schema.columns
             WHERE table_schema = %s AND table_name = %s
             ORDER BY ordinal_position
            """,
            [table.schema, table.name],
        ).fetchall()


def unique_indexes(connection: Connection[Any], table: Table) -> list[tuple[str, ...]]:
    """Columns of each unique index that covers all rows and has no expression, in the index's order."""
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
         GROUP BY pg_index.indexrelid
        """,
        [table.schema, table.name],
    ).fetchall()
    return [tuple(row[0]) for row in rows]


def create_table(
    connection: Connection[Any],
    table: Table,
    columns: Sequence[tuple[str, str, bool]],  # name, type, nullable
) -> None:
    parts = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(name), sql.SQL(data_type), sql.SQL("" if nullable else " NOT NULL")
        )
        for name, data_type, nullable in columns
    ]
    connection.execute(
        sql.SQL("CREATE TABLE {} ({})").format(table.quoted, sql.SQL(", ").join(parts))
    )


def create_index(
    connection: Connection[Any], table: Table, columns: Sequence[str], *, unique: bool
) -> None:
    connection.execute(
        sql.SQL("CREATE {} INDEX ON {} ({})").format(
            sql.SQL("UNIQUE" if unique else ""), table.quoted, listed(columns)
        )
    )


def add_columns(
    connection: Connection[Any], table: Table, columns: Sequence[tuple[str, str]]
) -> None:
    added = [
        sql.SQL("ADD COLUMN IF NOT EXISTS {} {}").format(sql.Identifier(name), sql.SQL(data_type))
        for name, data_type in columns
    ]
    connection.execute(sql.SQL("ALTER TABLE {} {}").format(table.quoted, sql.SQL(", ").join(added)))


def create_staging(connection: Connection[Any], table: Table, columns: Sequence[str]) -> None:
    """A private copy of the target's columns; it goes with the transaction."""
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {}, 0::bigint AS {}, 0::bigint AS {} FROM {} LIMIT 0"
        ).format(STAGING, listed(columns), ROW, LINE, table.quoted)
    )


def analyze_staging(connection: Connection[Any]) -> None:
    connection.execute(sql.SQL("ANALYZE {}").format(STAGING))


def copy_statement(target: sql.Composable, columns: Sequence[str], *, staged: bool) -> sql.Composed:
    positions = sql.SQL(", {}, {}").format(ROW, LINE) if staged else sql.SQL("")
    return sql.SQL("COPY {} ({}{}) FROM STDIN (FORMAT binary)").format(
        target, listed(columns), positions
    )


def take_out_repeated(connection: Connection[Any], columns: Sequence[str]) -> Rows:
    """Rows whose values in `columns` stand in an earlier row too: row, shown value, line of the first."""
    statement = sql.SQL(
        """
        WITH numbered AS (
            SELECT {row} AS repeated,
                   first_value({line}) OVER same AS first_line,
                   row_number() OVER same AS occurrence
              FROM {staging}
             WHERE ({columns}) IS NOT NULL
            WINDOW same AS (PARTITION BY {columns} ORDER BY {row})
        )
        DELETE FROM {staging} AS s USING numbered
         WHERE s.{row} = numbered.repeated AND numbered.occurrence > 1
        RETURNING s.{row}, {shown}, numbered.first_line
        """
    ).format(row=ROW, line=LINE, staging=STAGING, columns=listed(columns), shown=_shown(columns))
    return connection.execute(statement).fetchall()


def take_out_present(
    connection: Connection[Any],
    table: Table,
    columns: Sequence[str],
    *,
    unless_same: Sequence[str] = (),
) -> Rows:
    """Rows whose values in `columns` are in the table, in a row that differs in `unless_same`: row, shown value."""
    other = (
        sql.SQL(" AND ({}) IS DISTINCT FROM ({})").format(
            _row(unless_same, "t"), _row(unless_same, "s")
        )
        if unless_same
        else sql.SQL("")
    )
    statement = sql.SQL(
        "DELETE FROM {staging} AS s USING {table} AS t WHERE {matches}{other} RETURNING s.{row}, {shown}"
    ).format(
        staging=STAGING,
        table=table.quoted,
        matches=_equal(columns),
        other=other,
        row=ROW,
        shown=_shown(columns),
    )
    return connection.execute(statement).fetchall()


def take_out_unlisted(
    connection: Connection[Any], column: str, lookup: Table, lookup_column: str
) -> Rows:
    """Rows whose value is not in the looked-up column: row, shown value."""
    statement = sql.SQL(
        """
        DELETE FROM {staging} AS s
         WHERE s.{column} IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM {lookup} AS l WHERE l.{lookup_column} = s.{column})
        RETURNING s.{row}, {shown}
        """
    ).format(
        staging=STAGING,
        column=sql.Identifier(column),
        lookup=lookup.quoted,
        lookup_column=sql.Identifier(lookup_column),
        row=ROW,
        shown=_shown([column]),
    )
    return connection.execute(statement).fetchall()


def delete_all(connection: Connection[Any], table: Table) -> int:
    return connection.execute(sql.SQL("DELETE FROM {}").format(table.quoted)).rowcount


def delete_matching(connection: Connection[Any], table: Table, keys: Sequence[str]) -> int:
    statement = sql.SQL(
        "DELETE FROM {} AS t USING (SELECT DISTINCT {} FROM {}) AS s WHERE {}"
    ).format(table.quoted, listed(keys), STAGING, _equal(keys))
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
) -> tuple[int, int]:
    """Rows inserted and rows updated. A row whose `compared` columns are the same already is not touched."""
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
        same_key=_equal(keys),
        insert=_insert(table, columns),
        keys=listed(keys),
        changes=changes,
        old=_row(compared, "t"),
        new=_row(compared, "excluded"),
    )
    inserted, updated = connection.execute(statement).fetchone() or (0, 0)
    return int(inserted), int(updated)


def staged_count(connection: Connection[Any]) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(STAGING)).fetchone()
    return int(row[0]) if row else 0


def _insert(table: Table, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} AS t ({}) SELECT {} FROM {} ORDER BY {}").format(
        table.quoted, listed(columns), listed(columns), STAGING, ROW
    )


def _equal(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in columns
    )


def _row(columns: Sequence[str], alias: str) -> sql.Composed:
    return sql.SQL("ROW({})").format(listed(columns, alias))


def _shown(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("concat_ws(', ', {})").format(
        sql.SQL(", ").join(
            sql.SQL("s.{}::text").format(sql.Identifier(column)) for column in columns
        )
    )
