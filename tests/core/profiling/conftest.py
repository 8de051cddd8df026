from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from google.cloud import bigquery
from psycopg import sql
from sqlalchemy import text

from dataviz_pipelines.core.discovery.reaching import Discovering, discover_source
from dataviz_pipelines.core.profiling.service import profile_table
from dataviz_pipelines.core.profiling.store import Profile
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.connections import CONNECTIONS
from tests.core.queries.conftest import (
    Added,
    Desk,
    added,
    analyst,
    bigquery_client,
    bigquery_endpoint,
    guard,
    mariadb,
    mariadb_port,
    mysql,
    place,
    platform,
    pools,
    postgresql,
)
from tests.core.sources.places import Place
from tests.servers.bigquery import PROJECT
from tests.servers.mariadb import MariaDB

__all__ = [
    "added",
    "analyst",
    "bigquery_client",
    "bigquery_endpoint",
    "guard",
    "mariadb",
    "mariadb_port",
    "mysql",
    "place",
    "platform",
    "pools",
    "postgresql",
]


@dataclass
class Shop:
    """A data source whose tables a test makes, and the platform that profiles them. `alter` runs as the server's own user, `close` takes the
    platform's right to read a table away."""

    desk: Desk
    alter: Callable[..., None]
    close: Callable[[str], None]

    def discover(self) -> None:
        platform = self.desk.platform
        discover_source(Discovering(platform.database, platform.vault, platform.pools), "shop")

    def table(self, name: str) -> UUID:
        statement = "SELECT id FROM database_metadata WHERE table_name = :name"
        ((found,),) = self.values(statement, name=name)
        return UUID(str(found))

    def profile(
        self, name: str, caller: Caller | None = None, **options: Any
    ) -> dict[str, Profile]:
        found = profile_table(self.desk.platform, caller, self.table(name), **options)
        return {each.column_name: each for each in found.columns}

    def values(self, statement: str, **bound: Any) -> Any:
        with self.desk.platform.database.begin() as connection:
            found = connection.execute(text(statement), bound)
            return found.all() if found.returns_rows else []


Opened = Callable[..., Shop]


@pytest.fixture
def pg(added: Added, postgresql: Place) -> Opened:
    """Its statements are run by the server's own user; the platform's role may read what they make."""

    def alter(*statements: str) -> None:
        role = sql.Identifier(postgresql.user)
        with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            connection.execute(
                sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role)
            )

    def close(table: str) -> None:
        with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
            parts = map(sql.Identifier, (table, postgresql.user))
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(*parts))

    def open_shop(*statements: str) -> Shop:
        alter(*statements)
        shop = Shop(added(postgresql.connection()), alter, close)
        shop.discover()
        return shop

    return open_shop


@pytest.fixture
def my(added: Added, mysql: Place, mariadb: MariaDB) -> Opened:
    """The same on MariaDB, where a right on a database cannot be taken away for one of its tables: all of them have their
    own."""

    def alter(*statements: str) -> None:
        with mariadb.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SHOW TABLES")
            for (table,) in cursor.fetchall():
                cursor.execute(f"GRANT SELECT, SHOW VIEW ON {table} TO {mysql.user}@'%'")

    def close(table: str) -> None:
        with mariadb.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"REVOKE ALL ON {table} FROM {mysql.user}@'%'")

    def open_shop(*statements: str) -> Shop:
        alter(*statements)
        shop = Shop(added(mysql.connection()), alter, close)
        shop.discover()
        return shop

    return open_shop


@pytest.fixture(params=["pg", "my"])
def opened(request: pytest.FixtureRequest) -> Opened:
    found: Opened = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bq(added: Added, bigquery_endpoint: str, bigquery_client: bigquery.Client) -> Opened:
    """The same on BigQuery's emulator, in a dataset of its own. It denies nobody anything."""
    config = bigquery_client.default_query_job_config
    assert config is not None
    dataset = config.default_dataset.dataset_id

    def alter(*statements: str) -> None:
        for statement in statements:
            bigquery_client.query(statement).result()

    def open_shop(*statements: str) -> Shop:
        alter(*statements)
        document = {
            "connection_type": "bigquery",
            "project": PROJECT,
            "endpoint": bigquery_endpoint,
            "discovery": {"include": [dataset]},
        }
        shop = Shop(
            added(CONNECTIONS.validate_python(document)), alter, bigquery_client.delete_table
        )
        shop.discover()
        return shop

    return open_shop
