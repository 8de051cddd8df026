from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connecting import Pools
from tests import store
from tests.core.sources.places import LOCAL, Place
from tests.servers.bigquery import bigquery_client, bigquery_endpoint
from tests.servers.mariadb import MariaDB, mariadb, mariadb_port

__all__ = ["bigquery_client", "bigquery_endpoint", "mariadb", "mariadb_port"]


@pytest.fixture
def guard() -> NetworkGuard:
    return LOCAL


@pytest.fixture
def pools(guard: NetworkGuard) -> Iterator[Pools]:
    made = Pools(guard)
    yield made
    made.close()


@pytest.fixture
def postgresql(server_url: str) -> Iterator[Place]:
    """A database with a table, and a role that may read and write it."""
    name = f"source_{uuid4().hex[:12]}"
    url = make_url(server_url).set(drivername="postgresql")
    store.create_database(server_url, name)
    admin = url.set(database=name).render_as_string(hide_password=False)
    place = Place("postgresql", url.port or 5432, name, name, "s3cret-Passw0rd", admin)
    role = sql.Identifier(name)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(place.password))
        )
        connection.execute("CREATE TABLE cities AS SELECT 'Wien' AS city")
        connection.execute("CREATE TABLE hidden AS SELECT 1 AS a")
        connection.execute(sql.SQL("GRANT ALL ON cities TO {}").format(role))
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(role))
    yield place
    store.drop_database(server_url, name)
    store.drop_role(server_url, name)


@pytest.fixture
def mysql(mariadb: MariaDB) -> Iterator[Place]:
    """The same on MariaDB."""
    name = mariadb.database
    place = Place("mysql", mariadb.port, name, name, "s3cret-Passw0rd", "")
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE cities AS SELECT 'Wien' AS city")
        cursor.execute("CREATE TABLE hidden AS SELECT 1 AS a")
        cursor.execute(f"CREATE USER {name}@'%%' IDENTIFIED BY %s", [place.password])
        cursor.execute(f"GRANT ALL ON {name}.cities TO {name}@'%'")
        cursor.execute(f"GRANT CREATE ON {name}.* TO {name}@'%'")
    yield place
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP USER {name}@'%'")


@pytest.fixture(params=["postgresql", "mysql"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found
