"""`dataviz ingest` into BigQuery, from the data source to the rows, on the emulator."""

import json
from pathlib import Path

import pytest
from google.cloud.bigquery import Client

from dataviz_pipelines.core.settings import Settings
from tests.cli.test_ingest_elsewhere import call
from tests.core.ingestion.destinations.bigquery.conftest import client
from tests.servers.bigquery import PROJECT, bigquery_endpoint

__all__ = ["bigquery_endpoint", "client"]


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")


def test_F31_a_file_is_loaded_into_a_dataset_once(
    client: Client, bigquery_endpoint: str, tmp_path: Path
) -> None:
    source = {"connection_type": "bigquery", "project": PROJECT, "endpoint": bigquery_endpoint}
    call("sources", "add", "Warehouse", "-", given=source)
    template = tmp_path / "template.json"
    template.write_text(
        json.dumps(
            {
                "name": "orders",
                "file_format": "csv",
                "validation_rules": {"columns": [{"name": "id", "type": "integer"}, {"name": "v"}]},
                "destination_type": "bigquery",
                "destination_config": {"data_source": "Warehouse", "table": "orders"},
            }
        )
    )
    assert call("template", "add", str(template))["change"] == "added"
    file = tmp_path / "orders.csv"
    file.write_text("id,v\n1,a\nx,b\n2,c\n")
    tried = call("ingest", str(file), "-t", "orders", "--dry-run")
    assert [item.table_id for item in client.list_tables("uploads")] == [], tried
    loaded = call("ingest", str(file), "-t", "orders")
    again = call("ingest", str(file), "-t", "orders")
    assert (loaded["status"], loaded["records_success"], loaded["records_failed"]) == (
        "succeeded",
        2,
        1,
    )
    assert (again["status"], again["duplicate_of_id"]) == ("duplicate", loaded["id"])
    rows = client.query("SELECT id, v FROM `uploads`.`orders` ORDER BY id").result()
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "c")]
