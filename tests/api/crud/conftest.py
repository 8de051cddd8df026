import pytest
from sqlalchemy import Engine

from tests.api.crud.samples import Samples
from tests.api.people import People, Person


@pytest.fixture
def admin(people: People) -> Person:
    return people("super_admin")


@pytest.fixture
def samples(app_engine: Engine, admin: Person) -> Samples:
    return Samples(app_engine, admin)
