"""`dataviz discover`, from the command line to a real server and back."""

import json
from typing import Any

import psycopg
import pytest
from google.cloud.bigquery import Client
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.discover import commands
from dataviz_pipelines.cli.output import results
from dataviz_pipelines.cli.sources import commands as sources_commands
from dataviz_pipelines.core.discovery.errors import PatternError, SourceGivenUpError
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from dataviz_pipelines.core.sources.service import SourceNotFoundError
from tests.core.sources.conftest import mysql, place, postgresql
from tests.core.sources.places import Place
from tests.servers.bigquery import PROJECT, bigquery_client, bigquery_endpoint
from tests.servers.mariadb import mariadb, mariadb_port

__all__ = [
    "bigquery_client",
    "bigquery_endpoint",
    "mariadb",
    "mariadb_port",
    "mysql",
    "place",
    "postgresql",
]


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")
    monkeypatch.setenv("COLUMNS", "200")


def sources(*arguments: str, given: Any = None) -> None:
    text_given = None if given is None else json.dumps(given)
    result = CliRunner().invoke(sources_commands, ["sources", *arguments], input=text_given)
    assert result.exit_code == 0, result.output


def added(place: Place, **changes: Any) -> None:
    sources("add", "Shop", "-", given=place.document(**changes))


def discover(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["Shop", *arguments])


