"""What runs, as far as another process can tell."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dataviz_pipelines.core.settings import DAGSTER_PATH, Settings
from dataviz_pipelines.local import postgres, probes, processes
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.errors import ServerPasswordError
from dataviz_pipelines.local.ports import LOOPBACK
from dataviz_pipelines.local.record import ServiceRecord, UpRecord, read_record


@dataclass(frozen=True)
class ServiceStatus:
    """`state` is ready, starting or stopped; `restarts` counts those since it last ran steadily."""

    name: str
    pid: int | None
    state: str
    restarts: int


@dataclass(frozen=True)
class PlatformStatus:
    """`record` is None when no `up` runs; `ready` means that everything answered just now."""

    home: Path
    record: UpRecord | None
    ready: bool
    services: tuple[ServiceStatus, ...]

    def document(self) -> dict[str, Any]:
        record = self.record
        return {
            "home": str(self.home),
            "running": record is not None,
            "ready": self.ready,
            "pid": None if record is None else record.pid,
            "api_url": None if record is None else record.api_url,
            "dagster_url": None if record is None else record.own_dagster_url,
            "services": [asdict(service) for service in self.services],
        }


def platform_status(settings: Settings) -> PlatformStatus:
    record = read_record(settings)
    if record is None:
        return PlatformStatus(settings.root, None, ready=False, services=())
    services = (*_database(settings), *map(_service, record.services))
    ready = bool(record.services) and all(service.state == "ready" for service in services)
    return PlatformStatus(settings.root, record, ready and _answers(record), services)


def _service(record: ServiceRecord) -> ServiceStatus:
    alive = record.pid is not None and processes.identify(record.pid) is not None
    state = "ready" if alive and record.ready else "starting" if alive else "stopped"
    return ServiceStatus(record.name, record.pid if alive else None, state, record.failures)


def _database(settings: Settings) -> tuple[ServiceStatus, ...]:
    """Nothing when the database is not ours to run."""
    if settings.database_url is not None:
        return ()
    cluster = Cluster.of(settings)
    try:
        running = postgres.is_running(cluster)
    except ServerPasswordError:
        running = False
    pid = postgres.server_pid(cluster)
    return (ServiceStatus("postgresql", pid, "ready" if running else "stopped", 0),)


def _answers(record: UpRecord) -> bool:
    return probes.http_ok(record.host, record.api_port, "/health/ready") and probes.http_ok(
        LOOPBACK, record.dagster_port, f"{DAGSTER_PATH}/server_info"
    )
