"""`dataviz up` and `dataviz down`: the whole platform as processes of one machine."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from types import FrameType

from dataviz_pipelines.core.accounts.first_admin import FirstAdmin, ensure_first_admin
from dataviz_pipelines.core.db import database_urls
from dataviz_pipelines.core.ingestion.reading import check_xml_is_defused
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.schema.transaction import owner_transaction
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import locks, postgres, processes
from dataviz_pipelines.local.child import clear_leftovers
from dataviz_pipelines.local.cluster import Cluster
from dataviz_pipelines.local.dagster_home import write_dagster_home
from dataviz_pipelines.local.errors import AlreadyRunningError, ServiceStartError
from dataviz_pipelines.local.folders import make_private
from dataviz_pipelines.local.logs import rotate_logs
from dataviz_pipelines.local.ports import reserved
from dataviz_pipelines.local.record import (
    UpRecord,
    lock_file,
    new_record,
    read_record,
    remove_record,
    write_record,
)
from dataviz_pipelines.local.services import (
    Modules,
    choose_ports,
    platform_services,
    service_environment,
)
from dataviz_pipelines.local.supervisor import Supervisor

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DOWN_TIMEOUT_S = 90
_CHORES_EVERY_S = 2.0


@dataclass(frozen=True)
class Reports:
    """What the caller wants to hear: sentences on the way, and the record once everything answers. `meanwhile` is then
    called ten times a second, between two looks at the processes; it must return soon."""

    notify: Callable[[str], None]
    ready: Callable[[Settings, UpRecord, FirstAdmin | None], None]
    meanwhile: Callable[[], None] = lambda: None


def up(settings: Settings, *, reports: Reports, modules: Modules | None = None) -> None:
    """Runs until Ctrl-C, SIGTERM, SIGHUP or `down`, and leaves nothing running.

    Raises AlreadyRunningError, PortBusyError, ServerStartError, ServiceStartError, and ConfigurationError where workbooks could not
    be read safely.
    """
    check_xml_is_defused()
    make_private(settings.root)
    with locks.exclusive_or_none(lock_file(settings)) as lock, _stop_signals_interrupt():
        if lock is None:
            raise _already_running(settings)
        with suppress(KeyboardInterrupt):
            _run_platform(settings, reports, modules or Modules())
        reports.notify("Everything has stopped.")


def down(settings: Settings) -> bool:
    """Returns when all has stopped: True if something ran. Also ends what a killed `up` left behind."""
    record = read_record(settings)
    if record is not None:
        processes.send(record.supervisor, signal.SIGTERM)
        if not processes.wait_until_gone(record.supervisor, timeout_s=_DOWN_TIMEOUT_S):
            raise ServiceStartError(
                f"The supervisor (process {record.pid}) has not stopped after {_DOWN_TIMEOUT_S} s.",
                remedy=f"Look into the logs in {settings.logs}.",
            )
    if not settings.root.exists():
        return False
    left = clear_leftovers(settings.root)
    cluster = Cluster.of(settings)
    served = cluster.data.exists() and postgres.is_running(cluster)
    if cluster.data.exists():
        postgres.stop_if_unused(cluster)
    return record is not None or left > 0 or served


def _run_platform(settings: Settings, reports: Reports, modules: Modules) -> None:
    clear_leftovers(settings.root)
    with ExitStack() as held:
        ports = choose_ports(settings, reserve=lambda port: held.enter_context(reserved(port)))
        configured = held.enter_context(postgres.database(settings))
        reports.notify("PostgreSQL is ready.")
        set_up(configured)
        reports.notify("The schema is ready.")
        record = new_record(settings, api_port=ports.api, dagster_port=ports.dagster)
        workspace = write_dagster_home(settings, code_server_port=ports.code_server)
        supervisor = Supervisor(
            services=platform_services(settings, ports=ports, workspace=workspace, modules=modules),
            environment=service_environment(
                configured, ports=ports, log_mails=settings.database_url is None
            ),
            home=settings.root,
            logs=settings.logs,
            notify=reports.notify,
            changed=lambda children: write_record(settings, record.with_children(children)),
        )
        try:
            supervisor.start()
            running = record.with_children(supervisor.children)
            reports.ready(configured, running, _first_admin(configured))
            chores = partial(_do_chores, settings, reports)
            _watch(supervisor, chores=chores, meanwhile=reports.meanwhile)
        finally:
            supervisor.stop()
            remove_record(settings)


def _first_admin(settings: Settings) -> FirstAdmin | None:
    """As late as can be, so that the password is not lost with a start that fails."""
    with owner_transaction(database_urls(settings).owner) as connection:
        return ensure_first_admin(connection)


def _watch(
    supervisor: Supervisor, *, chores: Callable[[], None], meanwhile: Callable[[], None]
) -> None:
    next_chores = time.monotonic()
    while True:
        if time.monotonic() >= next_chores:
            chores()
            next_chores = time.monotonic() + _CHORES_EVERY_S
        supervisor.tick()
        meanwhile()
        time.sleep(supervisor.limits.poll_s)


def _do_chores(settings: Settings, reports: Reports) -> None:
    rotate_logs(settings.logs)
    if settings.database_url is None and postgres.revive(Cluster.of(settings)):
        reports.notify("PostgreSQL had ended; it has been started again.")


def _already_running(settings: Settings) -> AlreadyRunningError:
    record = read_record(settings)
    where = "and still starting or stopping" if record is None else f"at {record.api_url}"
    return AlreadyRunningError(
        f"The platform of {settings.root} is already running {where}.",
        remedy="`dataviz status` shows it, `dataviz down` stops it.",
    )


@contextmanager
def _stop_signals_interrupt() -> Iterator[None]:
    """The first of them raises KeyboardInterrupt; later ones wait for the stop that it began."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
