"""The real platform through the command line, as a person starts and stops it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow
DATAVIZ = [sys.executable, "-c", "from dataviz_pipelines.cli import main; main()"]


def test_F115_S13_up_says_ready_and_who_logs_in_status_and_doctor_agree_and_down_stops_it(
    tmp_path: Path,
) -> None:
    variables = {**os.environ, "DATAVIZ_HOME": str(tmp_path / "home"), "COLUMNS": "200"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*DATAVIZ, *arguments], env=variables, capture_output=True, text=True, check=False
        )

    with subprocess.Popen(
        [*DATAVIZ, "up"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        assert up.stdout is not None
        said = []
        for line in up.stdout:
            said.append(line)
            if line.startswith("Ready."):
                break
        status, doctor = run("status", "--json"), run("doctor", "--json")
        document = json.loads(status.stdout)
        (password,) = [line.split()[-1] for line in said if "Password, shown once" in line]
        account = {"email": "admin@localhost", "password": password}
        logged_in = httpx.post(f"{document['api_url']}/api/v1/sessions", json=account, timeout=30)
        down = run("down")
        assert up.wait() == 0, "".join(said)
    assert logged_in.status_code == 201, "".join(said)
    assert (status.returncode, document["ready"]) == (0, True), "".join(said)
    assert any(document["api_url"] in line for line in said)
    assert any(document["dagster_url"] in line for line in said)
    assert [f for f in json.loads(doctor.stdout) if f["level"] == "fail"] == []
    assert doctor.returncode == 0
    assert (down.returncode, down.stdout) == (0, "Everything has stopped.\n")
    assert run("status").returncode == 1
