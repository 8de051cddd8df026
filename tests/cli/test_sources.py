"""`dataviz sources`."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.sources import commands
from dataviz_pipelines.core.crud.errors import DuplicateRowError
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.by_hand import ConnectionInvalidError
from dataviz_pipelines.core.sources.errors import ConnectionIncompleteError
from dataviz_pipelines.core.sources.service import SourceNotFoundError
from tests.core.sources.conftest import postgresql
from tests.core.sources.given import SERVER, bigquery
from tests.core.sources.places import Place

__all__ = ["postgresql"]


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")


def call(*arguments: str, given: Any = None) -> Result:
    text_given = None if given is None else json.dumps(given)
    result = CliRunner().invoke(commands, ["sources", *arguments], input=text_given)
    assert SERVER["password"] not in result.output
    return result


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call("list", "--json").stdout)
    return found


def test_a_source_is_added_tested_and_disabled(postgresql: Place) -> None:
    made = call("add", "Shop", "-", "--json", given=postgresql.document())
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["connection_type"] == "postgresql"
    tested = call("test", "Shop", "--json")
    document = json.loads(tested.stdout)
    assert (tested.exit_code, document["is_ok"], document["reason"]) == (0, True, None)
    assert document["server_version"].startswith("PostgreSQL ")
    assert json.loads(call("disable", "Shop", "--json").stdout)["is_active"] is False
    (source,) = listed()
    assert (source["name"], source["is_active"], source["test_status"]) == ("Shop", False, "ok")
    assert call("enable", source["id"]).stdout == "'Shop' is enabled.\n"
    assert listed()[0]["is_active"] is True


def test_people_are_told(postgresql: Place) -> None:
    assert "'Shop' is there" in call("add", "Shop", "-", given=postgresql.document()).stdout
    assert "answered in" in call("test", "Shop").stdout
    assert "Shop" in call("list").stdout


def test_why_it_does_not_answer_is_told(postgresql: Place, app_engine: Engine) -> None:
    call("add", "Shop", "-", given=postgresql.document(password="wrong"))
    tested = call("test", "Shop")
    assert tested.exit_code == 1
    assert tested.stderr.startswith("password: The server does not take this user")
    assert listed()[0]["test_reason"] == "password"
    changed = call("change", "Shop", "-", given=postgresql.document())
    assert changed.exit_code == 0, changed.output
    assert listed()[0]["test_status"] == "untested"
    assert call("test", "Shop").exit_code == 0
    with app_engine.connect() as connection:
        audit = str(connection.execute(text("SELECT * FROM audit_logs")).all())
    assert postgresql.password not in audit


def test_S45_this_machine_is_blocked_without_the_setting(
    postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATAVIZ_ALLOWED_NETWORKS")
    call("add", "Shop", "-", given=postgresql.document())
    tested = call("test", "Shop")
    assert tested.exit_code == 1
    assert "DATAVIZ_ALLOWED_NETWORKS" in tested.stderr


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(bigquery()))
    assert call("add", "Shop", str(file), "--test-query", "SELECT 2").exit_code == 0
    assert listed()[0]["connection_type"] == "bigquery"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (SERVER | {"passfile": "/etc/passwd"}, "/passfile"),
        (SERVER | {"host": "/tmp/socket"}, "/host"),  # noqa: S108  # a path to refuse
        ({"connection_type": "sqlite"}, "postgresql"),
        ([], "/"),
    ],
)
def test_S42_S47_what_is_wrong_is_named_and_not_repeated(given: Any, said: str) -> None:
    result = call("add", "Shop", "-", given=given)
    assert isinstance(result.exception, ConnectionInvalidError)
    assert said in str(result.exception)
    assert SERVER["password"] not in str(result.exception)
    assert listed() == []


def test_a_name_is_taken_once() -> None:
    call("add", "Shop", "-", given=SERVER)
    assert isinstance(call("add", "Shop", "-", given=SERVER).exception, DuplicateRowError)


def test_a_password_is_sent_to_nobody_else() -> None:
    call("add", "Shop", "-", given=SERVER)
    other = {name: value for name, value in SERVER.items() if name != "password"}
    assert call("change", "Shop", "-", given=other).exit_code == 0
    refused = call("change", "Shop", "-", given=other | {"host": "evil.example"})
    assert isinstance(refused.exception, ConnectionIncompleteError)


@pytest.mark.parametrize("command", ["test", "disable", "enable"])
def test_one_that_is_not_there(command: str) -> None:
    assert isinstance(call(command, "Shop").exception, SourceNotFoundError)
