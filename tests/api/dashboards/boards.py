"""Dashboards with something on them, made over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Engine, insert

from dataviz_pipelines.core.models.tables import DataSource, ResourcePermission
from tests.api.people import Person

API = "/api/v1"
BOARDS = f"{API}/dashboards"
COMPONENTS = f"{API}/dashboard-components"
VISUALIZATIONS = f"{API}/visualizations"
THEMES = f"{API}/themes"
CHARTS = f"{API}/charts"
QUERIES = f"{API}/saved-queries"

Json = dict[str, Any]


def made(answer: httpx.Response) -> Any:
    """What a request made, or had already."""
    assert answer.is_success, answer.text
    return answer.json()


def board(person: Person, name: str = "Sales", **values: Any) -> Json:
    return made(person.post(BOARDS, {"name": name, **values}))


def place(x: int, y: int, width: int, height: int) -> Json:
    return {"position_x": x, "position_y": y, "width": width, "height": height}


def add(
    person: Person, dashboard: Json, x: int, y: int, width: int, height: int, **values: Any
) -> httpx.Response:
    """A text, unless `values` say otherwise."""
    body = {"dashboard_id": dashboard["id"], "component_type": "text", **place(x, y, width, height)}
    return person.post(COMPONENTS, {**body, **values})


def chart(person: Person, name: str = "By month", **values: Any) -> Json:
    return made(person.post(VISUALIZATIONS, {"name": name, "visualization_type": "bar", **values}))


def pointers(answer: httpx.Response) -> list[str]:
    """Where the faults of a refused body are."""
    assert answer.status_code in (409, 422), answer.text
    return [each["pointer"] for each in answer.json()["errors"]]


def source(engine: Engine, name: str = "Shop", **values: Any) -> UUID:
    row = {
        "id": uuid4(),
        "name": name,
        "connection_type": "postgresql",
        "connection_config": {"key_id": "1", "nonce": "", "ciphertext": "c2VjcmV0"},
        **values,
    }
    with engine.begin() as connection:
        connection.execute(insert(DataSource).values(row))
    return UUID(str(row["id"]))


def grant(engine: Engine, person: Person, kind: str, resource_id: str, level: str = "view") -> None:
    row = {
        "resource_type": kind,
        "resource_id": UUID(resource_id),
        "principal_type": "user",
        "principal_id": person.id,
        "permission_type": level,
    }
    with engine.begin() as connection:
        connection.execute(insert(ResourcePermission).values(row))
