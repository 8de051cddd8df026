import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from dataviz_pipelines.core.db import database_urls
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.database_checks import check_clock, check_database
from dataviz_pipelines.local.doctor import examine
from dataviz_pipelines.local.findings import Finding, Level
from dataviz_pipelines.local.machine_checks import (
    check_configuration,
    check_disk,
    check_home,
    check_keys,
    check_ports,
)
from dataviz_pipelines.local.postgres import database, is_running

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


def as_owner(settings: Settings, statement: str) -> None:
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)


def test_F115_a_database_as_set_up_leaves_it_passes(database_settings: Settings) -> None:
    levels = {f.check: f.level for f in check_database(database_settings)}
    assert levels.pop("dagster storage") is Level.WARN
    assert levels == {
        "database": Level.OK,
        "clock": Level.OK,
        "migrations": Level.OK,
        "grants": Level.OK,
        "owner role": Level.OK,
        "application role": Level.OK,
    }


def test_F115_a_database_without_a_schema_wants_setup(empty_database_settings: Settings) -> None:
    settings = empty_database_settings.model_copy(
        update={"app_database_url": empty_database_settings.database_url}
    )
    found = by_check(check_database(settings))
    assert found["migrations"].level is Level.FAIL
    assert found["migrations"].remedy == "Run `dataviz setup --full`."
    assert found["grants"].level is Level.FAIL


def test_F115_a_missing_application_role_wants_setup(empty_database_settings: Settings) -> None:
    (finding,) = check_database(empty_database_settings)
    assert finding.level is Level.FAIL
    assert finding.remedy is not None
    assert "dataviz setup --full" in finding.remedy


def test_F115_a_grant_too_many_on_the_audit_log_is_found(database_settings: Settings) -> None:
    app = database_urls(database_settings).app.username
    as_owner(database_settings, f'GRANT DELETE ON audit_logs TO "{app}"')
    grants = by_check(check_database(database_settings))["grants"]
    assert grants.level is Level.FAIL
    assert "DELETE on table public.audit_logs" in grants.message


def test_F115_a_wrong_password_of_the_application_role_is_found(
    database_settings: Settings,
) -> None:
    wrong = database_urls(database_settings).app.set(password="wrong")
    settings = database_settings.model_copy(
        update={"app_database_url": SecretStr(wrong.render_as_string(hide_password=False))}
    )
    login = by_check(check_database(settings))["application role"]
    assert login.level is Level.FAIL
    assert "password authentication failed" in login.message


def test_F115_a_database_that_does_not_answer_is_the_only_finding_about_it(tmp_path: Path) -> None:
    nowhere = SecretStr("postgresql://u:topsecret@127.0.0.1:1/x")
    settings = Settings(home=tmp_path, database_url=nowhere, app_database_url=nowhere)
    (finding,) = check_database(settings)
    assert finding.level is Level.FAIL
    assert "127.0.0.1:1" in finding.message
    assert "topsecret" not in f"{finding.message}{finding.remedy}"


@pytest.mark.parametrize(
    ("skew", "level"),
    [
        (timedelta(seconds=1), Level.OK),
        (timedelta(seconds=-10), Level.WARN),
        (timedelta(minutes=5), Level.FAIL),
    ],
)
def test_F115_the_databases_clock_is_compared_with_ours(skew: timedelta, level: Level) -> None:
    assert check_clock(NOW + skew, NOW).level is level


def test_F115_a_misspelt_variable_is_named_without_its_value() -> None:
    finding = check_configuration({"DATAVIZ_DATABSE_URL": "secret", "DATAVIZ_HOME": "x"})
    assert finding.level is Level.WARN
    assert finding.message == "Not a setting: DATAVIZ_DATABSE_URL."


def test_F115_known_variables_are_in_order() -> None:
    assert check_configuration({"DATAVIZ_HOME": "x", "PATH": "y"}).level is Level.OK


def test_F115_keys_that_others_may_read_fail(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.keys.mkdir(mode=0o700)
    key = settings.keys / "some.password"
    key.touch(mode=0o600)
    assert check_keys(settings).level is Level.OK
    key.chmod(0o640)
    finding = check_keys(settings)
    assert finding.level is Level.FAIL
    assert str(key) in finding.message


def test_F115_a_home_that_others_may_enter_is_a_warning(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert check_home(settings).level is Level.WARN
    settings.root.mkdir(mode=0o700)
    assert check_home(settings).level is Level.OK
    settings.root.chmod(0o755)
    assert check_home(settings).level is Level.WARN


def test_F115_a_home_below_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = check_home(Settings(home=tmp_path / "file" / "home"))
    assert finding.level is Level.FAIL
    assert str(tmp_path / "file") in (finding.remedy or "")


@pytest.mark.parametrize(
    ("free_gib", "level"), [(0.5, Level.FAIL), (3, Level.WARN), (50, Level.OK)]
)
def test_F115_a_disk_that_fills_up_is_reported(
    free_gib: float, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = int(free_gib * 1024**3)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert check_disk(Settings(home=tmp_path)).level is level


def test_F115_a_port_that_was_asked_for_and_is_taken_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = by_check(check_ports(Settings(home=tmp_path, api_port=port)))
    assert found["api port"].level is Level.FAIL
    assert found["api port"].message == f"Port {port} was asked for and is in use."


def test_F115_a_home_without_a_database_gets_none_by_being_examined(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    found = by_check(examine(settings))
    assert found["database"].level is Level.WARN
    assert not settings.root.exists()


def test_F115_an_embedded_database_that_does_not_run_is_started_for_the_examination(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "home")
    with database(settings):
        pass
    found = by_check(examine(settings))
    assert found["database"].level is Level.FAIL
    assert "dataviz setup --full" in (found["database"].remedy or "")
    assert not is_running(Cluster.of(settings))
