"""F13: what changed since the last look, and whether it can break a query."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.discovery.service import discover
from tests.core.discovery.sources import MariaDBSource, PostgreSQLSource

CHANGES = [
    ("ALTER TABLE goods ADD note text", ("column_added", "note", False)),
    ("ALTER TABLE goods DROP price", ("column_removed", "price", True)),
    ("ALTER TABLE goods ALTER price TYPE text", ("column_retyped", "price", True)),
    ("ALTER TABLE goods ALTER name TYPE varchar(99)", ("column_retyped", "name", False)),
    ("ALTER TABLE goods ALTER name TYPE varchar(5)", ("column_retyped", "name", True)),
    ("ALTER TABLE goods ALTER name TYPE text", ("column_retyped", "name", False)),
    ("ALTER TABLE goods ALTER price DROP NOT NULL", ("column_nullability", "price", True)),
    ("ALTER TABLE goods ALTER name SET NOT NULL", ("column_nullability", "name", False)),
    ("ALTER TABLE goods ALTER name SET DEFAULT 'x'", ("column_changed", "name", False)),
    ("COMMENT ON TABLE goods IS 'Ware'", ("table_changed", None, False)),
    ("ALTER TABLE goods ADD PRIMARY KEY (price)", ("key_changed", None, False)),
    ("CREATE OR REPLACE VIEW seen AS SELECT 2 AS a", ("view_changed", None, False)),
    ("CREATE TABLE more (a int)", ("table_added", None, False)),
    ("DROP VIEW seen", ("table_removed", None, True)),
]

MARIADB_CHANGES = [
    ("ALTER TABLE goods MODIFY kind ENUM('a', 'c', 'b')", ("column_retyped", "kind", False)),
    ("ALTER TABLE goods MODIFY kind ENUM('a', 'other')", ("column_retyped", "kind", True)),
    ("ALTER TABLE goods MODIFY pieces INT(5)", ("column_retyped", "pieces", False)),
    ("ALTER TABLE goods MODIFY pieces INT UNSIGNED", ("column_retyped", "pieces", True)),
    ("ALTER TABLE goods MODIFY sold TIME(3)", ("column_retyped", "sold", True)),
]


def changes(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT change_type, column_name, is_breaking FROM metadata_changes ORDER BY id")
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(("statement", "expected"), CHANGES)
def test_F13_a_change_is_noted_with_what_it_means(
    app_engine: Engine,
    source_id: UUID,
    postgresql: PostgreSQLSource,
    statement: str,
    expected: tuple[object, ...],
) -> None:
    postgresql.execute(
        "CREATE TABLE goods (name varchar(20), price int NOT NULL)",
        "CREATE VIEW seen AS SELECT 1 AS a",
    )
    discover(app_engine, source_id, postgresql.engine())
    assert changes(app_engine) == []
    postgresql.execute(statement)

    discover(app_engine, source_id, postgresql.engine())

    assert changes(app_engine) == [expected]


@pytest.mark.parametrize(("statement", "expected"), MARIADB_CHANGES)
def test_F13_what_only_mysql_writes_in_a_type_is_understood(
    app_engine: Engine,
    source_id: UUID,
    mysql: MariaDBSource,
    statement: str,
    expected: tuple[object, ...],
) -> None:
    mysql.execute("CREATE TABLE goods (kind ENUM('a', 'b'), pieces INT, sold TIME(6))")
    discover(app_engine, source_id, mysql.engine())
    mysql.execute(statement)

    discover(app_engine, source_id, mysql.engine())

    assert changes(app_engine) == [expected]
