"""The whole way, from a database to what is known of it."""

from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from dataviz_pipelines.core.discovery.engines.base import Limits
from dataviz_pipelines.core.discovery.removing import Fuse
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.service import Plan, discover
from tests.core.discovery.sources import PostgreSQLSource

SHOP = (
    "CREATE SCHEMA shop",
    "CREATE TABLE shop.customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail varchar(80) UNIQUE)",
    "CREATE TABLE shop.orders (id int PRIMARY KEY, customer int REFERENCES shop.customers, total numeric(10, 2) NOT NULL DEFAULT 0)",
    "CREATE VIEW shop.totals AS SELECT customer, sum(total) AS total FROM shop.orders GROUP BY 1",
)


def known(
    engine: Engine, columns: str = "table_name", where: str = "removed_at IS NULL"
) -> set[object]:
    query = f"SELECT {columns} FROM database_metadata WHERE {where}"
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return {row[0] if len(row) == 1 else tuple(row) for row in rows}


def written(engine: Engine) -> set[object]:
    """Where and when each row was written last."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT 'table', id, xmin::text, ctid::text FROM database_metadata UNION ALL "
                "SELECT 'column', id, xmin::text, ctid::text FROM column_metadata UNION ALL "
                "SELECT 'change', id, xmin::text, ctid::text FROM metadata_changes"
            )
        )
        return {tuple(row) for row in rows}


def test_F1_what_is_in_a_database_is_known_afterwards(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP)

    result = discover(app_engine, source_id, postgresql.engine())

    assert known(app_engine, "schema_name, table_name, table_type") == {
        ("shop", "customers", "table"),
        ("shop", "orders", "table"),
        ("shop", "totals", "view"),
    }
    assert (result.status, result.counts.listed, result.counts.stored) == ("succeeded", 3, 3)


def test_F15_a_second_run_over_the_same_database_writes_nothing_but_its_record(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP, "ANALYZE")
    discover(app_engine, source_id, postgresql.engine())
    before = written(app_engine)

    result = discover(app_engine, source_id, postgresql.engine())

    assert written(app_engine) == before
    assert len(before) == 3 + 7
    assert (result.counts.added, result.counts.changed) == (0, 0)


def test_F8_a_table_that_cannot_be_read_is_not_removed(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP)
    discover(app_engine, source_id, postgresql.engine())
    with psycopg.connect(postgresql.url) as holder:
        holder.execute("LOCK TABLE shop.totals IN ACCESS EXCLUSIVE MODE")
        result = discover(app_engine, source_id, postgresql.engine(Limits(lock_timeout_ms=50)))

    assert "totals" in known(app_engine)
    assert (result.status, result.counts.failed) == ("partial", 1)


def test_F9_a_schema_that_loses_most_of_its_tables_at_once_keeps_them(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP, "CREATE TABLE alone (a int)")
    discover(app_engine, source_id, postgresql.engine())
    postgresql.execute("DROP SCHEMA shop CASCADE", "DROP TABLE alone")

    result = discover(app_engine, source_id, postgresql.engine())

    (problem,) = result.problems
    assert (problem.kind, problem.schema_name) == ("fuse", "shop")
    assert (result.status, result.counts.removed) == ("partial", 1)
    assert known(app_engine) == {"customers", "orders", "totals"}

    meant = discover(app_engine, source_id, postgresql.engine(), Plan(fuse=Fuse(1)))
    assert (meant.counts.removed, known(app_engine)) == (3, set())


def test_F12_a_table_that_comes_back_has_its_id_and_what_people_wrote(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP)
    discover(app_engine, source_id, postgresql.engine())
    edit(app_engine)
    before = known(app_engine, "id, table_name")
    postgresql.execute("DROP VIEW shop.totals")
    discover(app_engine, source_id, postgresql.engine())
    (gone,) = known(app_engine, "table_name, last_seen_at <= removed_at", "removed_at IS NOT NULL")
    postgresql.execute(SHOP[-1])

    discover(app_engine, source_id, postgresql.engine())

    assert gone == ("totals", True)
    assert known(app_engine, "id, table_name") == before
    assert known(app_engine, "last_seen_at") == {None}


def edit(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("database_metadata", "column_metadata"):
            connection.execute(text(f"UPDATE {table} SET description = 'Ours', tags = '[\"red\"]'"))


def test_F18_what_people_wrote_survives_every_change(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP)
    discover(app_engine, source_id, postgresql.engine())
    edit(app_engine)
    postgresql.execute(
        "ALTER TABLE shop.customers ALTER mail TYPE text",
        "COMMENT ON TABLE shop.customers IS 'Theirs'",
        "COMMENT ON COLUMN shop.customers.mail IS 'Theirs'",
    )

    result = discover(app_engine, source_id, postgresql.engine())

    assert result.counts.changed == 1
    with app_engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT t.description, t.tags, t.source_comment, c.description, c.tags, c.source_comment, "
                "c.data_type FROM column_metadata c JOIN database_metadata t ON t.id = table_metadata_id "
                "WHERE column_name = 'mail'"
            )
        ).one()
    assert tuple(found) == ("Ours", ["red"], "Theirs", "Ours", ["red"], "Theirs", "text")


def test_F19_F20_what_is_left_out_is_counted_and_never_removed(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute(*SHOP, "CREATE TABLE other (a int)")
    discover(app_engine, source_id, postgresql.engine())
    plan = Plan(Selection(include=("shop",), exclude=("*.ord*",)))

    result = discover(app_engine, source_id, postgresql.engine(), plan)

    counts = result.counts
    assert (counts.listed, counts.stored, counts.skipped, counts.failed) == (4, 2, 2, 0)
    assert (counts.removed, len(known(app_engine))) == (0, 4)


def test_F20_counts_that_do_not_add_up_are_refused(app_engine: Engine, source_id: UUID) -> None:
    with app_engine.connect() as connection, pytest.raises(IntegrityError, match="tables_add_up"):
        connection.execute(
            text("INSERT INTO discovery_runs (data_source_id, listed_count) VALUES (:id, 1)"),
            {"id": source_id},
        )


def test_a_count_that_moves_is_stored_and_is_no_change(
    app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource
) -> None:
    postgresql.execute("CREATE TABLE goods (a int)")
    discover(app_engine, source_id, postgresql.engine())
    postgresql.execute("INSERT INTO goods VALUES (1), (2)", "ANALYZE goods")

    result = discover(app_engine, source_id, postgresql.engine())

    assert known(app_engine, "row_count, row_count_kind") == {(2, "estimate")}
    assert result.counts.changed == 0
    assert known(app_engine, "counted_at IS NOT NULL") == {True}
