import pytest
from sqlalchemy import Engine

from tests.core.analytics.logs import Logs


@pytest.fixture
def logs(app_engine: Engine) -> Logs:
    return Logs(app_engine)
