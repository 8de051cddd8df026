"""Dagster's webserver as the platform runs it, over a storage of its own and a code server that it starts itself."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from dataviz_pipelines.core.settings import DAGSTER_PATH
from tests.servers.processes import free_port, running

ROOT = Path(__file__).parents[2]
_SETTINGS = """
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator: {module: dagster._core.run_coordinator, class: DefaultRunCoordinator}
"""


@contextmanager
def dagster_ui(folder: Path) -> Iterator[str]:
    """The address of its UI on this machine."""
    (folder / "dagster.yaml").write_text(_SETTINGS)
    workspace = folder / "workspace.yaml"
    workspace.write_text("load_from: [{python_module: tests.servers.pipelines}]")
    port = free_port()
    address = f"http://127.0.0.1:{port}{DAGSTER_PATH}"
    command = [sys.executable, "-m", "dataviz_pipelines.local.webserver", str(workspace), str(port)]
    environment = {**os.environ, "DAGSTER_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    with running(
        command,
        log=folder / "webserver.log",
        answers=lambda: _answers(address),
        environment=environment,
        as_unprivileged=False,
    ):
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/server_info").status_code == 200
    except httpx.HTTPError:
        return False
