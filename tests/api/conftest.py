from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from tests.api.people import People
from tests.api.serving import serving


@pytest.fixture
def app(database_settings: Settings) -> FastAPI:
    return create_app(database_settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as made:
        yield made


@pytest.fixture
def people(client: httpx.Client, app_engine: Engine) -> Iterator[People]:
    made = People(app_engine, client.base_url)
    yield made
    made.close()
