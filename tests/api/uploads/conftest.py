from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.api.uploads.sending import add_template
from tests.dropbox import DropBox
from tests.servers.workers import working


@pytest.fixture
def worker(database_settings: Settings) -> Iterator[None]:
    with working(database_settings):
        yield


@pytest.fixture
def orders(app_engine: Engine) -> str:
    """The id of the template `orders`, which keeps the upload's id in each row."""
    return add_template(app_engine)


@pytest.fixture
def uploader(people: People, orders: str) -> Person:  # noqa: ARG001  # it is there when the person sends
    return people("uploader")


@pytest.fixture
def box(database_settings: Settings, app_engine: Engine) -> DropBox:
    """The same home as files are dropped into it, and what is in the tables."""
    return DropBox(database_settings.model_copy(update={"inbox_settle_s": 0.0}), app_engine)
