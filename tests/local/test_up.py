"""The whole platform as one command runs it: real Dagster, real PostgreSQL, small definitions and a small API."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dataviz_pipelines.core.security.passwords import verify_password
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import postgres, processes
from dataviz_pipelines.local.child import HOME_MARK
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.record import UpRecord, read_record
from dataviz_pipelines.local.status import platform_status
from dataviz_pipelines.local.up import down

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE_S = 90


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.2)
    return found


def start_up(home: Path) -> subprocess.Popen[str]:
    """Returns when it has said that it is ready. The API has two processes, whose end must be everybody's too."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local.small", str(home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DATAVIZ_API_WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("READY"):
            return process
    process.wait()
    raise AssertionError("".join(said))


@contextmanager
def platform(home: Path) -> Iterator[subprocess.Popen[str]]:
    process = start_up(home)
    try:
        yield process
    finally:
        down(Settings(home=home))
        assert process.stdout is not None
        process.stdout.close()
        process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("platform") / "home"
    with platform(home):
        yield Settings(home=home)


def record_of(settings: Settings) -> UpRecord:
    record = read_record(settings)
    assert record is not None
    return record


def pid_of(settings: Settings, name: str) -> int:
    (pid,) = [service.pid for service in record_of(settings).services if service.name == name]
    assert pid is not None
    return pid


def marked(home: Path) -> list[int]:
    mark = f"{HOME_MARK}={home}".encode()

    def is_marked(pid: int) -> bool:
        try:
            return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False

    return [pid for pid in processes.all_pids() if is_marked(pid)]


def graphql(settings: Settings, query: str, **variables: Any) -> Any:
    """The answer's data; empty where Dagster answers with errors alone."""
    record = record_of(settings)
    connection = HTTPConnection("127.0.0.1", record.dagster_port, timeout=30)
    connection.request(
        "POST",
        "/dagster/graphql",
        json.dumps({"query": query, "variables": variables}),
        {"Content-Type": "application/json"},
    )
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer.get("data") or defaultdict(dict)


def test_status_says_that_everything_answers(running: Settings) -> None:
    found = wait_for(lambda: (s := platform_status(running)).ready and s)
    assert {service.name: service.state for service in found.services} == {
        "postgresql": "ready",
        "code-server": "ready",
        "api": "ready",
        "upload-worker": "ready",
        "dagster-webserver": "ready",
        "dagster-daemon": "ready",
    }


def test_a_second_up_says_where_the_first_one_is(running: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from dataviz_pipelines.cli import main; main()", "up", "--home", str(running.root)],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"already running at {record_of(running).api_url}" in done.stderr


def test_no_secret_is_on_a_command_line_or_in_a_log(running: Settings) -> None:
    secrets = [file.read_text().strip() for file in running.keys.glob("*.password")]
    assert len(secrets) == 2
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in marked(running.root)]
    logs = [log.read_text() for log in running.logs.glob("*.log")]
    files = [file.read_text() for file in running.dagster_home.glob("*.yaml")]
    assert len(commands) >= 4
    assert len(files) == 2
    for text in (*commands, *logs, *files):
        assert not [secret for secret in secrets if secret in text]


def test_dagsters_tables_are_in_a_schema_of_their_own(running: Settings) -> None:
    address = postgres.running_address(Cluster.of(running))
    assert address is not None
    statement = (
        "SELECT schemaname FROM pg_tables WHERE tablename IN ('runs', 'event_logs', 'job_ticks')"
    )
    with psycopg.connect(address.url()) as connection:
        assert set(connection.execute(statement)) == {("dagster",)}


@pytest.mark.parametrize("name", ["api", "dagster-webserver", "dagster-daemon", "code-server"])
def test_a_killed_service_comes_back(running: Settings, name: str) -> None:
    wait_for(lambda: platform_status(running).ready)
    before = pid_of(running, name)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: record_of(running).services and pid_changed(running, name, before))
    wait_for(lambda: platform_status(running).ready)


def pid_changed(settings: Settings, name: str, before: int) -> bool:
    pids = [service.pid for service in record_of(settings).services if service.name == name]
    return pids != [before] and pids != [None]


def test_a_killed_database_comes_back(running: Settings) -> None:
    wait_for(lambda: platform_status(running).ready)
    cluster = Cluster.of(running)
    before = postgres.server_pid(cluster)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: postgres.server_pid(cluster) not in (None, before))
    wait_for(lambda: platform_status(running).ready)


LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  ... on LaunchRunSuccess { run { runId } } } }
"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
REPOSITORY = (
    "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
)


def test_a_run_whose_code_server_was_killed_does_not_stay_started(running: Settings) -> None:
    wait_for(lambda: platform_status(running).ready)
    (repository,) = wait_for(
        lambda: graphql(running, REPOSITORY)["repositoriesOrError"].get("nodes")
    )
    selector = {
        "repositoryLocationName": repository["location"]["name"],
        "repositoryName": repository["name"],
        "pipelineName": "long_job",
    }
    tags = [{"key": "dagster/max_retries", "value": "0"}]
    params = {"selector": selector, "executionMetadata": {"tags": tags}}

    def launch() -> Any:
        """Dagster's connections fail once each after the database was killed, which another test does."""
        return graphql(running, LAUNCH, params=params)["launchRun"].get("run")

    run_id = wait_for(launch)["runId"]

    def status() -> str:
        return str(graphql(running, STATUS, id=run_id)["runOrError"]["status"])

    wait_for(lambda: status() == "STARTED")
    os.kill(pid_of(running, "code-server"), signal.SIGKILL)
    wait_for(lambda: status() == "FAILURE")


def test_S13_the_first_start_alone_makes_an_administrator_and_shows_the_password(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "home")
    for _ in range(2):
        with platform(settings.root):
            address = postgres.running_address(Cluster.of(settings))
            assert address is not None
            with psycopg.connect(address.url()) as connection:
                found = connection.execute("SELECT email, is_admin, password_hash FROM users")
                ((email, is_admin, stored),) = found.fetchall()
    (password,) = (settings.root / "shown").read_text().splitlines()
    assert (email, is_admin) == ("admin@localhost", True)
    assert verify_password(password, stored)
    logs = [log.read_text() for log in settings.logs.glob("*.log")]
    assert len(logs) >= 4
    assert not [log for log in logs if password in log]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    settings = Settings(home=tmp_path / "home")
    with platform(settings.root) as process:
        process.send_signal(number)
        assert process.wait() == 0
        assert process.stdout is not None
        assert "Everything has stopped." in process.stdout.read()
        assert marked(settings.root) == []
        assert not postgres.is_running(Cluster.of(settings))


def test_up_works_again_after_everything_was_killed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with platform(settings.root) as process:
        orphans = [found for pid in marked(settings.root) if (found := processes.identify(pid))]
        database = postgres.server_pid(Cluster.of(settings))
        assert database is not None
        for pid in (process.pid, database, *(orphan.pid for orphan in orphans)):
            os.kill(pid, signal.SIGKILL)
        process.wait()
    with platform(settings.root):
        assert not [orphan for orphan in orphans if processes.is_alive(orphan)]
        wait_for(lambda: platform_status(settings).ready)


def test_down_cleans_up_after_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with platform(settings.root) as process:
        process.kill()
        process.wait()
        assert down(settings)
        assert marked(settings.root) == []
        assert not postgres.is_running(Cluster.of(settings))
        assert not down(settings)
