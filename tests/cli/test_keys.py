"""`dataviz keys`."""

import json
from uuid import UUID

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.keys import commands
from dataviz_pipelines.core.secrets import Key, Vault, key_source
from dataviz_pipelines.core.settings import Settings
from tests.core.secrets.sources import Rows


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))


@pytest.fixture
def rows(app_engine: Engine, database_settings: Settings) -> Rows:
    return Rows(app_engine, Vault(key_source(database_settings)))


@pytest.fixture
def row(rows: Rows) -> UUID:
    return rows.add(b"s3cret")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["keys", "rotate", *arguments])


def test_S43_keys_are_rotated(rows: Rows, row: UUID) -> None:
    old = rows.document(row)["key_id"]
    result = call("--json")
    document = json.loads(result.stdout)
    new = rows.document(row)["key_id"]
    assert result.exit_code == 0
    assert document == {
        "key_id": new,
        "resealed": 1,
        "removed": [old],
        "unused": [],
        "failed": [],
    }
    assert rows.secret(row) == b"s3cret"


def test_people_are_told(rows: Rows, row: UUID) -> None:
    old = rows.document(row)["key_id"]
    result = call()
    new = rows.document(row)["key_id"]
    assert result.stdout == (
        f"1 secrets are sealed anew with the key {new}.\nRemoved the key {old}.\n"
    )


def test_a_secret_that_does_not_open_is_a_failure(rows: Rows, row: UUID) -> None:
    broken = rows.add(b"other")
    rows.write(broken, rows.document(row))
    result = call()
    assert result.exit_code == 1
    assert f"data_sources.connection_config of {broken}" in result.stderr


def test_a_key_of_the_setting_is_named_when_it_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = Key.new(), Key.new()
    monkeypatch.setenv("DATAVIZ_SECRET_KEYS", f"{new.text},{old.text}")
    result = call()
    assert f"Nothing uses the key {old.id} any more" in result.stdout
    assert old.text not in result.stdout + result.stderr
