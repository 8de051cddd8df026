from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from tests.servers.dagster_ui import dagster_ui


@pytest.fixture(scope="session")
def dagster_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dagster_ui(tmp_path_factory.mktemp("dagster")) as address:
        yield address


@pytest.fixture
def app(database_settings: Settings, dagster_address: str) -> FastAPI:
    port = urlsplit(dagster_address).port
    return create_app(database_settings.model_copy(update={"dagster_port": port}))
