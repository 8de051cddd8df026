"""The emulator as a data source of the platform's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import Client
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.access import SourceAccess
from dataviz_pipelines.core.sources.by_hand import add_source
from dataviz_pipelines.core.sources.connections import CONNECTIONS
from tests.core.ingestion.destinations.bigquery.benches import DATASET, BigQueryBench
from tests.core.sources.places import LOCAL
from tests.servers.bigquery import PROJECT, bigquery_endpoint
from tests.servers.bigquery_mended import Mended, mended

__all__ = ["bigquery_endpoint"]


@pytest.fixture
def client(bigquery_endpoint: str) -> Iterator[Client]:
    """With an empty dataset."""
    made = Client(
        project=PROJECT,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # untyped in google-auth
        client_options=ClientOptions(api_endpoint=bigquery_endpoint),
    )
    made.create_dataset(DATASET)
    yield made
    made.delete_dataset(DATASET, delete_contents=True)
    made.close()  # type: ignore[no-untyped-call]  # untyped in google-cloud-bigquery


@pytest.fixture
def server(bigquery_endpoint: str) -> Iterator[Mended]:
    with mended(bigquery_endpoint) as found:
        yield found


@pytest.fixture
def access(database_settings: Settings) -> SourceAccess:
    return SourceAccess(Vault(key_source(database_settings)), LOCAL)


@pytest.fixture
def bench(
    app_engine: Engine,
    owner_engine: Engine,
    tmp_path: Path,
    access: SourceAccess,
    client: Client,
    server: Mended,
) -> BigQueryBench:
    connection = CONNECTIONS.validate_python(
        {
            "connection_type": "bigquery",
            "project": PROJECT,
            "endpoint": server.endpoint,
            "limits": {"connect_timeout_s": 10, "statement_timeout_s": 60},
        }
    )
    with app_engine.begin() as platform:
        source = add_source(platform, "warehouse", connection, vault=access.vault, query=None)
    folder = tmp_path / "claimed"
    folder.mkdir()
    ingestion = Ingestion(app_engine, tmp_path / "rejects", sources=access)
    return BigQueryBench(ingestion, owner_engine, folder, client, source.id)
