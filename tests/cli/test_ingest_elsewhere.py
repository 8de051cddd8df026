"""`dataviz ingest` into MariaDB, from the data source to the rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dataviz_pipelines.cli.app import app
from dataviz_pipelines.core.settings import Settings
from tests.core.ingestion.mariadb_loads import PASSWORD, SCHEMA, uploads_database
from tests.servers.mariadb import MariaDB, mariadb, mariadb_port

__all__ = ["mariadb", "mariadb_port"]


@pytest.fixture
def warehouse(
    mariadb: MariaDB, database_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Any]]:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")
    with uploads_database(mariadb) as user:
        yield {
            "connection_type": "mysql",
            "host": "127.0.0.1",
            "port": mariadb.port,
            "database": SCHEMA,
            "user": user,
            "password": PASSWORD,
            "tls_mode": "disable",
        }


def call(*arguments: str, given: Any = None) -> Any:
    result = CliRunner().invoke(
        app, [*arguments, "--json"], input=None if given is None else json.dumps(given)
    )
    assert result.exception is None, (result.output, result.exception)
    return json.loads(result.stdout)


def test_F31_a_file_is_loaded_into_a_data_source_once(
    warehouse: dict[str, Any], mariadb: MariaDB, tmp_path: Path
) -> None:
    call("sources", "add", "Warehouse", "-", given=warehouse)
    template = tmp_path / "template.json"
    template.write_text(
        json.dumps(
            {
                "name": "orders",
                "file_format": "csv",
                "validation_rules": {"columns": [{"name": "id", "type": "integer"}, {"name": "v"}]},
                "destination_type": "mysql",
                "destination_config": {"data_source": "Warehouse", "table": "orders"},
            }
        )
    )
    assert call("template", "add", str(template))["change"] == "added"
    assert call("template", "add", str(template))["change"] == "unchanged"
    file = tmp_path / "orders.csv"
    file.write_text("id,v\n1,a\nx,b\n2,\\N\n")
    tried = call("ingest", str(file), "-t", "orders", "--dry-run")
    loaded = call("ingest", str(file), "-t", "orders")
    again = call("ingest", str(file), "-t", "orders")
    assert (loaded["status"], loaded["records_success"]) == ("succeeded", 2), tried
    assert (again["status"], again["duplicate_of_id"]) == ("duplicate", loaded["id"])
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT id, v FROM {SCHEMA}.orders ORDER BY 1")
        assert cursor.fetchall() == ((1, "a"), (2, "\\N"))
