"""`dataviz audit`: what other programs read from it, and what a person sees."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.audit import commands
from dataviz_pipelines.core.audit.errors import NotAHeadError
from dataviz_pipelines.core.settings import Settings


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["audit", "verify", *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(*arguments, "--json").stdout)
    return found


def forge(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_logs (id, timestamp, action_type, resource_type) "
                "VALUES ('00000000-0000-7000-8000-000000000001', '2001-02-03T04:05:06Z', 'a', 'b')"
            )
        )


def test_F91_a_whole_audit_exits_with_0_and_says_where_its_chain_ends() -> None:
    result = call()
    assert result.exit_code == 0
    assert result.stdout.startswith("The audit is whole: ")
    assert f"Head of the chain: {answer()['head']}\n" in result.stdout


def test_F91_problems_exit_with_1_and_name_the_rows(owner_engine: Engine) -> None:
    call()
    forge(owner_engine)
    result = call()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "added: row 00000000-0000-7000-8000-000000000001 of 2001-02-03T04:05:06+00:00\n"
        "The audit is not what was sealed: added 1.\n"
    )


def test_programs_read_the_problems(owner_engine: Engine) -> None:
    head = answer()["head"]
    forge(owner_engine)
    result = answer("--head", head)
    assert (result["ok"], result["counts"], result["head"]) == (False, {"added": 1}, head)
    assert result["problems"] == [
        {
            "kind": "added",
            "id": "00000000-0000-7000-8000-000000000001",
            "at": "2001-02-03T04:05:06+00:00",
            "sequence": None,
        }
    ]


def test_a_head_that_is_not_in_the_chain_is_a_problem() -> None:
    assert answer("--head", f"1:{'0' * 64}")["counts"] == {"seal broken": 1}


def test_a_head_that_is_none_is_refused() -> None:
    assert isinstance(call("--head", "latest").exception, NotAHeadError)
