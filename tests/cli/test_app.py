"""The command as other programs see it: exit codes, stdout and stderr."""

import json
import os
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.main import get_group

from dataviz_pipelines.cli.app import COMMANDS
from dataviz_pipelines.core.settings import Settings


def dataviz(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from dataviz_pipelines.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200", **variables},
    )


@pytest.mark.parametrize(("name", "module"), COMMANDS.items())
def test_every_command_of_the_table_exists_and_says_what_it_does(name: str, module: str) -> None:
    assert get_group(import_module(module).commands).commands[name].get_short_help_str()


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["status", "--nonsense"], ["up", "--api-port", "0"], ["setup"], ["setup", "--full", "--verify"], ["setup", "--ddl", "oracle"]],
)  # fmt: skip
def test_misuse_exits_with_2_and_says_so_on_stderr(arguments: list[str]) -> None:
    done = dataviz(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Error" in done.stderr


def test_a_setting_that_cannot_be_used_is_named_without_its_value(tmp_path: Path) -> None:
    done = dataviz("status", "--home", str(tmp_path), DATAVIZ_API_PORT="hunter2")
    assert done.returncode == 1
    assert "DATAVIZ_API_PORT" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_status_of_a_home_where_nothing_runs_is_one_document_and_exit_code_1(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    done = dataviz("status", "--json", "--home", str(home))
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "home": str(home),
        "running": False,
        "ready": False,
        "pid": None,
        "api_url": None,
        "dagster_url": None,
        "services": [],
    }
    assert done.stderr == ""


def test_down_where_nothing_runs_is_no_failure(tmp_path: Path) -> None:
    done = dataviz("down", "--home", str(tmp_path / "home"))
    assert (done.returncode, done.stdout) == (0, "Nothing was running.\n")
    assert not (tmp_path / "home").exists()


def test_F115_doctor_exits_with_1_when_a_check_fails_and_prints_every_check(tmp_path: Path) -> None:
    done = dataviz(
        "doctor", "--json", "--home", str(tmp_path), DATAVIZ_DATABASE_URL="postgresql://u@127.0.0.1:1/x",
        DATAVIZ_APP_DATABASE_URL="postgresql://a@127.0.0.1:1/x",
    )  # fmt: skip
    assert done.returncode == 1
    levels = {finding["check"]: finding["level"] for finding in json.loads(done.stdout)}
    assert levels["database"] == "fail"
    assert levels["configuration"] == "ok"


def test_a_busy_port_that_was_asked_for_stops_up_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = dataviz("up", "--home", str(tmp_path / "home"), "--api-port", port)
    assert done.returncode == 1
    assert f"Port {port} for the API is already in use" in done.stderr
    assert "--api-port" in done.stderr
    assert not (tmp_path / "home" / "postgres").exists()


def test_F110_setup_full_can_be_repeated_and_F111_verify_then_finds_no_drift(
    empty_database_settings: Settings,
) -> None:
    assert empty_database_settings.database_url is not None
    variables = {
        "DATAVIZ_HOME": str(empty_database_settings.root),
        "DATAVIZ_DATABASE_URL": empty_database_settings.database_url.get_secret_value(),
    }
    for _ in range(2):
        done = dataviz("setup", "--full", **variables)
        assert done.returncode == 0, done.stderr
    verified = dataviz("setup", "--verify", "--json", **variables)
    assert (verified.returncode, json.loads(verified.stdout)) == (0, [])


def test_setup_verify_exits_with_1_on_drift_and_prints_the_sql_that_repairs_it(
    database_settings: Settings, owner_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX idx_users_email")
    assert database_settings.database_url is not None
    assert database_settings.app_database_url is not None
    done = dataviz(
        "setup",
        "--verify",
        DATAVIZ_HOME=str(database_settings.root),
        DATAVIZ_DATABASE_URL=database_settings.database_url.get_secret_value(),
        DATAVIZ_APP_DATABASE_URL=database_settings.app_database_url.get_secret_value(),
    )
    assert done.returncode == 1
    assert "CREATE UNIQUE INDEX idx_users_email" in done.stdout
    assert "idx_users_email" in done.stderr


def test_setup_ddl_prints_statements_for_another_database() -> None:
    done = dataviz("setup", "--ddl", "mysql")
    assert done.returncode == 0
    assert "CREATE TABLE" in done.stdout
