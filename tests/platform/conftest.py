from collections.abc import Iterator

import pytest

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import postgres
from tests.platform.running import RunningPlatform, dataviz_up


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """One platform for all tests here, and no longer; each of them has a template of its own."""
    home = tmp_path_factory.mktemp("platform") / "home"
    with dataviz_up(home), postgres.database(Settings(home=home)) as settings:
        engine = create_database_engine(database_urls(settings).owner, application_name="test")
        yield RunningPlatform(settings, engine)
        engine.dispose()
