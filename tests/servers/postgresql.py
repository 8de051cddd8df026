"""A PostgreSQL of a test's own, which may be killed, stopped and filled."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dataviz_pipelines.local import postgres, processes
from dataviz_pipelines.local.cluster import Cluster, ServerAddress


@dataclass(frozen=True)
class OwnServer:
    cluster: Cluster
    address: ServerAddress
    folder: Path

    def kill(self) -> None:
        """All its processes at once, as when the machine's power goes."""
        data = self.cluster.data.resolve()
        found = [pid for pid in processes.all_pids() if processes.working_directory(pid) == data]
        assert postgres.server_pid(self.cluster) in found
        for process in filter(None, map(processes.identify, found)):
            os.kill(process.pid, signal.SIGKILL)
            assert processes.wait_until_gone(process, timeout_s=30)

    def behead(self) -> None:
        """Only the process that the others belong to; a busy session goes on for a while."""
        pid = postgres.server_pid(self.cluster)
        assert pid is not None
        found = processes.identify(pid)
        assert found is not None
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_until_gone(found, timeout_s=30)

    def stop(self) -> None:
        postgres.stop(self.cluster)

    def revive(self) -> None:
        assert postgres.revive(self.cluster)


@contextmanager
def own_server(folder: Path, **options: str) -> Iterator[OwnServer]:
    """`options` are added to the platform's configuration of its server."""
    home = folder / "server"
    cluster = Cluster(
        directory=home / "postgres",
        password_file=home / "keys" / "owner.password",
        log_file=home / "logs" / "postgres.log",
        options={"shared_buffers": "16MB", **options},
    )
    try:
        yield OwnServer(cluster, postgres.start(cluster), folder)
    finally:
        postgres.stop(cluster)
