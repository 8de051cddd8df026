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
