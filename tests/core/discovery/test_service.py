"""The whole way, from a database to what is known of it."""

from uuid import UUID

from sqlalchemy import Engine, text

from dataviz_pipelines.core.discovery.service import discover
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
