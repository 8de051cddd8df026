from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.scheduling.job_types import Scheduling
from dataviz_pipelines.core.settings import Settings
from tests.core.scheduling.given import Calls, Jobs, web_server


@pytest.fixture
def jobs(database_settings: Settings, app_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Nothing is given back because a busy machine is slow."""
    monkeypatch.setattr("dataviz_pipelines.core.scheduling.running.PATIENCE_S", 600.0)
    settings = database_settings.model_copy(update={"allowed_networks": "127.0.0.1"})
    return Jobs.over(Scheduling(app_engine, settings, RUNNERS))


@pytest.fixture
def calls() -> Iterator[Calls]:
    with web_server() as made:
        yield made
