import pytest

from tests.api.people import People, Person
from tests.api.sources.asking import created
from tests.api.sources.conftest import admin, app, mariadb, mariadb_port, mysql, place, postgresql
from tests.core.sources.places import Place

__all__ = ["admin", "app", "mariadb", "mariadb_port", "mysql", "place", "postgresql"]


@pytest.fixture
def source(admin: Person, postgresql: Place) -> str:
    """The path of a data source."""
    return created(admin, postgresql)


@pytest.fixture
def analyst(people: People) -> Person:
    return people("analyst")
