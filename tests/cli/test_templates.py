"""`dataviz template`: what other programs read from it, and what a person sees."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.templates import commands
from dataviz_pipelines.core.ingestion.errors import TemplateInvalidError, TemplateNotFoundError
from dataviz_pipelines.core.settings import Settings


@pytest.fixture
def installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The environment of a process that uses the test's database."""
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    return database_settings


def call(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["template", *arguments])


def answer(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exception is None, result.exception
    return json.loads(result.stdout)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("id,price\n1,2.50\n2,3.75\n")
    return path


def test_F24_a_draft_can_be_added_and_shown(
    installation: Settings, sample: Path, tmp_path: Path
) -> None:
    assert installation.database_url is not None
    drafted = answer("draft", str(sample))
    file = tmp_path / "template.json"
    file.write_text(json.dumps(drafted))
    added = answer("add", str(file))
    assert added == {
        "name": "orders",
        "version": 1,
        "file_format": "csv",
        "upload_mode": "append",
        "destination": "uploads.orders",
        "is_active": True,
        "change": "added",
    }
    assert answer("add", str(file))["change"] == "unchanged"
    shown = answer("show", "orders")
    file.write_text(json.dumps(shown))
    assert answer("add", str(file))["change"] == "unchanged"
    assert [each["name"] for each in answer("list")] == ["orders"]


@pytest.mark.usefixtures("installation")
def test_a_person_sees_columns_and_rules(sample: Path, tmp_path: Path) -> None:
    drafted = call("draft", str(sample))
    assert "orders: csv files, append to uploads.orders" in drafted.stdout
    assert "price" in drafted.stdout
    assert "--json > template.json" in drafted.stderr
    file = tmp_path / "template.json"
    file.write_text(call("draft", str(sample), "--json").stdout)
    assert call("add", str(file)).stdout == "Template 'orders' added, version 1.\n"
    assert "uploads.orders" in call("list").stdout
    assert call("show", "orders").stdout.startswith("version 1\norders: csv files")


@pytest.mark.usefixtures("installation")
def test_a_template_with_mistakes_is_not_saved(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text('{"name": "orders"}')
    assert isinstance(call("add", str(file)).exception, TemplateInvalidError)
    assert answer("list") == []


@pytest.mark.usefixtures("installation")
def test_an_unknown_template_is_not_found() -> None:
    assert isinstance(call("show", "orders").exception, TemplateNotFoundError)


@pytest.mark.usefixtures("installation")
def test_registered_functions_come_from_the_modules_that_are_named(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop_functions_of_a_test.py").write_text(
        "from dataviz_pipelines.core.ingestion.transforms import register_transform\n\n"
        '@register_transform("rate")\ndef rate(frame):\n    return frame\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    document = answer("draft", str(sample))
    document["transformation_rules"] = {"steps": [{"op": "python", "function": "rate"}]}
    file = tmp_path / "template.json"
    file.write_text(json.dumps(document))
    assert isinstance(call("add", str(file)).exception, TemplateInvalidError)
    monkeypatch.setenv("DATAVIZ_TRANSFORM_MODULES", "shop_functions_of_a_test")
    assert answer("add", str(file))["version"] == 1


def test_a_missing_file_is_misuse() -> None:
    assert call("draft", "no-such-file.csv").exit_code == 2
