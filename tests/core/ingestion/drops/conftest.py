import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.settings import Settings
from tests.dropbox import DropBox


@pytest.fixture
def box(database_settings: Settings, app_engine: Engine) -> DropBox:
    """With the template `orders`; files are complete as soon as nobody writes them."""
    box = DropBox(database_settings.model_copy(update={"inbox_settle_s": 0.0}), app_engine)
    box.add_template()
    return box
