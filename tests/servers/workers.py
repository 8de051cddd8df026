"""Processes of the platform as its supervisor starts them, over a test's own database and home."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import Drops
from dataviz_pipelines.core.ingestion.uploading.store import wake_workers
from dataviz_pipelines.core.ingestion.uploading.working import Worker
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.folders import alive_file, make_private
from dataviz_pipelines.local.upload_worker import POOL_SIZE
from tests.servers.processes import free_port

PATIENCE_S = 60
Process = subprocess.Popen[bytes]


def until(condition: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> Any:
    """What the condition answers when it is first met."""
    deadline = time.monotonic() + patience_s
    while not (met := condition()):
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.02)
    return met


@contextmanager
def upload_worker(settings: Settings) -> Iterator[Process]:
    """Ready when it has looked for work."""
    alive_file(settings).unlink(missing_ok=True)
    with _running(["-m", "dataviz_pipelines.local.upload_worker"], settings) as process:
        until(lambda: alive_file(settings).exists() or _has_ended(process))
        yield process


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """The worker in a thread of the test's process: where nothing is killed, a process would only take longer to start."""
    engine = create_database_engine(
        database_urls(settings).app, application_name="upload worker", pool_size=POOL_SIZE
    )
    make_private(settings.received)
    looked = threading.Event()
    worker = Worker(Drops(Ingestion.of(engine, settings), settings), beat=looked.set)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert looked.wait(PATIENCE_S)
        yield
    finally:
        worker.stop()
        with engine.begin() as connection:
            wake_workers(connection)
        thread.join()
        engine.dispose()


@contextmanager
def api_server(settings: Settings) -> Iterator[tuple[Process, httpx.URL]]:
    port = free_port()
    url = httpx.URL(f"http://127.0.0.1:{port}")
    options = ["--host", "127.0.0.1", "--port", str(port), "--timeout-graceful-shutdown", "5"]
    options += ["--http", "api.protocol:BoundedHeads"]
    command = ["-m", "uvicorn", "--factory", "api.app:create_app", *options]
    with _running(command, settings) as process:
        until(lambda: _answers(url) or _has_ended(process))
        yield process, url


@contextmanager
def _running(arguments: list[str], settings: Settings) -> Iterator[Process]:
    process = subprocess.Popen([sys.executable, *arguments], env=environment(settings))
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def environment(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    assert settings.app_database_url is not None
    return os.environ | {
        "DATAVIZ_HOME": str(settings.root),
        "DATAVIZ_DATABASE_URL": settings.database_url.get_secret_value(),
        "DATAVIZ_APP_DATABASE_URL": settings.app_database_url.get_secret_value(),
    }


def _answers(url: httpx.URL) -> bool:
    try:
        return httpx.get(url.join("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


def _has_ended(process: Process) -> bool:
    assert process.poll() is None, "it ended while starting"
    return False
