import pytest
from sqlalchemy import Engine

from tests.api.access.things import Things
from tests.api.people import People, Person


@pytest.fixture
def admin(people: People) -> Person:
    return people("super_admin")


@pytest.fixture
def things(app_engine: Engine) -> Things:
    return Things(app_engine)
