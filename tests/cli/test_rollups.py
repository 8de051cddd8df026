"""`dataviz rollups`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.rollups import commands
from dataviz_pipelines.core.settings import Settings
from tests.core.analytics.logs import Logs

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))


@pytest.fixture
def logs(app_engine: Engine) -> Logs:
    """With two uses of a dashboard, an hour apart, and no other marks than theirs."""
    made = Logs(app_engine)
    dashboard = made.dashboard()
    made.run("DELETE FROM rollup_invalidations")
    for hour in range(2):
        made.use(NOON + timedelta(hours=hour), dashboard)
    return made


def call(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["rollups", "run", *arguments])


def numbers(result: Result) -> dict[str, tuple[int, int, int]]:
    """Hours, days and events, by rollup."""
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["rollups"]
    return {each["rollup"]: (each["hours"], each["days"], each["events"]) for each in found}


def test_what_has_changed_is_counted(logs: Logs) -> None:
    assert numbers(call("--json")) == {
        "dashboards": (2, 1, 2),
        "queries": (0, 0, 0),
        "uploads": (0, 0, 0),
        "jobs": (0, 0, 0),
        "audit": (0, 0, 0),
    }
    assert logs.marks() == set()
    assert "Everything is counted." in call().stdout


@pytest.mark.parametrize(
    ("given", "hours", "events"),
    [
        (["--hour", "2026-03-31T12"], 1, 1),
        (["--day", "2026-03-31"], 24, 2),
        (["--from", "2026-03-31T13:00", "--to", "2026-03-31T15:00"], 2, 1),
    ],
)
@pytest.mark.usefixtures("logs")
def test_a_range_is_counted_whatever_is_known_of_it(
    given: list[str], hours: int, events: int
) -> None:
    found = numbers(call(*given, "--json"))

    assert set(found) == {"dashboards", "queries", "uploads", "jobs", "audit"}
    assert found["dashboards"] == (hours, 1, events)
    assert found["jobs"] == (hours, 1, 0)


@pytest.mark.usefixtures("logs")
def test_people_see_a_table() -> None:
    result = call()

    assert [line.split()[1:] for line in result.stdout.splitlines() if "dashboards" in line] == [
        ["dashboards", "│", "2", "│", "1", "│", "2", "│", "3", "│"]
    ]


@pytest.mark.parametrize(
    "given",
    [
        ["--hour", "2026-03-31T12", "--day", "2026-03-31"],
        ["--to", "2026-03-31"],
        ["--from", "2026-03-31", "--to", "2026-03-30"],
        ["--hour", "noon"],
    ],
)
def test_what_contradicts_itself_is_misused(given: list[str]) -> None:
    assert call(*given).exit_code == 2
