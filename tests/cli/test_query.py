"""`dataviz query`, and `dataviz sources check-queries`."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli import query, sources
from dataviz_pipelines.core.queries.errors import ParametersInvalidError, QueryRefusedError
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
    given = json.dumps(postgresql.document())
    made = CliRunner().invoke(sources.commands, ["sources", "add", "Shop", "-"], input=given)
    assert made.exit_code == 0, made.output


def ask(*arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(query.commands, ["Shop", *arguments], input=given)
    if isinstance(result.exception, SystemExit) or result.exception is None:
        return result
    raise result.exception


def document(*arguments: str) -> Any:
    result = ask(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_one_document_on_stdout() -> None:
    found = document("SELECT city, 1.5 AS n FROM cities")
    assert found["columns"] == [
        {"name": "city", "native_type": "text", "type": "string"},
        {"name": "n", "native_type": "numeric", "type": "decimal"},
    ]
    assert (found["rows"], found["truncated"]) == ([["Wien", "1.5"]], False)
    assert isinstance(found["elapsed_ms"], int)


def test_a_table_for_people() -> None:
    result = ask("SELECT city, '[b]x' AS markup FROM cities")
    assert "Wien" in result.stdout
    assert "[b]x" in result.stdout
    assert "1 rows in" in result.stderr


def test_F61_parameters_have_types_and_make_lists() -> None:
    sql = "SELECT city FROM cities WHERE city IN (:names) AND 1 < :n"
    found = document(
        sql, "--param", "names=Wien", "--param", "names=O'Hara", "--param", "n:integer=2"
    )
    assert found["rows"] == [["Wien"]]
    with pytest.raises(ParametersInvalidError):
        ask(sql, "--param", "names=Wien", "--param", "n:integer=two")
    assert ask(sql, "--param", "names").exit_code == 2


def test_F65_rows_are_limited() -> None:
    found = document("SELECT * FROM generate_series(1, 5) AS a", "--limit", "2")
    assert (found["rows"], found["truncated"]) == ([[1], [2]], True)


def test_F39_csv_is_safe_to_open() -> None:
    result = ask("-", "--csv", given="SELECT '=1' AS a")
    assert result.stdout_bytes.decode("utf-8-sig") == "a\r\n'=1\r\n"
    assert ask("SELECT 1", "--csv", "--json").exit_code == 2


def test_S53_what_changes_something_is_refused(app_engine: Engine) -> None:
    with pytest.raises(QueryRefusedError):
        ask("DROP TABLE cities")
    with app_engine.connect() as connection:
        logged = connection.execute(text("SELECT status, user_id FROM query_execution_logs")).all()
    assert [tuple(row) for row in logged] == [("refused", None)]


def test_F70_saved_queries_are_checked(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO saved_queries (name, query_text, data_source_id) "
                "SELECT name, sql, id FROM data_sources, "
                "(VALUES ('SELECT city FROM cities'), ('SELECT gone FROM cities')) AS given (sql)"
            )
        )
    called = CliRunner().invoke(sources.commands, ["sources", "check-queries", "Shop", "--json"])
    assert called.exit_code == 1, called.output
    assert sorted(each["is_ok"] for each in json.loads(called.stdout)) == [False, True]
    shown = CliRunner().invoke(sources.commands, ["sources", "check-queries", "Shop"])
    assert "no" in shown.stdout
