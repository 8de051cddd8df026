"""S47 to S51: what a connection may say."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dataviz_pipelines.core.sources.connections import CONNECTIONS, revealed, shown
from tests.core.sources.given import MYSQL, SERVER, bigquery, private_key, service_account
from tests.servers.smtp import certificate

SECRET = SERVER["password"]


def refusals(document: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        CONNECTIONS.validate_python(document)
    assert SECRET not in str(refused.value)
    assert "PRIVATE KEY" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("document", [SERVER, MYSQL, bigquery()])
def test_a_connection_comes_back_whole_from_what_is_sealed(document: dict[str, Any]) -> None:
    connection = CONNECTIONS.validate_python(document)
    again = CONNECTIONS.validate_json(revealed(connection))
    assert again == connection
    assert again.connection_type == document["connection_type"]


def test_what_is_not_said_is_safe() -> None:
    connection = CONNECTIONS.validate_python(SERVER)
    assert (connection.port, connection.tls_mode) == (5432, "verify-full")  # type: ignore[union-attr]  # a server's
    assert CONNECTIONS.validate_python(MYSQL).port == 3306  # type: ignore[union-attr]


@pytest.mark.parametrize("document", [SERVER, MYSQL, bigquery()])
def test_S42_a_connection_shows_no_secret(document: dict[str, Any]) -> None:
    connection = CONNECTIONS.validate_python(document)
    for text in (
        repr(connection),
        str(connection),
        str(connection.model_dump()),
        connection.model_dump_json(),
        str(shown(connection)),
    ):
        assert SECRET not in text
        assert "PRIVATE KEY" not in text


def test_what_is_shown_says_whether_there_is_a_secret() -> None:
    server = shown(CONNECTIONS.validate_python(SERVER))
    assert server.pop("discovery")["schedule"] == "0 3 * * *"
    assert server == {
        "connection_type": "postgresql",
        "host": "db.example.com",
        "port": 5432,
        "database": "shop",
        "user": "reader",
        "tls_mode": "verify-full",
        "ca_certificate": None,
        "has_password": True,
        "limits": {"connect_timeout_s": 10, "statement_timeout_s": 300, "max_connections": 4},
    }
    parts = shown(CONNECTIONS.validate_python(bigquery()))
    assert parts["client_email"] == "reader@shop-123.iam.gserviceaccount.com"
    assert "service_account" not in parts


@pytest.mark.parametrize("document", [SERVER, MYSQL])
@pytest.mark.parametrize(
    "name",
    [
        "passfile",
        "sslkey",
        "sslcert",
        "service",
        "options",
        "hostaddr",
        "unix_socket",
        "local_infile",
        "read_default_file",
        "init_command",
        "sslrootcert",
        "krbsrvname",
        "target_session_attrs",
    ],
)
def test_S47_no_other_parameter_is_taken(document: dict[str, Any], name: str) -> None:
    assert name in refusals(document | {name: "/etc/passwd"})


@pytest.mark.parametrize(
    "host",
    [
        "/var/run/postgresql",
        "@abstract",
        "",
        " ",
        "a,b",
        "db.example.com:5432",
        "db example",
        "user@host",
        "host=evil",
        "db\n",
        "db\0",
        "-db",
        "postgresql://db",
        "file:///tmp/x",
        "../db",
        "[::1]",
        "ä.example",
    ],
)
def test_S47_a_host_is_a_name_or_an_address(host: str) -> None:
    assert "host" in refusals(SERVER | {"host": host})


@pytest.mark.parametrize(
    "host", ["db", "db_1.example.com.", "10.0.0.1", "fd12::1", "xn--4ca.example"]
)
def test_S47_names_and_addresses_are_hosts(host: str) -> None:
    assert CONNECTIONS.validate_python(SERVER | {"host": host}).host == host  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["sqlite", "file", "duckdb", "PostgreSQL", "", None, "oracle"])
def test_S49_other_kinds_of_databases_are_refused(kind: str | None) -> None:
    assert "connection_type" in refusals(SERVER | {"connection_type": kind})


@pytest.mark.parametrize("url", ["sqlite:////etc/passwd", "file:///etc/passwd", "postgresql://x/y"])
def test_S49_urls_are_refused(url: str) -> None:
    refusals({"connection_type": "postgresql", "url": url})
    refusals(SERVER | {"url": url})
    refusals(SERVER | {"host": url})


@pytest.mark.parametrize(
    "kind",
    ["authorized_user", "external_account", "impersonated_service_account", "gdch_service_account"],
)
def test_S50_other_kinds_of_credentials_are_refused(kind: str) -> None:
    assert "service_account.type" in refusals(bigquery(type=kind))
    assert "service_account.type" in refusals(
        bigquery(type=kind, credential_source={"file": "/etc/passwd"})
    )


def test_S50_a_key_file_as_google_hands_it_out_is_taken() -> None:
    CONNECTIONS.validate_python(bigquery())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token_uri", "https://evil.example/token"),
        ("token_uri", "http://169.254.169.254/token"),
        ("token_uri", "https://oauth2.googleapis.com/token/../x"),
        ("auth_uri", "https://evil.example"),
        ("auth_provider_x509_cert_url", "https://evil.example"),
        ("client_x509_cert_url", "https://evil.example"),
        ("universe_domain", "evil.example"),
        ("credential_source", {"file": "/etc/passwd"}),
        ("trust_boundary", "x"),
    ],
)
def test_S51_a_key_file_names_googles_addresses_alone(name: str, value: Any) -> None:
    assert f"service_account.{name}" in refusals(bigquery(**{name: value}))


@pytest.mark.parametrize(
    "key", ["", "s3cret", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"]
)
def test_S50_a_key_that_is_none_is_refused_and_not_repeated(key: str) -> None:
    text = refusals(bigquery(private_key=key))
    assert "not an RSA key" in text


@pytest.mark.parametrize(
    "endpoint",
    ["https://evil.example:443", "http://a:1/x", "http://a", "http://u@a:1", "ftp://a:1", "a:1"],
)
def test_S51_an_endpoint_is_an_emulators(endpoint: str) -> None:
    document = {"connection_type": "bigquery", "project": "shop-123", "endpoint": endpoint}
    assert "endpoint" in refusals(document)


def test_S51_an_endpoint_is_sent_no_credentials() -> None:
    document = bigquery() | {"endpoint": "http://127.0.0.1:9050"}
    assert "takes no service_account" in refusals(document)


@pytest.mark.parametrize(
    "text", ["", "abc", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_an_authority_is_certificates_in_pem(text: str) -> None:
    assert "certificate" in refusals(SERVER | {"ca_certificate": text})


def test_a_private_key_is_no_authority() -> None:
    assert "ca_certificate" in refusals(SERVER | {"ca_certificate": private_key()})


def test_an_authority_is_kept_as_it_is(tmp_path: Path) -> None:
    _, file = certificate(tmp_path)
    document = SERVER | {"ca_certificate": file.read_text(), "tls_mode": "verify-ca"}
    assert shown(CONNECTIONS.validate_python(document))["ca_certificate"] == file.read_text()


def test_only_a_known_authority_can_be_checked_without_the_name() -> None:
    assert "verify-ca needs" in refusals(SERVER | {"tls_mode": "verify-ca"})


@pytest.mark.parametrize(
    "change",
    [
        {"port": 0},
        {"port": 65_536},
        {"tls_mode": "prefer"},
        {"tls_mode": "allow"},
        {"database": ""},
        {"user": "a\0b"},
        {"limits": {"max_connections": 0}},
        {"limits": {"max_connections": 51}},
        {"limits": {"statement_timeout_s": 0}},
        {"limits": {"application_name": "x"}},
        {"password": "x" * 4_097},
    ],
)
def test_values_are_bounded(change: dict[str, Any]) -> None:
    assert next(iter(change)) in refusals(SERVER | change)


def test_a_connection_cannot_be_changed_in_place() -> None:
    connection = CONNECTIONS.validate_python(SERVER)
    with pytest.raises(ValidationError):
        connection.host = "127.0.0.1"  # type: ignore[union-attr, misc]  # that is the point


def test_fields_of_a_key_file_may_be_missing_that_nothing_needs() -> None:
    needed = {
        name: value
        for name, value in service_account().items()
        if name in {"type", "project_id", "client_email", "private_key"}
    }
    CONNECTIONS.validate_python(bigquery() | {"service_account": needed})


def test_how_it_is_looked_at_is_kept_with_it() -> None:
    asked = {"schedule": "never", "exclude": ["*.tmp_*"], "count_budget_ms": 500}
    connection = CONNECTIONS.validate_python(SERVER | {"discovery": asked})
    kept = CONNECTIONS.validate_json(revealed(connection)).discovery
    assert (kept.schedule, kept.exclude, kept.count_budget_ms) == ("never", ("*.tmp_*",), 500)
    assert CONNECTIONS.validate_python(SERVER).discovery.schedule == "0 3 * * *"


@pytest.mark.parametrize(
    "asked",
    [
        {"schedule": "at night"},
        {"schedule": "0 0 30 2 *"},
        {"include": [" "]},
        {"exclude": ["a\0"]},
        {"fuse_fraction": 1.1},
        {"count_budget_ms": -1},
        {"deadline_s": 0},
        {"query": "SELECT 1"},
    ],
)
@pytest.mark.parametrize("document", [SERVER, MYSQL, bigquery()])
def test_how_it_is_looked_at_is_checked(document: dict[str, Any], asked: dict[str, Any]) -> None:
    assert f"discovery.{next(iter(asked))}" in refusals(document | {"discovery": asked})
