import os
import signal
import socket
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import postgres, processes
from dataviz_pipelines.local.cluster import Cluster, ServerAddress
from dataviz_pipelines.local.errors import PortBusyError, ServerPasswordError
from dataviz_pipelines.local.postgres import database, is_running, running, server_pid, start, stop


def fetch(address: ServerAddress, statement: str) -> object:
    with psycopg.connect(address.url(), autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


def run(address: ServerAddress, statement: str) -> None:
    with psycopg.connect(address.url(), autocommit=True) as connection:
        connection.execute(statement)


def kill_server(cluster: Cluster) -> None:
    pid = server_pid(cluster)
    assert pid is not None
    found = processes.identify(pid)
    assert found is not None
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_until_gone(found, timeout_s=5)


def test_the_first_start_makes_a_database_that_its_owner_can_use(cluster: Cluster) -> None:
    address = start(cluster)
    assert fetch(address, "SELECT current_user || ' ' || current_database()") == "dataviz dataviz"
    assert is_running(cluster)


def test_a_second_start_returns_the_running_server(cluster: Cluster) -> None:
    first, pid = start(cluster), server_pid(cluster)
    assert start(cluster) == first
    assert server_pid(cluster) == pid


def test_nothing_runs_before_the_first_start(cluster: Cluster) -> None:
    assert not is_running(cluster)
    assert server_pid(cluster) is None


def test_data_and_port_outlive_a_stop(cluster: Cluster) -> None:
    address = start(cluster)
    run(address, "CREATE TABLE kept AS SELECT 42 AS answer")
    stop(cluster)
    assert not is_running(cluster)
    again = start(cluster)
    assert again.port == address.port
    assert fetch(again, "SELECT answer FROM kept") == 42


def test_committed_rows_survive_a_kill_of_the_server(cluster: Cluster) -> None:
    address = start(cluster)
    run(address, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill_server(cluster)
    assert not is_running(cluster)
    assert fetch(start(cluster), "SELECT answer FROM kept") == 42


@pytest.mark.slow
def test_a_busy_session_of_a_killed_server_does_not_keep_the_next_one_from_starting(
    cluster: Cluster,
) -> None:
    address = start(cluster)
    with closing(psycopg.connect(address.url(), autocommit=True)) as busy:
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
        assert fetch(address, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'") == 2
        kill_server(cluster)
        assert fetch(start(cluster), "SELECT 1") == 1


def test_a_stale_pid_file_that_names_another_live_process_is_seen_through(cluster: Cluster) -> None:
    start(cluster)
    kill_server(cluster)
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert server_pid(cluster) is None
    assert fetch(start(cluster), "SELECT 1") == 1


def test_a_revived_server_has_the_port_that_its_users_know(cluster: Cluster) -> None:
    address = start(cluster)
    assert not postgres.revive(cluster)
    kill_server(cluster)
    assert postgres.revive(cluster)
    assert fetch(address, "SELECT 1") == 1


def test_a_port_that_was_asked_for_and_is_taken_is_named_with_the_remedy(cluster: Cluster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusyError, match=rf"Port {port} .* DATAVIZ_POSTGRES_PORT"):
            start(replace(cluster, port=port))


def test_a_kept_port_that_is_taken_by_now_gives_way_to_a_free_one(cluster: Cluster) -> None:
    first = start(cluster)
    stop(cluster)
    with socket.create_server(("127.0.0.1", first.port)):
        second = start(cluster)
    assert second.port != first.port
    assert fetch(second, "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_again(cluster: Cluster) -> None:
    half_made = cluster.directory / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert fetch(start(cluster), "SELECT 1") == 1
    assert not half_made.exists()


def test_a_lost_password_is_said_to_be_lost(cluster: Cluster) -> None:
    start(cluster)
    right = cluster.password_file.read_text()
    cluster.password_file.write_text("wrong")
    with pytest.raises(ServerPasswordError, match="keys folder"):
        is_running(cluster)
    cluster.password_file.write_text(right)
    assert is_running(cluster)


def test_the_server_listens_on_this_machine_only_and_asks_for_a_password(cluster: Cluster) -> None:
    address = start(cluster)
    assert fetch(address, "SHOW listen_addresses") == "127.0.0.1"
    assert fetch(address, "SHOW unix_socket_directories") == ""
    methods = (
        "SELECT string_agg(DISTINCT auth_method, ' ' ORDER BY auth_method) FROM pg_hba_file_rules"
    )
    assert fetch(address, methods) == "reject scram-sha-256"
    stranger = replace(address, password=SecretStr("guessed"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        fetch(stranger, "SELECT 1")


def test_commits_are_durable_and_statements_are_counted(cluster: Cluster) -> None:
    address = start(cluster)
    settings = "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name = ANY(%s)"
    with psycopg.connect(address.url()) as connection:
        row = connection.execute(
            settings, [["fsync", "full_page_writes", "synchronous_commit"]]
        ).fetchone()
    assert row == ("on on on",)
    assert fetch(address, "SHOW shared_preload_libraries") == "pg_stat_statements"


def test_only_the_owner_can_read_the_password_the_log_and_the_folders(cluster: Cluster) -> None:
    start(cluster)
    assert stat.S_IMODE(cluster.password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.log_file.stat().st_mode) == 0o600
    for folder in (cluster.directory.parent, cluster.password_file.parent, cluster.data):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_log_holds_neither_statements_nor_values(cluster: Cluster) -> None:
    address = start(cluster)
    run(address, "CREATE TABLE secret_table (value int UNIQUE)")
    run(address, "INSERT INTO secret_table VALUES (4711)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(address, "INSERT INTO secret_table VALUES (4711)")
    log = cluster.log_file.read_text()
    assert "duplicate key" in log
    assert "4711" not in log
    assert "INSERT" not in log


def test_no_password_is_on_a_command_line(cluster: Cluster) -> None:
    address = start(cluster)
    pid = server_pid(cluster)
    assert pid is not None
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    assert address.password.get_secret_value().encode() not in arguments


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand the server to another user")
def test_root_runs_the_server_as_an_ordinary_user_below_a_folder_that_is_closed_to_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    start(cluster)
    pid = server_pid(cluster)
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert tmp_path.stat().st_uid == 0


def test_a_configured_database_is_used_as_it_is(tmp_path: Path) -> None:
    configured = Settings(
        home=tmp_path / "home", database_url=SecretStr("postgresql://u:p@db.invalid/x")
    )
    with database(configured) as settings:
        assert settings is configured
    assert not configured.root.exists()


def test_a_command_without_up_has_the_server_while_it_runs(tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "home")
    cluster = Cluster.of(home)
    with database(home) as settings:
        assert settings.database_url is not None
        assert is_running(cluster)
    assert not is_running(cluster)


USER = """
import sys
from pathlib import Path
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.postgres import database
with database(Settings(home=Path(sys.argv[1]))) as settings:
    print("in", flush=True)
    sys.stdin.read()
"""


def start_user(home: Path) -> subprocess.Popen[str]:
    user = subprocess.Popen(
        [sys.executable, "-c", USER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "in\n"
    return user


def test_the_last_of_two_commands_stops_the_server(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    cluster = Cluster.of(settings)
    with start_user(settings.root) as other:
        with database(settings):
            pid = server_pid(cluster)
        assert is_running(cluster)
        assert server_pid(cluster) == pid
        other.communicate()
    assert other.returncode == 0
    assert not is_running(cluster)


def test_two_commands_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    users = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(home)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    assert [user.communicate() for user in users] == [("in\n", "")] * 3
    assert not is_running(Cluster.of(Settings(home=home)))


def test_a_command_that_was_killed_no_longer_counts_as_a_user(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    cluster = Cluster.of(settings)
    with start_user(settings.root) as other:
        other.kill()
        other.communicate()
    assert is_running(cluster)
    with running(cluster):
        pass
    assert not is_running(cluster)


def test_a_server_that_nobody_uses_any_more_can_be_told_from_one_in_use(cluster: Cluster) -> None:
    with running(cluster):
        postgres.stop_if_unused(cluster)
        assert is_running(cluster)
    start(cluster)
    postgres.stop_if_unused(cluster)
    assert not is_running(cluster)
