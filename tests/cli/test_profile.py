"""`dataviz profile`, from the command line to a real server and back."""

import json
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli import discover, profile, sources
from dataviz_pipelines.core.profiling.errors import TableNotFoundError
from dataviz_pipelines.core.settings import Settings
from tests.core.sources.conftest import postgresql
from tests.core.sources.places import Place

__all__ = ["postgresql"]


@pytest.fixture(autouse=True)
def _installation(
    database_settings: Settings, postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")
    monkeypatch.setenv("COLUMNS", "250")
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people AS SELECT 'ada@example.org' AS email, '[b]x' AS a")
        connection.execute("GRANT SELECT ON people TO PUBLIC")
    given = json.dumps(postgresql.document())
    run(sources, "sources", "add", "Shop", "-", given=given)
    run(discover, "Shop")


def run(module: Any, *arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(module.commands, list(arguments), input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_F16_one_document_with_all_tables_and_what_failed() -> None:
    result = run(profile, "Shop", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [each["table_name"] for each in found["tables"]] == ["cities", "people"]
    email, a = found["tables"][1]["columns"]
    assert (email["looks_personal"], email["min_value"], a["min_value"]) == (True, None, "[b]x")
    (failed,) = found["failed"]
    assert failed["table"] == "public.hidden"
    assert failed["remedy"].startswith("Let the data source's user read it")
    assert "permission denied" in failed["reason"]


def test_F16_a_table_for_people_says_how_much_was_read() -> None:
    whole = run(profile, "Shop", "--table", "public.people")
    assert whole.exit_code == 0
    assert "public.people: all 1 rows" in whole.stdout
    assert "[b]x (1)" in whole.stdout
    assert "ada@example.org" not in whole.stdout


def test_F16_a_sample_is_called_one(postgresql: Place) -> None:
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute("INSERT INTO cities SELECT 'Graz' FROM generate_series(1, 9)")
    shown = run(profile, "Shop", "--table", "public.cities", "--rows", "5").stdout
    assert "public.cities: a sample of 5 rows" in shown


def test_F16_a_table_nobody_knows_is_named() -> None:
    with pytest.raises(TableNotFoundError, match=r"public\.nothing"):
        run(profile, "Shop", "--table", "public.nothing")
    assert run(profile, "Shop", "--rows", "0").exit_code == 2
