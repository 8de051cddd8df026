"""A second installation: another database, another application."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, make_url

from api.app import create_app
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.settings import Settings
from tests import store
from tests.api.people import People
from tests.api.serving import serving
from tests.conftest import Template


@pytest.fixture
def other_settings(template: Template, server_url: str, tmp_path: Path) -> Iterator[Settings]:
    name = f"dataviz_test_{uuid4().hex[:12]}"
    store.create_database(server_url, name, template=template.database)
    home = tmp_path / "other"
    shutil.copytree(template.home, home)
    urls = (make_url(url).set(database=name) for url in (server_url, template.app_url))
    owner, app = (SecretStr(url.render_as_string(hide_password=False)) for url in urls)
    yield Settings(home=home, database_url=owner, app_database_url=app)
    store.drop_database(server_url, name)


@pytest.fixture
def other_engine(other_settings: Settings) -> Iterator[Engine]:
    url = database_urls(other_settings).app
    engine = create_database_engine(url, application_name="test elsewhere")
    yield engine
    engine.dispose()


@pytest.fixture
def other_people(other_settings: Settings, other_engine: Engine) -> Iterator[People]:
    with serving(create_app(other_settings)) as client:
        made = People(other_engine, client.base_url)
        yield made
        made.close()
