"""Nothing names a thing that was deleted: no key of the database can see to that where a type and an id name it."""

from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import (
    AuditLog,
    Base,
    Bookmark,
    ChangeImpact,
    Comment,
    DiscoveryRun,
    PublicLink,
    ResourcePermission,
    ResourceVersion,
    Role,
    User,
)
from dataviz_pipelines.core.security.rows import KINDS

TEMPLATE: Final[dict[str, Any]] = {
    "file_format": "csv",
    "validation_rules": {"columns": [{"name": "city"}]},
    "destination_config": {"table": "cities"},
}
SOURCE: Final = {"connection_type": "postgresql", "connection_config": {}}
NEEDED: Final[dict[ResourceType, dict[str, Any]]] = {
    ResourceType.DASHBOARD: {},
    ResourceType.VISUALIZATION: {"visualization_type": "bar"},
    ResourceType.SAVED_QUERY: {"query_text": "SELECT 1"},
    ResourceType.DATA_SOURCE: SOURCE,
    ResourceType.UPLOAD_TEMPLATE: TEMPLATE,
    ResourceType.SCHEDULER_JOB: {"job_type": "maintenance"},
    ResourceType.THEME: {},
    ResourceType.CHART: {"chart_type": "odd"},
}
ATTACHED: Final = (Bookmark, ChangeImpact, Comment, ResourcePermission)
KEPT: Final = {AuditLog.__tablename__, ResourceVersion.__tablename__}
"""What happened stays, and versions bring back what was deleted."""


@pytest.fixture
def person(owner_engine: Engine) -> UUID:
    with owner_engine.begin() as connection:
        return _insert(connection, User, email="ada@example.org")


def _insert(connection: Connection, model: Any, **values: Any) -> UUID:
    made: UUID = connection.execute(insert(model).values(values).returning(model.id)).scalar_one()
    return made


def _make(connection: Connection, kind: ResourceType) -> UUID:
    table = Base.metadata.tables[KINDS[kind].table]
    values = {"name": f"A {kind.value}", **NEEDED[kind]}
    if kind == ResourceType.SAVED_QUERY:
        values["data_source_id"] = _source(connection, "Of the query")
    made: UUID = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    return made


def _source(connection: Connection, name: str) -> UUID:
    source = Base.metadata.tables["data_sources"]
    made: UUID = connection.execute(
        insert(source).values(name=name, **SOURCE).returning(source.c.id)
    ).scalar_one()
    return made


def _attach(connection: Connection, kind: ResourceType, row_id: UUID, person: UUID) -> None:
    named = {"resource_type": kind.value, "resource_id": row_id}
    _insert(connection, Bookmark, user_id=person, bookmark_name="Mine", **named)
    _insert(connection, Comment, comment_text="Good", **named)
    grant = {"principal_type": "user", "principal_id": person, "permission_type": "view"}
    _insert(connection, ResourcePermission, **grant, **named)
    run = _insert(connection, DiscoveryRun, data_source_id=_source(connection, f"Of {kind}"))
    impact = {"effect": "unknown", "reason": "It cannot be read."}
    _insert(connection, ChangeImpact, discovery_run_id=run, **impact, **named)


def _attached(connection: Connection, row_id: UUID) -> list[int]:
    return [
        len(connection.execute(select(model.id).where(model.resource_id == row_id)).all())
        for model in ATTACHED
    ]


def test_every_table_that_names_a_thing_by_type_and_id_is_looked_at() -> None:
    naming = {
        name
        for name, table in Base.metadata.tables.items()
        if {"resource_type", "resource_id"} <= set(table.columns.keys())
    }
    assert naming == {model.__tablename__ for model in ATTACHED} | KEPT


def test_what_people_attached_goes_with_a_thing_of_any_kind_and_with_nothing_else(
    app_engine: Engine, person: UUID, subtests: pytest.Subtests
) -> None:
    for kind in ResourceType:
        with subtests.test(kind.value), app_engine.connect() as connection:
            row_id = _make(connection, kind)
            other = ResourceType.THEME if kind != ResourceType.THEME else ResourceType.CHART
            _attach(connection, kind, row_id, person)
            _attach(connection, other, row_id, person)
            table = Base.metadata.tables[KINDS[kind].table]
            connection.execute(delete(table).where(table.c.id == row_id))
            assert _attached(connection, row_id) == [1, 1, 1, 1]
            for model in ATTACHED:
                left = select(model.resource_type).where(model.resource_id == row_id)
                assert connection.execute(left).scalars().all() == [other.value]


def test_the_links_of_a_dashboard_go_with_it(app_engine: Engine) -> None:
    with app_engine.begin() as connection:
        dashboard = _make(connection, ResourceType.DASHBOARD)
        link = {"name": "For all", "token_prefix": "dvl_", "token_hash": "0"}
        _insert(connection, PublicLink, dashboard_id=dashboard, **link)
        table = Base.metadata.tables["dashboards"]
        connection.execute(delete(table).where(table.c.id == dashboard))
        assert connection.execute(select(PublicLink.id)).all() == []


@pytest.mark.parametrize("principal", ["user", "role"])
def test_grants_go_with_whom_they_are_for(
    owner_engine: Engine, person: UUID, principal: str
) -> None:
    with owner_engine.begin() as connection:
        dashboard = _make(connection, ResourceType.DASHBOARD)
        principal_id = person if principal == "user" else _insert(connection, Role, name="Guests")
        for each in ("user", "role"):
            grant = {"principal_type": each, "principal_id": principal_id}
            thing = {"resource_type": "dashboard", "resource_id": dashboard}
            _insert(connection, ResourcePermission, permission_type="view", **grant, **thing)
        model = User if principal == "user" else Role
        connection.execute(delete(model).where(model.id == principal_id))
        left = connection.execute(select(ResourcePermission.principal_type)).scalars().all()
        assert left == ["role" if principal == "user" else "user"]
