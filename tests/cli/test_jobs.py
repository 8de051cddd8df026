"""`dataviz jobs`."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from dataviz_pipelines.cli.jobs import commands
from dataviz_pipelines.core.health.service import SCHEDULER_SENSOR, record_beat
from dataviz_pipelines.core.scheduling.errors import JobInvalidError, JobNotFoundError
from dataviz_pipelines.core.settings import Settings
from tests.core.scheduling.conftest import calls
from tests.core.scheduling.given import Calls

__all__ = ["calls"]


@pytest.fixture(autouse=True)
def _installation(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "app_database_url"):
        secret = getattr(database_settings, name)
        monkeypatch.setenv(f"DATAVIZ_{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("DATAVIZ_HOME", str(database_settings.home))
    monkeypatch.setenv("DATAVIZ_ALLOWED_NETWORKS", "127.0.0.1")


def call(*arguments: str, given: Any = None) -> Result:
    text_given = None if given is None else json.dumps(given)
    return CliRunner().invoke(commands, ["jobs", *arguments], input=text_given)


def add(url: str, **values: Any) -> Any:
    job = {"name": "Ping", "job_type": "http_call", "job_config": {"url": url}, **values}
    made = call("add", "-", "--json", given=job)
    assert made.exit_code == 0, made.output
    return json.loads(made.stdout)


def test_without_a_platform_a_job_runs_in_the_process(calls: Calls) -> None:
    add(f"{calls.url}/ok")
    done = call("run", "Ping", "--json")
    assert done.exit_code == 0, done.output
    run = json.loads(done.stdout)
    assert (run["status"], run["cause"]) == ("succeeded", "manual")
    assert "200 OK" in run["output_log"]
    (listed,) = [
        each for each in json.loads(call("list", "--json").stdout) if each["name"] == "Ping"
    ]
    assert listed["status"] == "succeeded"


def test_a_run_that_fails_exits_with_1_and_says_why(calls: Calls) -> None:
    add(f"{calls.url}/500")
    done = call("run", "Ping")
    assert done.exit_code == 1
    assert "'Ping' failed" in done.stdout
    assert "was answered with 500" in done.stdout


def test_with_a_platform_a_run_is_queued_and_waited_for(calls: Calls, app_engine: Engine) -> None:
    """In the platform's place somebody notes that the run is over."""
    add(f"{calls.url}/ok")
    record_beat(app_engine, SCHEDULER_SENSOR)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, "run", "Ping", "--json")
        ended = 0
        while not ended:
            with app_engine.begin() as connection:
                statement = "UPDATE scheduler_job_runs SET status = 'cancelled', error_log = 'No.'"
                ended = connection.execute(text(statement)).rowcount
        done = waiting.result()
    assert (done.exit_code, json.loads(done.stdout)["error_log"]) == (1, "No.")
    assert not calls.keys


def test_F60_why_a_job_did_not_run_is_told() -> None:
    job = add("https://example.org", schedule_expression="0 6 * * *")
    assert call("pause", "Ping").stdout == "'Ping' is paused.\n"
    told = json.loads(call("why", str(job["id"]), "--json").stdout)
    assert told["summary"].startswith("At 06:00 every day, UTC. The job is paused.")
    assert told["decisions"] == []
    assert call("resume", "Ping").stdout == "'Ping' is active.\n"
    assert "The job is paused" not in call("why", "Ping").stdout


def test_what_waits_is_cancelled(app_engine: Engine) -> None:
    job = add("https://example.org")
    with app_engine.begin() as connection:
        statement = (
            "INSERT INTO scheduler_job_runs (job_id, run_id, cause) VALUES (:id, 'x', 'manual')"
        )
        connection.execute(text(statement), {"id": job["id"]})
    assert json.loads(call("cancel", "Ping", "--json").stdout)["cancelled"] == 1
    assert json.loads(call("cancel", "Ping", "--json").stdout)["cancelled"] == 0


def test_a_job_that_cannot_be_run_is_not_added() -> None:
    result = call("add", "-", given={"name": "Ping", "job_type": "http_call", "job_config": {}})
    assert isinstance(result.exception, JobInvalidError)
    assert "/job_config/url" in str(result.exception)
    assert isinstance(call("run", "Ping").exception, JobNotFoundError)


def test_credentials_are_sealed_and_not_shown(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        statement = "INSERT INTO scheduler_jobs (name, job_type, job_config) VALUES ('Exports', 'upload_ingestion', :config)"
        source = {"kind": "s3", "bucket": "exports", "access_key_id": "AKIA"}
        connection.execute(text(statement), {"config": json.dumps({"from": source})})
    done = call("credentials", "Exports", "-", given={"secret_access_key": "open-sesame"})
    assert done.exit_code == 0, done.output
    assert done.stdout == "The credentials of 'Exports' are kept.\n"
    with app_engine.begin() as connection:
        sealed = connection.execute(
            text("SELECT connection_config FROM scheduler_jobs WHERE name = 'Exports'")
        ).scalar_one()
    assert set(sealed) == {"key_id", "nonce", "ciphertext"}
    wrong = call("credentials", "Exports", "-", given={"password": "open-sesame"})
    assert isinstance(wrong.exception, JobInvalidError)
    assert "sesame" not in str(wrong.exception)
