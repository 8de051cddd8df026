"""A platform's database, and data sources on real servers, one for each engine."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from google.cloud.bigquery import Client
from sqlalchemy import Engine, text

from tests import store
from tests.core.discovery.sources import BigQuerySource, MariaDBSource, PostgreSQLSource, Source
from tests.servers.bigquery import bigquery_client, bigquery_endpoint
from tests.servers.mariadb import MariaDB, mariadb, mariadb_port

__all__ = ["bigquery_client", "bigquery_endpoint", "mariadb", "mariadb_port"]


@pytest.fixture
def source_id(app_engine: Engine) -> UUID:
    made = uuid4()
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO data_sources (id, name, connection_type, connection_config) "
                "VALUES (:id, :name, 'postgresql', '{}')"
            ),
            {"id": made, "name": made.hex},
        )
    return made


@pytest.fixture
def postgresql(server_url: str) -> Iterator[PostgreSQLSource]:
    """An empty database, and a role that owns nothing."""
    name = f"dataviz_source_{uuid4().hex[:12]}"
    store.create_database(server_url, name)
    with PostgreSQLSource.on(server_url, name) as source:
        yield source
    store.drop_database(server_url, name)
    store.drop_role(server_url, f"{name}_reader")


@pytest.fixture
def mysql(mariadb: MariaDB) -> Iterator[MariaDBSource]:
    with mariadb.connect() as connection:
        yield MariaDBSource(mariadb, connection)


@pytest.fixture
def bigquery(bigquery_client: Client) -> BigQuerySource:
    (dataset,) = {item.dataset_id for item in bigquery_client.list_datasets()}
    return BigQuerySource(bigquery_client, dataset)


@pytest.fixture(params=["postgresql", "mysql", "bigquery"])
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.getfixturevalue(request.param)
    return found
