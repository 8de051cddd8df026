"""Dagster's default launcher asks nobody whether a started run is still alive.

When the code server is killed, its runs die with it (the supervisor sees to that) and would stay "started" for ever,
holding their slots in the queue. This launcher tells Dagster's run monitoring which runs the code server still has.
"""

import json
import os

from dagster import DagsterRun
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import deserialize_value

CODE_SERVER_PORT_VARIABLE = "DATAVIZ_CODE_SERVER_PORT"


class WatchedRunLauncher(DefaultRunLauncher):
    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """A code server that does not answer proves nothing: the run counts as alive until one does."""
        port = int(os.environ[CODE_SERVER_PORT_VARIABLE])
        if _launch_port(run) != port:
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its code server is gone")
        try:
            alive = _current_runs(port)
        except DagsterUserCodeUnreachableError:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "the code server does not answer")
        if run.run_id in alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its process is gone")


def _launch_port(run: DagsterRun) -> int | None:
    port: int | None = json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("port")
    return port


def _current_runs(port: int) -> list[str]:
    client = DagsterGrpcClient(host="127.0.0.1", port=port)
    result = deserialize_value(client.get_current_runs(), GetCurrentRunsResult)
    return list(result.current_runs)
