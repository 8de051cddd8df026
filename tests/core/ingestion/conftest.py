"""A bench for each test that loads files into a real table."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion import service
from dataviz_pipelines.core.ingestion.context import Ingestion
from tests.core.ingestion.loads import Bench


@pytest.fixture
def bench(app_engine: Engine, owner_engine: Engine, tmp_path: Path) -> Bench:
    folder = tmp_path / "claimed"
    folder.mkdir()
    return Bench(Ingestion(app_engine, tmp_path / "rejects"), owner_engine, folder)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once; there are as many as ever."""
    monkeypatch.setattr(service, "PAUSES_S", (0.0,) * len(service.PAUSES_S))
