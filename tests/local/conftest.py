import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataviz_pipelines.local import postgres
from dataviz_pipelines.local.cluster import Cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A server of its own that has not been started yet; only what it may lose differs from a real one."""
    home = tmp_path / "home"
    made = Cluster(
        directory=home / "postgres",
        password_file=home / "keys" / "postgres_owner.password",
        log_file=home / "logs" / "postgres.log",
        options={"shared_buffers": "16MB"},
    )
    yield made
    postgres.stop(made)


@pytest.fixture(autouse=True)
def _children_can_be_ended() -> Iterator[None]:
    """Dagster gives SIGTERM what SIGINT has. In a shell's background that is to be ignored, and children inherit it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
