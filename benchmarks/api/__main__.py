"""Requests a second beside pgbench with the same SQL, latencies, and memory.

python -m benchmarks.api [--seconds 5] [--rounds 3] [--connections 32]
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
from sqlalchemy import make_url

from benchmarks.api import load, logins, statements
from benchmarks.report import Report
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sql import blocks
from dataviz_pipelines.local.binaries import find_binaries
from dataviz_pipelines.local.ports import choose_port
from dataviz_pipelines.local.postgres import database

WORKERS = 2
TARGETS = {"get": 0.3, "list": 0.6, "create": 0.5, "patch": 0.5}


def fill(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for statement in blocks("benchmarks.api", "data.sql").values():
            connection.execute(statement)


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[int, int]]:
    """The port and the process id of a server with as many workers as the comparison has."""
    port = choose_port(None, None, purpose="the benchmark", remedy="")
    urls = database_urls(settings)
    environment = os.environ | {
        "DATAVIZ_HOME": str(settings.root),
        "DATAVIZ_DATABASE_URL": urls.owner.render_as_string(hide_password=False),
        "DATAVIZ_APP_DATABASE_URL": urls.app.render_as_string(hide_password=False),
        "DATAVIZ_TRUSTED_PROXIES": "127.0.0.1",
    }
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", "api.app:create_app", "--port", str(port)),
        *(
            "--workers",
            str(WORKERS),
            "--no-access-log",
            "--no-proxy-headers",
            "--http",
            "api.protocol:BoundedHeads",
            "--log-level",
            "warning",
        ),
    ]
    with subprocess.Popen(command, env=environment) as process:
        wait_for(port)
        try:
            yield port, process.pid
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the API did not get ready")


def pgbench(app_url: str, script: Path, *, connections: int, duration_s: int) -> float:
    """Transactions a second, of prepared statements."""
    url = make_url(app_url)
    place = ["-h", str(url.host), "-p", str(url.port), "-U", str(url.username)]
    command = [
        *(find_binaries().program("pgbench"), *place, "-n", "-M", "prepared", "-f", str(script)),
        *("-c", str(connections), "-j", "1", "-T", str(duration_s), str(url.database)),
    ]
    environment = os.environ | {"PGPASSWORD": url.password or "", "PGOPTIONS": "-c timezone=UTC"}
    answer = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", answer.stdout)
    assert found, answer.stderr
    return float(found[1])


def compare(
    name: str, port: int, app_url: str, script: Path, arguments: argparse.Namespace, report: Report
) -> None:
    """Pairs in turn, so that both see the machine in the same mood."""
    ratios, rates, limits, slowest = [], [], [], []
    for _ in range(arguments.rounds):
        limits.append(
            pgbench(
                app_url, script, connections=arguments.connections, duration_s=arguments.seconds
            )
        )
        outcome = load.run(
            port,
            load.LOADS[name],
            connections=arguments.connections,
            duration_s=arguments.seconds,
        )
        rates.append(outcome.rate)
        ratios.append(outcome.rate / limits[-1])
        slowest.append(outcome.percentile(99) * 1_000)
    report.add(f"{name}_pgbench", statistics.median(limits), "a second")
    report.add(f"{name}_rate", statistics.median(rates), "a second")
    report.add(
        f"{name}_ratio_to_pgbench",
        statistics.median(ratios),
        "times pgbench",
        target=TARGETS[name],
        at_least=True,
    )
    report.add(
        f"{name}_p99", statistics.median(slowest), "ms", target=100 if name == "get" else None
    )


def compare_logins(
    port: int, owner_url: str, arguments: argparse.Namespace, report: Report
) -> None:
    logins.give_passwords(owner_url)
    alone, busy = [], []
    for _ in range(arguments.rounds):
        alone.append(logins.while_people_log_in(port, people=0, duration_s=arguments.seconds))
        busy.append(logins.while_people_log_in(port, duration_s=arguments.seconds))
    rate = statistics.median(each.logins for each in busy) / arguments.seconds
    report.add("logins_rate", rate, "a second")
    slowest = [statistics.median(each.slowest_ms for each in times) for times in (alone, busy)]
    report.add("health_p99_alone", slowest[0], "ms")
    report.add(f"health_p99_while_{logins.PEOPLE}_log_in", slowest[1], "ms", target=100)
    ratio = logins.unknown_to_wrong(port, pairs=5 * arguments.rounds)
    report.add("login_unknown_to_wrong", max(ratio, 1 / ratio), "times", target=1.2)


def memory_mb(pid: int) -> float:
    """The greatest anonymous memory of any worker."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sizes = [
        int(found[1])
        for child in children
        if (found := re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{child}/status").read_text()))
    ]
    return max(sizes) / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", choices=[*TARGETS, "logins"])
    arguments = parser.parse_args()
    report = Report("api")
    with tempfile.TemporaryDirectory() as folder, database(Settings(home=Path(folder))) as settings:
        set_up(settings)
        urls = database_urls(settings)
        owner = urls.owner.set(drivername="postgresql").render_as_string(hide_password=False)
        fill(owner)
        engine = create_database_engine(urls.app, application_name="benchmark")
        with serving(settings) as (port, pid):
            for request in statements.requests():
                if arguments.only in (None, request.name):
                    script = Path(folder) / f"{request.name}.sql"
                    script.write_text(statements.script(engine, request))
                    app_url = urls.app.render_as_string(hide_password=False)
                    compare(request.name, port, app_url, script, arguments, report)
            if arguments.only in (None, "logins"):
                compare_logins(port, owner, arguments, report)
            report.add("worker_memory", memory_mb(pid), "MB", target=150)
        engine.dispose()
    report.publish()


if __name__ == "__main__":
    main()
