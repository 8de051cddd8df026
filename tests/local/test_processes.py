import os
import signal
import subprocess
import sys
from dataclasses import replace

from dataviz_pipelines.local.processes import identify, is_alive, send, wait_until_gone

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_live_process_is_itself_and_not_another_with_its_pid() -> None:
    own = identify(os.getpid())
    assert own is not None
    assert is_alive(own)
    assert not is_alive(replace(own, started=own.started - 1))


def test_a_zombie_counts_as_dead() -> None:
    child = subprocess.Popen(SLEEP)
    found = identify(child.pid)
    assert found is not None
    child.kill()
    assert wait_until_gone(found, timeout_s=5)
    assert child.wait() == -signal.SIGKILL


def test_a_signal_meant_for_a_dead_process_spares_the_one_that_has_its_pid_now() -> None:
    with subprocess.Popen(SLEEP) as child:
        found = identify(child.pid)
        assert found is not None
        send(replace(found, started=found.started - 1), signal.SIGKILL)
        assert child.poll() is None
        send(found, signal.SIGTERM)
        assert child.wait() == -signal.SIGTERM


def test_waiting_for_a_process_that_stays_gives_up() -> None:
    own = identify(os.getpid())
    assert own is not None
    assert not wait_until_gone(own, timeout_s=0.1)
