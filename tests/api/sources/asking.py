"""What is asked of data sources."""

from typing import Any, Final

from sqlalchemy import Engine, insert, text

from dataviz_pipelines.core.models.tables import ResourcePermission
from tests.api.people import Person
from tests.core.sources.places import Place

SOURCES: Final = "/api/v1/data-sources"


def created(person: Person, place: Place, name: str = "Shop", **changes: Any) -> str:
    """The path of a new data source."""
    body = {"name": name, "connection": place.document(**changes)}
    answer = person.post(SOURCES, body)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def kept(engine: Engine, path: str, columns: str) -> Any:
    """What the database holds of it."""
    with engine.connect() as connection:
        return connection.execute(
            text(f"SELECT {columns} FROM data_sources WHERE id = :id"),
            {"id": path.rpartition("/")[2]},
        ).one()


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [each["pointer"] for each in answer.json()["errors"]]


def share(engine: Engine, path: str, person: Person, level: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(ResourcePermission).values(
                resource_type="data_source",
                resource_id=path.rpartition("/")[2],
                principal_type="user",
                principal_id=person.id,
                permission_type=level,
            )
        )
