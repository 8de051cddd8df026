"""BigQuery: on the emulator what it can show; S50, S51 and F93 without it."""

from typing import Any
from uuid import uuid4

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as google

from dataviz_pipelines.core.network import BlockedAddressError, NetworkGuard
from dataviz_pipelines.core.sources.connecting import Pools, Source
from dataviz_pipelines.core.sources.connections import (
    CONNECTIONS,
    TOKEN_URI,
    AnyConnection,
    BigQueryConnection,
)
from dataviz_pipelines.core.sources.engines.bigquery import ENDPOINT, BigQuery
from dataviz_pipelines.core.sources.errors import Reason, SourceError
from dataviz_pipelines.core.sources.trying import try_out
from tests.core.sources.given import bigquery
from tests.core.sources.places import LOCAL
from tests.servers.bigquery import PROJECT
from tests.servers.processes import free_port


def made(document: dict[str, Any]) -> BigQueryConnection:
    connection = CONNECTIONS.validate_python(document)
    assert isinstance(connection, BigQueryConnection)
    return connection


def emulated(endpoint: str, **changes: Any) -> BigQueryConnection:
    return made(
        {"connection_type": "bigquery", "project": PROJECT, "endpoint": endpoint, **changes}
    )


def test_S51_credentials_go_to_googles_addresses_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://evil.example")
    client = BigQuery(made(bigquery()), NetworkGuard()).client()
    assert client._connection.API_BASE_URL == ENDPOINT
    assert client._credentials._token_uri == TOKEN_URI
    assert client._credentials.service_account_email == "reader@shop-123.iam.gserviceaccount.com"
    assert (client.project, client.location) == ("shop-123", "EU")
    client.close()


def test_F93_an_endpoint_must_be_listed() -> None:
    for address in ("127.0.0.1", "93.184.215.14"):
        engine = BigQuery(emulated(f"http://{address}:9050"), NetworkGuard())
        with pytest.raises(BlockedAddressError):
            engine.client()


def test_S51_an_emulator_is_sent_no_credentials_and_leads_nowhere_else() -> None:
    client = BigQuery(emulated("http://127.0.0.1:9050"), LOCAL).client()
    assert isinstance(client._credentials, AnonymousCredentials)
    assert client._connection.API_BASE_URL == "http://127.0.0.1:9050"
    assert (client._http.max_redirects, client._http.trust_env) == (0, False)
    client.close()


def test_S46_an_emulator_is_reached_at_the_address_that_was_checked() -> None:
    guard = NetworkGuard(LOCAL.networks, LOCAL.names, lambda _host, _port: ["127.0.0.1"])
    client = BigQuery(emulated("http://bigquery.example:9050"), guard).client()
    assert client._connection.API_BASE_URL == "http://127.0.0.1:9050"
    client.close()


def test_F17_a_query_costs_no_more_than_is_allowed() -> None:
    limits = {"maximum_bytes_billed": 20_000_000, "statement_timeout_s": 9}
    client = BigQuery(made(bigquery() | {"limits": limits}), NetworkGuard()).client()
    config = client.default_query_job_config
    assert (config.maximum_bytes_billed, int(config.job_timeout_ms)) == (20_000_000, 9_000)
    client.close()


def test_a_source_that_answers(bigquery_endpoint: str) -> None:
    trial = try_out(emulated(bigquery_endpoint), LOCAL)
    assert (trial.is_ok, trial.server_version, trial.said) == (True, "BigQuery", None)


def test_a_query_that_is_wrong(bigquery_endpoint: str) -> None:
    trial = try_out(emulated(bigquery_endpoint), LOCAL, query="SELEKT 1")
    assert trial.reason is Reason.QUERY, trial.said


def test_a_table_that_is_not_there(bigquery_endpoint: str) -> None:
    trial = try_out(emulated(bigquery_endpoint), LOCAL, query="SELECT * FROM nowhere.nothing")
    assert trial.reason in {Reason.DATABASE_MISSING, Reason.QUERY}, trial.said


def test_an_endpoint_without_a_server() -> None:
    trial = try_out(emulated(f"http://127.0.0.1:{free_port()}"), LOCAL)
    assert trial.reason in {Reason.REFUSED, Reason.TIMEOUT}, trial.said


def test_S45_a_blocked_endpoint() -> None:
    trial = try_out(emulated("http://169.254.169.254:80"), LOCAL)
    assert trial.reason is Reason.BLOCKED_ADDRESS


def source(connection: AnyConnection) -> Source:
    return Source(uuid4(), "shop", connection)


def test_a_client_is_lent(pools: Pools, bigquery_endpoint: str) -> None:
    with pools.bigquery(source(emulated(bigquery_endpoint))) as client:
        assert isinstance(client, google.Client)
        assert [list(row) for row in client.query("SELECT 1 AS a").result()] == [[1]]


def test_its_errors_are_of_the_source(pools: Pools, bigquery_endpoint: str) -> None:
    with (
        pytest.raises(SourceError) as refused,
        pools.bigquery(source(emulated(bigquery_endpoint))) as client,
    ):
        client.query("SELEKT 1").result()
    assert refused.value.reason is Reason.QUERY
