"""Data sources that tests fill and look at. `place` names something in the source's own schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import psycopg
import pymysql
from google.cloud import bigquery
from sqlalchemy import make_url

from dataviz_pipelines.core.discovery.engines.base import Engine, Limits
from dataviz_pipelines.core.discovery.engines.bigquery import BigQuery
from dataviz_pipelines.core.discovery.engines.mysql import MySQL
from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.snapshot import Described
from tests.servers.mariadb import MariaDB

Row = tuple[Any, ...]
EVERYTHING = Selection()


class Source(Protocol):
    has_keys: ClassVar[bool]
    has_precision: ClassVar[bool]
    has_view_texts: ClassVar[bool]
    odd_names: ClassVar[tuple[str, ...]]

    @property
    def schema(self) -> str: ...

    def engine(self, limits: Limits | None = None) -> Engine: ...

    def execute(self, *statements: str) -> None: ...

    def quote(self, name: str) -> str: ...

    def place(self, name: str) -> str: ...

    def fill(self) -> None:
        """Tables `goods` and `sales` with a key to it, and a view `cheap`."""

    def view(self) -> str: ...

    def narrow(self) -> None:
        """Takes the column `weight` away from `goods`."""

    def tables(self) -> set[Row]:
        """Name and type, as information_schema has them."""

    def columns(self) -> set[Row]:
        """Table, name, position, whether it may be NULL, and type."""

    def foreign_keys(self) -> set[Row]:
        """Table, name, column, referenced table and column."""


_TABLES = (
    "SELECT table_name, CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END "
    "FROM information_schema.tables WHERE table_schema = '{}'"
)


@dataclass(frozen=True)
class PostgreSQLSource:
    url: str
    owner: "psycopg.Connection[Row]"
    connection: "psycopg.Connection[Row]"
    schema: str = "public"
    has_keys: ClassVar[bool] = True
    has_precision: ClassVar[bool] = True
    has_view_texts: ClassVar[bool] = True
    odd_names: ClassVar[tuple[str, ...]] = ("a.b", "select", "Größe 😀", 'say "hi"', "x" * 63)

    @classmethod
    @contextmanager
    def on(cls, server_url: str, name: str) -> Iterator["PostgreSQLSource"]:
        url = make_url(server_url).set(drivername="postgresql", database=name)
        text = url.render_as_string(hide_password=False)
        with psycopg.connect(text, autocommit=True) as owner, psycopg.connect(text) as connection:
            yield cls(text, owner, connection)

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.owner.execute(statement.encode())

    def rows(self, text: str) -> list[Row]:
        return self.owner.execute(text.encode()).fetchall()

    def engine(self, limits: Limits | None = None) -> PostgreSQL:
        return PostgreSQL(self.connection, limits)

    @contextmanager
    def reader(self) -> Iterator["psycopg.Connection[Row]"]:
        """A connection of the role that owns nothing."""
        name = f"{make_url(self.url).database}_reader"
        self.execute(
            f"DO $$ BEGIN IF to_regrole('{name}') IS NULL THEN "
            f"CREATE ROLE {name} LOGIN PASSWORD 'reader'; END IF; END $$"
        )
        url = make_url(self.url).set(username=name, password="reader")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            yield connection

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def place(self, name: str) -> str:
        return f"public.{self.quote(name)}"

    def fill(self) -> None:
        self.execute(
            "CREATE TABLE goods (id int PRIMARY KEY, name varchar(80) NOT NULL, price numeric(10, 2), "
            "sold timestamp, day date, weight double precision)",
            "CREATE TABLE sales (id int, item int CONSTRAINT of_item REFERENCES goods, tags text[], "
            "pieces bigint NOT NULL, note jsonb)",
            self.view(),
            "COMMENT ON TABLE goods IS 'What we sell'",
            "COMMENT ON COLUMN goods.price IS 'Without tax'",
        )

    def view(self) -> str:
        return "CREATE VIEW cheap AS SELECT id, name FROM goods WHERE price < 1"

    def narrow(self) -> None:
        self.execute("ALTER TABLE goods DROP COLUMN weight")

    def tables(self) -> set[Row]:
        return set(self.rows(_TABLES.format("public")))

    def columns(self) -> set[Row]:
        return set(
            self.rows(
                "SELECT table_name, column_name, ordinal_position, is_nullable = 'YES', "
                "CASE data_type WHEN 'ARRAY' THEN 'text[]' ELSE data_type END "
                "FROM information_schema.columns WHERE table_schema = 'public'"
            )
        )

    def foreign_keys(self) -> set[Row]:
        return set(
            self.rows(
                "SELECT one.table_name, one.constraint_name, one.column_name, other.table_name, other.column_name "
                "FROM information_schema.referential_constraints rule "
                "JOIN information_schema.key_column_usage one USING (constraint_name) "
                "JOIN information_schema.key_column_usage other "
                "ON other.constraint_name = rule.unique_constraint_name "
                "AND other.ordinal_position = one.position_in_unique_constraint"
            )
        )


@dataclass(frozen=True)
class MariaDBSource:
    server: MariaDB
    connection: "pymysql.Connection[Any]"
    has_keys: ClassVar[bool] = True
    has_precision: ClassVar[bool] = True
    has_view_texts: ClassVar[bool] = True
    odd_names: ClassVar[tuple[str, ...]] = ("a.b", "select", "Größe", "say `hi`", "x" * 64)

    @property
    def schema(self) -> str:
        return self.server.database

    def execute(self, *statements: str) -> None:
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, text: str) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    def engine(self, limits: Limits | None = None) -> MySQL:
        return MySQL(self.connection, limits)

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def place(self, name: str) -> str:
        return self.quote(name)

    def fill(self) -> None:
        self.execute(
            "CREATE TABLE goods (id INT PRIMARY KEY, name VARCHAR(80) NOT NULL, price DECIMAL(10, 2) "
            "COMMENT 'Without tax', sold DATETIME, day DATE, weight DOUBLE) COMMENT 'What we sell'",
            "CREATE TABLE sales (id INT, item INT, pieces BIGINT NOT NULL, kind ENUM('a', 'b'), "
            "CONSTRAINT of_item FOREIGN KEY (item) REFERENCES goods (id))",
            self.view(),
        )

    def view(self) -> str:
        return "CREATE VIEW cheap AS SELECT id, name FROM goods WHERE price < 1"

    def narrow(self) -> None:
        self.execute("ALTER TABLE goods DROP COLUMN weight")

    def tables(self) -> set[Row]:
        return set(self.rows(_TABLES.format(self.schema)))

    def columns(self) -> set[Row]:
        rows = self.rows(
            "SELECT table_name, column_name, ordinal_position, is_nullable, data_type "
            f"FROM information_schema.columns WHERE table_schema = '{self.schema}'"
        )
        return {
            (table, name, place, nullable == "YES", kind)
            for table, name, place, nullable, kind in rows
        }

    def foreign_keys(self) -> set[Row]:
        return set(
            self.rows(
                "SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name "
                f"FROM information_schema.key_column_usage WHERE table_schema = '{self.schema}' "
                "AND referenced_table_name IS NOT NULL"
            )
        )


@dataclass(frozen=True)
class BigQuerySource:
    """The emulator, which answers no question to INFORMATION_SCHEMA: what is there is told by hand."""

    client: bigquery.Client
    schema: str
    has_keys: ClassVar[bool] = False
    has_precision: ClassVar[bool] = False
    has_view_texts: ClassVar[bool] = False
    odd_names: ClassVar[tuple[str, ...]] = ("select", "_hidden", "x" * 255)

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.client.query(statement).result()

    def engine(self, limits: Limits | None = None) -> BigQuery:
        return BigQuery(self.client, limits)

    def quote(self, name: str) -> str:
        return f"`{name}`"

    def place(self, name: str) -> str:
        return f"`{self.schema}.{name}`"

    def fill(self) -> None:
        self._goods(bigquery.SchemaField("weight", "FLOAT64"))
        self.execute(
            f"CREATE TABLE {self.place('sales')} (id INT64, item INT64, tags ARRAY<STRING>, "
            "pieces INT64 NOT NULL, place STRUCT<a INT64, b STRING>)",
            self.view(),
        )

    def _goods(self, *more: bigquery.SchemaField) -> None:
        field = bigquery.SchemaField
        schema = [
            field("id", "INT64", mode="REQUIRED"),
            field("name", "STRING", mode="REQUIRED"),
            field("price", "NUMERIC", description="Without tax"),
            field("sold", "DATETIME"),
            field("day", "DATE"),
            *more,
        ]
        goods = bigquery.Table(f"{self.client.project}.{self.schema}.goods", schema=schema)
        goods.description = "What we sell"
        self.client.create_table(goods)

    def narrow(self) -> None:
        """The emulator forgets what ALTER TABLE does to a schema, so the table is made anew."""
        self.client.delete_table(f"{self.schema}.goods")
        self._goods()

    def view(self) -> str:
        return f"CREATE VIEW {self.place('cheap')} AS SELECT id, name FROM {self.place('goods')} WHERE price < 1"

    def tables(self) -> set[Row]:
        return {("goods", "table"), ("sales", "table"), ("cheap", "view")}

    def columns(self) -> set[Row]:
        return {
            ("goods", "id", 1, False, "INT64"),
            ("goods", "name", 2, False, "STRING"),
            ("goods", "price", 3, True, "NUMERIC"),
            ("goods", "sold", 4, True, "DATETIME"),
            ("goods", "day", 5, True, "DATE"),
            ("goods", "weight", 6, True, "FLOAT64"),
            ("sales", "id", 1, True, "INT64"),
            ("sales", "item", 2, True, "INT64"),
            ("sales", "tags", 3, False, "ARRAY<STRING>"),
            ("sales", "pieces", 4, False, "INT64"),
            ("sales", "place", 5, True, "STRUCT"),
            ("cheap", "id", 1, True, "INT64"),
            ("cheap", "name", 2, True, "STRING"),
        }

    def foreign_keys(self) -> set[Row]:
        return set()


def described(engine: Engine, selection: Selection = EVERYTHING) -> dict[str, Described]:
    """All that an engine says, by the tables' names."""
    with engine.reading():
        tables, _ = selection.split(engine.tables().tables)
        return {table.name.table_name: table for table in engine.describe(tables)}
