"""F14 on MySQL, which keeps views that do not work any more, and takes names without their case."""

from uuid import UUID

from sqlalchemy import Engine, text

from dataviz_pipelines.core.discovery.service import discover
from tests.core.discovery.conftest import mariadb, mariadb_port, mysql, source_id
from tests.core.discovery.sources import MariaDBSource
from tests.core.impacts.shop import Shop

__all__ = ["mariadb", "mariadb_port", "mysql", "source_id"]


def test_F14_queries_break_with_a_column_and_with_the_view_that_reads_it(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    with app_engine.begin() as connection:
        connection.execute(text("UPDATE data_sources SET connection_type = 'mysql'"))
    mysql.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, total int)",
        "CREATE VIEW sums AS SELECT sum(total) AS total FROM orders",
    )
    discover(app_engine, source_id, mysql.engine())
    shop = Shop(app_engine, source_id, mysql)
    broken = shop.query("SELECT `TOTAL` FROM ORDERS")
    through = shop.query(f"SELECT total FROM {mysql.schema}.sums")
    shop.query("SELECT id FROM orders")

    shop.change("ALTER TABLE orders DROP COLUMN total")

    assert shop.effects() == {
        broken: "breaks",
        through: "breaks",
    }
