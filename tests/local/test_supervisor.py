"""The supervisor over small real processes, which say that they are ready by making a file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dataviz_pipelines.local import processes
from dataviz_pipelines.local.child import HOME_MARK, Child, clear_leftovers
from dataviz_pipelines.local.errors import ServiceStartError
from dataviz_pipelines.local.services import Service
from dataviz_pipelines.local.supervisor import Limits, Supervisor

SERVE = "import pathlib, time; pathlib.Path('{name}.ready').touch(); time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVE
FORK = (
    "import subprocess, sys, pathlib; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "pathlib.Path('grandchild').write_text(str(child.pid)); " + SERVE
)
FAST = Limits(backoff_s=(0.05, 0.05), start_s=20, stop_s=5, poll_s=0.02)
Make = Callable[..., Supervisor]


def service(home: Path, name: str, *, code: str = SERVE, after: tuple[str, ...] = ()) -> Service:
    return Service(
        name,
        ("-c", code.format(name=name)),
        ready=lambda _: (home / f"{name}.ready").exists(),
        after=after,
    )


class Heard(list[str]):
    """What the supervisor said."""


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def make(tmp_path: Path, heard: Heard) -> Iterator[Make]:
    made: list[Supervisor] = []

    def factory(*services: Service, limits: Limits = FAST) -> Supervisor:
        supervisor = Supervisor(
            services=services,
            environment=os.environ,
            home=tmp_path,
            logs=tmp_path / "logs",
            notify=heard.append,
            limits=limits,
        )
        made.append(supervisor)
        return supervisor

    yield factory
    for supervisor in made:
        supervisor.stop()


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def tick_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        supervisor.tick()
        time.sleep(0.02)


def test_start_returns_when_every_service_is_ready(
    make: Make, tmp_path: Path, heard: Heard
) -> None:
    supervisor = make(service(tmp_path, "one"), service(tmp_path, "two"))
    supervisor.start()
    assert all(child.ready for child in supervisor.children)
    assert sorted(sentence.split()[0] for sentence in heard) == ["one", "two"]


def test_a_service_waits_for_those_it_needs(make: Make, tmp_path: Path) -> None:
    supervisor = make(service(tmp_path, "late", after=("first",)), service(tmp_path, "first"))
    supervisor.tick()
    late, first = supervisor.children
    assert late.process is None
    assert first.process is not None
    supervisor.start()
    assert late.started is not None
    assert first.started is not None
    assert late.started > first.started


def test_a_service_that_is_killed_is_started_again(
    make: Make, tmp_path: Path, heard: Heard
) -> None:
    supervisor = make(service(tmp_path, "one"))
    supervisor.start()
    (child,) = supervisor.children
    before = pid_of(child)
    os.kill(before, signal.SIGKILL)
    (tmp_path / "one.ready").unlink()
    tick_until(supervisor, lambda: not child.ready)
    tick_until(supervisor, lambda: child.ready)
    assert pid_of(child) != before
    assert "one ended (signal 9); restart 1 of 2 in 0.05 s." in heard


def test_a_service_that_keeps_dying_is_given_up_after_its_restarts(
    make: Make, tmp_path: Path
) -> None:
    supervisor = make(service(tmp_path, "one"))
    supervisor.start()
    (child,) = supervisor.children
    for _ in range(2):
        os.kill(pid_of(child), signal.SIGKILL)
        tick_until(supervisor, lambda: not child.ready)
        tick_until(supervisor, lambda: child.ready)
    os.kill(pid_of(child), signal.SIGKILL)
    with pytest.raises(ServiceStartError, match=r"one ended again \(signal 9\) after 2 restarts"):
        tick_until(supervisor, lambda: False)


def test_failures_are_forgotten_after_a_steady_while(make: Make, tmp_path: Path) -> None:
    supervisor = make(service(tmp_path, "one"), limits=Limits(backoff_s=(0.05,), steady_s=0.1))
    supervisor.start()
    (child,) = supervisor.children
    os.kill(pid_of(child), signal.SIGKILL)
    tick_until(supervisor, lambda: child.failures == 1)
    tick_until(supervisor, lambda: child.ready and child.failures == 0)


def test_a_service_that_cannot_start_is_reported_with_the_end_of_its_log(
    make: Make, tmp_path: Path
) -> None:
    supervisor = make(service(tmp_path, "one", code="raise SystemExit('no module named x')"))
    with pytest.raises(ServiceStartError) as caught:
        supervisor.start()
    assert "one ended while starting (exit code 1): no module named x" in str(caught.value)
    assert str(tmp_path / "logs" / "one.log") in str(caught.value)


def test_a_service_that_never_answers_is_named(make: Make, tmp_path: Path) -> None:
    silent = Service("silent", ("-c", "import time; time.sleep(600)"), ready=lambda _: False)
    supervisor = make(
        service(tmp_path, "one"), silent, limits=Limits(start_s=1.5, stop_s=5, poll_s=0.02)
    )
    with pytest.raises(ServiceStartError, match=r"Not ready after .*: silent\."):
        supervisor.start()


def test_stop_ends_those_that_need_others_first(make: Make, tmp_path: Path) -> None:
    say = "import signal, sys, time, pathlib; pathlib.Path('{name}.ready').touch(); "
    note = (
        say + "signal.signal(signal.SIGTERM, lambda *_: ("
        "open('order', 'a').write('{name} '), sys.exit(0))); time.sleep(600)"
    )
    supervisor = make(
        service(tmp_path, "base", code=note), service(tmp_path, "top", code=note, after=("base",))
    )
    supervisor.start()
    supervisor.stop()
    assert (tmp_path / "order").read_text() == "top base "


def test_a_service_that_ignores_the_request_to_stop_is_killed(make: Make, tmp_path: Path) -> None:
    supervisor = make(service(tmp_path, "one", code=DEAF), limits=Limits(stop_s=0.3, poll_s=0.02))
    supervisor.start()
    identity = supervisor.children[0].identity
    assert identity is not None
    supervisor.stop()
    assert not processes.is_alive(identity)


def test_what_a_service_started_ends_with_it(make: Make, tmp_path: Path) -> None:
    supervisor = make(service(tmp_path, "one", code=FORK))
    supervisor.start()
    grandchild = processes.identify(int((tmp_path / "grandchild").read_text()))
    assert grandchild is not None
    supervisor.stop()
    assert not processes.is_alive(grandchild)


def test_a_stopped_supervisor_can_be_stopped_again(make: Make, tmp_path: Path) -> None:
    supervisor = make(service(tmp_path, "one"))
    supervisor.start()
    supervisor.stop()
    supervisor.stop()
    assert supervisor.children[0].process is None


def test_services_can_be_interrupted_although_the_supervisor_ignores_that(
    make: Make, tmp_path: Path
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        supervisor = make(service(tmp_path, "one"))
        supervisor.start()
    finally:
        signal.signal(signal.SIGINT, before)
    (child,) = supervisor.children
    assert child.process is not None
    child.process.send_signal(signal.SIGINT)
    assert child.process.wait(10) == -signal.SIGINT


def test_leftovers_of_a_home_are_found_by_their_mark_and_those_of_others_are_spared(
    tmp_path: Path,
) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    ours = subprocess.Popen(
        sleep, env={**os.environ, HOME_MARK: str(tmp_path)}, start_new_session=True
    )
    theirs = subprocess.Popen(sleep, env={**os.environ, HOME_MARK: f"{tmp_path}-other"})
    try:
        assert clear_leftovers(tmp_path) == 1
        assert ours.wait(5) == -signal.SIGKILL
        assert theirs.poll() is None
        assert clear_leftovers(tmp_path) == 0
    finally:
        theirs.kill()
        theirs.wait()


ORPHANING = """
import os, sys, time
from pathlib import Path
from dataviz_pipelines.local.services import Service
from dataviz_pipelines.local.supervisor import Supervisor
home = Path(sys.argv[1])
code = "import pathlib, time; pathlib.Path('one.ready').touch(); time.sleep(600)"
services = [Service("one", ("-c", code), ready=lambda _: (home / "one.ready").exists())]
supervisor = Supervisor(services, os.environ, home, home / "logs", notify=lambda _: None)
supervisor.start()
print(supervisor.children[0].process.pid, flush=True)
time.sleep(600)
"""


def test_services_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        child = processes.identify(int(supervisor.stdout.readline()))
        assert child is not None
        supervisor.kill()
    assert processes.wait_until_gone(child, timeout_s=5)


def test_the_log_is_readable_by_its_owner_only_and_goes_on_after_a_restart(
    make: Make, tmp_path: Path
) -> None:
    supervisor = make(service(tmp_path, "one", code="print('hello', flush=True); " + SERVE))
    supervisor.start()
    (child,) = supervisor.children
    os.kill(pid_of(child), signal.SIGKILL)
    (tmp_path / "one.ready").unlink()
    tick_until(supervisor, lambda: not child.ready)
    tick_until(supervisor, lambda: child.ready)
    assert child.log_file.read_text() == "hello\nhello\n"
    assert child.log_file.stat().st_mode & 0o777 == 0o600
