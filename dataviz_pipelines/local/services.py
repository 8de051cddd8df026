"""The processes that make up the platform on one machine, beside its database."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dataviz_pipelines.core.db import dagster_url, database_urls
from dataviz_pipelines.core.settings import DAGSTER_PATH, DEFAULT_API_PORT, Settings
from dataviz_pipelines.local import probes
from dataviz_pipelines.local.folders import alive_file
from dataviz_pipelines.local.ports import LOOPBACK, choose_port

Probe = Callable[[datetime], bool]
_DAGSTER_PORT = 3000
_GRPC_SERVICE = "DagsterApi"


@dataclass(frozen=True)
class Service:
    """`arguments` follow the Python interpreter and are visible to every user of the machine.

    `ready` is told when the process was started. The service starts when all in `after` are ready.
    """

    name: str
    arguments: tuple[str, ...]
    ready: Probe
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ports:
    api: int
    dagster: int
    code_server: int


@dataclass(frozen=True)
class Modules:
    """What the code server and the API load; tests put small ones in their place."""

    definitions: str = "dataviz_pipelines.definitions"
    api: str = "api.app:create_app"
    protocol: str = "api.protocol:BoundedHeads"


def choose_ports(settings: Settings, *, reserve: Callable[[int], bool] = lambda _: True) -> Ports:
    """Raises PortBusyError when a port that was asked for is taken."""
    return Ports(
        api=choose_port(
            settings.api_port,
            DEFAULT_API_PORT,
            host=settings.host,
            purpose="the API",
            remedy="Stop what uses it, choose another with --api-port, or leave the choice to dataviz.",
            reserve=reserve,
        ),
        dagster=choose_port(
            settings.dagster_port,
            _DAGSTER_PORT,
            purpose="the Dagster UI",
            remedy="Stop what uses it, choose another with --dagster-port, or leave the choice to dataviz.",
            reserve=reserve,
        ),
        code_server=choose_port(None, None, purpose="the code server", remedy=""),
    )


def platform_services(
    settings: Settings, *, ports: Ports, workspace: Path, modules: Modules
) -> tuple[Service, ...]:
    host = settings.host
    return (
        Service(
            "code-server",
            (
                *("-m", "dagster", "api", "grpc", "--module-name", modules.definitions),
                *("--host", LOOPBACK, "--port", str(ports.code_server)),
                "--use-python-environment-entry-point",
            ),
            ready=lambda _: probes.grpc_serving(ports.code_server, service=_GRPC_SERVICE),
        ),
        Service(
            "api",
            (
                *("-m", "uvicorn", "--factory", modules.api, "--host", host),
                *("--port", str(ports.api), "--no-server-header", "--no-proxy-headers"),
                *("--workers", str(settings.api_workers), "--timeout-graceful-shutdown", "5"),
                *("--http", modules.protocol),
            ),
            ready=lambda _: probes.http_ok(host, ports.api, "/health/ready"),
        ),
        Service(
            "upload-worker",
            ("-m", "dataviz_pipelines.local.upload_worker"),
            ready=lambda since: probes.touched(alive_file(settings), since=since),
        ),
        Service(
            "dagster-webserver",
            (
                *("-m", "dataviz_pipelines.local.webserver"),
                *(str(workspace), str(ports.dagster)),
            ),
            ready=lambda _: probes.http_ok(LOOPBACK, ports.dagster, f"{DAGSTER_PATH}/server_info"),
            after=("code-server",),
        ),
        Service(
            "dagster-daemon",
            ("-m", "dagster._daemon", "run", "--workspace", str(workspace)),
            ready=lambda since: probes.daemons_beating(ports.dagster, since=since),
            after=("code-server",),
        ),
    )


def service_environment(
    settings: Settings, *, ports: Ports, log_mails: bool = False
) -> Mapping[str, str]:
    """Secrets travel here because other users of the machine cannot read a process's environment."""
    urls = database_urls(settings)
    return os.environ | {
        "DATAVIZ_HOME": str(settings.root),
        "DATAVIZ_DATABASE_URL": urls.owner.render_as_string(hide_password=False),
        "DATAVIZ_APP_DATABASE_URL": urls.app.render_as_string(hide_password=False),
        "DATAVIZ_DAGSTER_URL": dagster_url(urls.owner),
        "DATAVIZ_CODE_SERVER_PORT": str(ports.code_server),
        "DATAVIZ_API_PORT": str(ports.api),
        "DATAVIZ_DAGSTER_PORT": str(ports.dagster),
        "DATAVIZ_LOG_MAILS": str(log_mails or settings.log_mails),
        "DAGSTER_HOME": str(settings.dagster_home),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }
