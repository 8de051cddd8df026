"""What a running `up` writes down about itself for `status`, `down` and a second `up`."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dataviz_pipelines.core.settings import DAGSTER_PATH, Settings
from dataviz_pipelines.local import processes
from dataviz_pipelines.local.child import Child
from dataviz_pipelines.local.ports import LOOPBACK
from dataviz_pipelines.local.processes import ProcessIdentity

LOCK_FILE = "up.lock"
_RECORD_FILE = "up.json"


@dataclass(frozen=True)
class ServiceRecord:
    name: str
    pid: int | None
    ready: bool
    failures: int

    @classmethod
    def of(cls, child: Child) -> "ServiceRecord":
        pid = None if child.process is None else child.process.pid
        return cls(child.service.name, pid, child.ready, child.failures)


@dataclass(frozen=True)
class UpRecord:
    """`pid` and `started` identify the supervisor."""

    pid: int
    started: int
    host: str
    api_port: int
    dagster_port: int
    services: tuple[ServiceRecord, ...] = ()

    @property
    def api_url(self) -> str:
        return f"http://{_in_url(self.host)}:{self.api_port}"

    @property
    def dagster_url(self) -> str:
        """For people: behind the API's log-in."""
        return f"{self.api_url}{DAGSTER_PATH}"

    @property
    def own_dagster_url(self) -> str:
        """For programs of this machine: without a log-in."""
        return f"http://{LOOPBACK}:{self.dagster_port}{DAGSTER_PATH}"

    @property
    def supervisor(self) -> ProcessIdentity:
        return ProcessIdentity(self.pid, self.started)

    @property
    def ready(self) -> bool:
        return bool(self.services) and all(service.ready for service in self.services)

    def with_children(self, children: Sequence[Child]) -> "UpRecord":
        return replace(self, services=tuple(map(ServiceRecord.of, children)))


def new_record(settings: Settings, *, api_port: int, dagster_port: int) -> UpRecord:
    own = processes.identify(os.getpid())
    assert own is not None  # noqa: S101  # we are running
    return UpRecord(own.pid, own.started, settings.host, api_port, dagster_port)


def write_record(settings: Settings, record: UpRecord) -> None:
    """Whole or not at all: somebody may read it at the same time."""
    fresh = settings.root / f".{_RECORD_FILE}.new"
    fresh.write_text(json.dumps(asdict(record)))
    fresh.rename(settings.root / _RECORD_FILE)


def remove_record(settings: Settings) -> None:
    (settings.root / _RECORD_FILE).unlink(missing_ok=True)


def read_record(settings: Settings) -> UpRecord | None:
    """None unless the supervisor that wrote it is alive."""
    try:
        values = json.loads((settings.root / _RECORD_FILE).read_text())
    except FileNotFoundError:
        return None
    services = tuple(ServiceRecord(**service) for service in values.pop("services"))
    record = UpRecord(**values, services=services)
    return record if processes.is_alive(record.supervisor) else None


def lock_file(settings: Settings) -> Path:
    return settings.root / LOCK_FILE


def _in_url(host: str) -> str:
    """A browser cannot open the address that means every address."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # compared, not bound
    return f"[{reachable}]" if ":" in reachable and not reachable.startswith("[") else reachable
