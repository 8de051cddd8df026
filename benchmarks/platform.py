"""Starting the platform, and dropping files into it: from the drop to rows that everybody can read."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Report

DATAVIZ = str(Path(sys.executable).with_name("dataviz"))
FILES, ROWS = 1_000, 100
LIMIT_S = 300
TEMPLATE = {
    "name": "small",
    "file_format": "csv",
    "validation_rules": {
        "columns": [
            {"name": "id", "type": "integer", "nullable": False},
            {"name": "text"},
            {"name": "day", "type": "date"},
        ]
    },
    "destination_config": {"table": "small"},
}


def measure(home: Path, report: Report) -> None:
    environment = os.environ | {"DATAVIZ_HOME": str(home)}
    with running(environment):
        add_template(home, environment)
    with running(environment) as ready_s:
        report.add("up_ready_s", ready_s, "s", target=20)
        inbox = home / "inbox" / TEMPLATE["name"]
        wait_for(inbox.is_dir)
        singles = [drop_and_wait(home, inbox, f"single{number}", 1) for number in range(3)]
        report.add("single_file_s", max(singles), "s, slowest of 3", target=12)
        report.add("thousand_files_s", drop_and_wait(home, inbox, "many", FILES), "s", target=90)


@contextmanager
def running(environment: dict[str, str]) -> Iterator[float]:
    """Yields the seconds until everything answered."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [DATAVIZ, "up"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for line in process.stdout or ():
            if line.startswith("Ready."):
                break
        yield time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def add_template(home: Path, environment: dict[str, str]) -> None:
    path = home / "template.json"
    path.write_text(json.dumps(TEMPLATE))
    subprocess.run(
        [DATAVIZ, "template", "add", str(path)], check=True, env=environment, capture_output=True
    )


def drop_and_wait(home: Path, inbox: Path, name: str, count: int) -> float:
    """Seconds from the drop until the last file is in the archive, which follows the commit of its rows."""
    hidden = [inbox / f".{name}-{number}.csv" for number in range(count)]
    for number, path in enumerate(hidden):
        rows = "".join(f"{row},{name} {number},2024-01-{row % 28 + 1:02}\n" for row in range(ROWS))
        path.write_text(f"id,text,day\n{rows}")
    started = time.perf_counter()
    for path in hidden:
        path.rename(path.with_name(path.name.removeprefix(".")))
    wait_for(lambda: sum(1 for _ in (home / "archive").rglob(f"{name}-*.csv")) == count)
    return time.perf_counter() - started


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the platform did not do it in time; see the logs in its home")
        time.sleep(0.1)