def document(*arguments: str) -> dict[str, Any]:
    result = discover("--json", *arguments)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def execute(place: Place, *statements: str) -> None:
    with psycopg.connect(place.admin_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_what_is_in_a_source_is_one_document(place: Place, app_engine: Engine) -> None:
    added(place)
    found = document("--tables")
    with app_engine.connect() as connection:
        (run,) = connection.execute(text("SELECT id, status FROM discovery_runs")).all()
    assert (found["run_id"], found["status"]) == (str(run.id), run.status)
    assert (found["source"]["name"], found["error"], found["changes"]) == ("Shop", None, [])
    counts = found["counts"]
    assert counts["listed"] == counts["stored"] + counts["skipped"] + counts["failed"] > 0
    assert found["known"]["tables"] == len(found["tables"]) == counts["stored"]
    cities = next(table for table in found["tables"] if table["table_name"] == "cities")
    (column,) = cities["columns"]
    assert (column["column_name"], column["normalized_type"]) == ("city", "string")
    assert cities["row_count_kind"] in ("exact", "estimate", "unknown")


def test_what_is_in_bigquery_is_one_document(
    bigquery_client: Client, bigquery_endpoint: str
) -> None:
    (dataset,) = {item.dataset_id for item in bigquery_client.list_datasets()}
    bigquery_client.query(f"CREATE TABLE `{dataset}.cities` (city STRING NOT NULL)").result()
    sources(
        "add",
        "Shop",
        "-",
        given={"connection_type": "bigquery", "project": PROJECT, "endpoint": bigquery_endpoint},
    )
    found = document("--tables", "--include", dataset)
    (table,) = found["tables"]
    assert (table["schema_name"], table["table_name"]) == (dataset, "cities")
    assert [(each["column_name"], each["native_type"]) for each in table["columns"]] == [
        ("city", "STRING")
    ]


def test_F13_what_changed_is_told_breaking_first(postgresql: Place) -> None:
    added(postgresql)
    discover()
    execute(
        postgresql,
        "ALTER TABLE cities DROP COLUMN city",
        "ALTER TABLE hidden ADD COLUMN b int",
    )
    found = document()
    assert [
        (each["table_name"], each["column_name"], each["change_type"], each["is_breaking"])
        for each in found["changes"]
    ] == [
        ("cities", "city", "column_removed", True),
        ("hidden", "b", "column_added", False),
    ]
    assert found["counts"]["changed"] == 2


def test_people_see_counts_problems_and_changes(postgresql: Place) -> None:
    added(postgresql)
    discover()
    execute(postgresql, "ALTER TABLE cities DROP COLUMN city")
    result = discover("--tables")
    assert result.exit_code == 0
    shown = result.stdout
    for expected in ("Shop: succeeded", "listed", "GRANT", "column_removed", "public.hidden"):
        assert expected in shown


def test_names_and_types_that_changed_are_shown_whole(
    postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "_width", 80)
    execute(postgresql, "CREATE TABLE customers (a_name_of_its_own varchar(40))")
    added(postgresql)
    discover()
    execute(postgresql, "ALTER TABLE customers ALTER a_name_of_its_own TYPE varchar(20)")
    changes = discover().stdout.partition("changes, ")[2]
    lines = [line.split("│")[1:-1] for line in changes.splitlines() if line.startswith("│")]
    cells = ["".join(map(str.strip, parts)) for parts in zip(*lines, strict=True)]
    assert "public.customers.a_name_of_its_own" in cells[0]
    assert "charactervarying(40)" in cells[3].replace(" ", "")
    assert "charactervarying(20)" in cells[4].replace(" ", "")
    assert "max_length" not in changes


def test_F11_a_table_that_may_not_be_read_names_the_grant(postgresql: Place) -> None:
    added(postgresql)
    (problem,) = document()["problems"]
    assert (problem["table_name"], problem["kind"]) == ("hidden", "denied")
    assert problem["remedy"] == f"GRANT SELECT ON TABLE public.hidden TO {postgresql.user};"


def test_F19_patterns_of_the_source_and_of_the_call_leave_tables_out(postgresql: Place) -> None:
    execute(postgresql, "CREATE TABLE trees (a int)", "CREATE TABLE towns (a int)")
    added(postgresql, discovery={"exclude": ["public.h*"]})
    counts = document("--exclude", "*.trees")["counts"]
    assert (counts["listed"], counts["stored"], counts["skipped"]) == (4, 2, 2)
    found = document("--include", "public.trees", "--include", "public.hidden", "--tables")
    assert (found["counts"]["stored"], found["counts"]["skipped"]) == (1, 3)
    assert [table["table_name"] for table in found["tables"]] == ["cities", "towns", "trees"]


def test_a_pattern_that_matches_nothing_at_all_is_refused(postgresql: Place) -> None:
    added(postgresql)
    result = discover("--include", " ")
    assert (result.exit_code, type(result.exception)) == (1, PatternError)


def test_F6_rows_are_counted_on_demand(postgresql: Place) -> None:
    added(postgresql)
    (cities, _) = document("--tables", "--exact-counts")["tables"]
    assert (cities["row_count"], cities["row_count_kind"]) == (1, "exact")


def test_F9_what_was_dropped_on_purpose_is_removed_when_told(postgresql: Place) -> None:
    execute(postgresql, *(f"CREATE TABLE t{number} (a int)" for number in range(6)))
    added(postgresql)
    discover()
    execute(postgresql, *(f"DROP TABLE t{number}" for number in range(6)))
    held = document()
    assert (held["status"], held["counts"]["removed"]) == ("partial", 0)
    assert any("--allow-removals" in (each["remedy"] or "") for each in held["problems"])
    assert document("--allow-removals")["counts"]["removed"] == 6


def test_a_source_that_does_not_answer_is_a_failed_run(postgresql: Place) -> None:
    added(postgresql, password="wrong-Passw0rd")
    result = discover("--json")
    assert (result.exit_code, type(result.exception)) == (1, SourceGivenUpError)
    found = json.loads(result.stdout)
    assert found["status"] == "failed"
    assert found["error"].startswith("The server does not take this user with this password.")
    assert "wrong-Passw0rd" not in result.output + str(result.exception)


def test_a_source_that_is_disabled_is_refused(postgresql: Place) -> None:
    added(postgresql)
    sources("disable", "Shop")
    result = discover("--json")
    assert (result.exit_code, type(result.exception)) == (1, SourceDisabledError)
    assert json.loads(result.stdout)["status"] == "failed"


def test_a_source_that_nobody_added_is_named() -> None:
    result = discover("--json")
    assert (result.exit_code, type(result.exception), result.stdout) == (1, SourceNotFoundError, "")
