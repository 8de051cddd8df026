"""Data sources that tests fill and look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import make_url

from dataviz_pipelines.core.discovery.engines.base import Engine, Limits
from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL
from dataviz_pipelines.core.discovery.snapshot import Described

Row = tuple[Any, ...]


@dataclass(frozen=True)
class PostgreSQLSource:
    url: str
    owner: "psycopg.Connection[Row]"
    connection: "psycopg.Connection[Row]"

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


def described(engine: Engine) -> dict[str, Described]:
    """All that an engine says, by the tables' names."""
    with engine.reading():
        tables = engine.tables().tables
        return {table.name.table_name: table for table in engine.describe(tables)}
