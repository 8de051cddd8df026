"""What people see who are not logged in, and what they never do."""

from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, delete, update

from api.schemas.access import PublicDashboard
from dataviz_pipelines.core.models.tables import (
    Dashboard,
    DashboardComponent,
    ResourcePermission,
    User,
    UserRole,
)
from tests.api.access.test_public_links import PUBLIC, opened
from tests.api.access.things import PREFIX, Things
from tests.api.people import People, Person


class Scene(NamedTuple):
    """Of an editor, with a visualization of theirs over a source and a query that are theirs too."""

    owner: Person
    board: UUID
    visualization: UUID
    source: UUID


@pytest.fixture
def scene(people: People, things: Things) -> Scene:
    things.show_public_dashboards()
    owner = people("editor")
    source = things.make("data_source", owner, name="Warehouse")
    query = things.make("saved_query", owner, name="Monthly", data_source_id=source)
    visualization = things.make(
        "visualization",
        owner,
        name="Revenue",
        data_source_id=source,
        query_config={"saved_query_id": str(query), "parameters": {"year": 2026}},
        chart_config={"x": "month"},
    )
    theme = things.make("theme", owner, name="Ours", css_variables={"--text": "#000000"})
    board = things.make("dashboard", owner, name="Sales", is_public=True, theme_id=theme)
    things.component(board, visualization, component_config={"title": "By month"})
    things.component(board, None, component_config={"text": "Hello"})
    return Scene(owner, board, visualization, source)


def shown(client: httpx.Client, key: object) -> dict[str, Any]:
    answer = client.get(f"{PUBLIC}/{key}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    PublicDashboard.model_validate(document)
    return document


def status(client: httpx.Client, key: object) -> int:
    return client.get(f"{PUBLIC}/{key}").status_code


def test_a_public_dashboard_is_shown_with_what_is_on_it_and_nothing_of_where_it_comes_from(
    client: httpx.Client, scene: Scene
) -> None:
    for key in (scene.board, opened(scene.owner, scene.board)["token"]):
        document = shown(client, key)
        drawn, text = document["components"]
        assert drawn["visualization"] == {
            "id": str(scene.visualization),
            "name": "Revenue",
            "visualization_type": "bar",
            "chart_config": {"x": "month"},
        }
        assert (text["visualization"], text["component_config"]["text"]) == (None, "Hello")
        assert document["theme"]["css_variables"] == {"--text": "#000000"}
        assert [each["component_id"] for each in document["mobile_layout"]["items"]] == [
            drawn["id"],
            text["id"],
        ]
        secrets = ("SELECT", "c2VjcmV0", "Warehouse", "Monthly", "year", "@example.com")
        assert [each for each in secrets if each in str(document)] == []
        names = set(document) | set(drawn) | set(drawn["visualization"])
        assert names.isdisjoint(
            {"query_config", "data_source_id", "created_by", "updated_by", "connection_config"}
        )


def test_a_dashboard_that_is_not_public_is_not_shown(
    client: httpx.Client, app_engine: Engine, scene: Scene
) -> None:
    assert status(client, scene.board) == 200
    with app_engine.begin() as connection:
        connection.execute(update(Dashboard).values(is_public=False))
    assert status(client, scene.board) == 404


def test_public_dashboards_are_shown_while_the_setting_is_on(
    client: httpx.Client, people: People, things: Things, scene: Scene
) -> None:
    things.show_public_dashboards(on=False)
    assert status(client, scene.board) == 404
    viewer = people("viewer")
    assert viewer.http.get(f"{PREFIX}/dashboards/{scene.board}").status_code == 200
    admin = people("admin")
    changed = admin.http.patch(
        f"{PREFIX}/settings/enable_public_dashboards", json={"setting_value": True}
    )
    assert changed.status_code == 200
    assert status(client, scene.board) == 200


def test_public_is_nothing_but_the_public_route(client: httpx.Client, scene: Scene) -> None:
    for path in ("", f"/{scene.board}", f"/{scene.board}/layout"):
        assert client.get(f"{PREFIX}/dashboards{path}").status_code == 401


def test_f82_what_the_publisher_may_see_no_more_is_not_shown_any_more(
    client: httpx.Client, people: People, things: Things, app_engine: Engine, scene: Scene
) -> None:
    other = people("editor")
    with app_engine.begin() as connection:
        for kind in ("visualizations", "data_sources", "saved_queries", "theme_library"):
            connection.exec_driver_sql(f"UPDATE {kind} SET created_by = '{other.id}'")
    for kind, thing in (("visualization", scene.visualization), ("data_source", scene.source)):
        assert shown(client, scene.board)["components"][0]["visualization"] is None
        things.grant(kind, thing, scene.owner)
    assert shown(client, scene.board)["components"][0]["visualization"] is None
    with app_engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE saved_queries SET created_by = '{scene.owner.id}'")
    document = shown(client, scene.board)
    assert document["components"][0]["visualization"]["name"] == "Revenue"
    assert document["theme"] is None
    with app_engine.begin() as connection:
        connection.execute(delete(ResourcePermission))
    assert shown(client, scene.board)["components"][0]["visualization"] is None


def test_a_link_works_for_as_long_as_its_maker_may_publish(
    client: httpx.Client, people: People, things: Things, app_engine: Engine, scene: Scene
) -> None:
    maker = people("editor")
    with app_engine.begin() as connection:
        connection.execute(delete(DashboardComponent))
    grant = things.grant("dashboard", scene.board, maker, "manage")
    link = opened(maker, scene.board)
    assert status(client, link["token"]) == 200
    with app_engine.begin() as connection:
        connection.execute(delete(ResourcePermission).where(ResourcePermission.id == grant))
    assert status(client, link["token"]) == 404


def test_s24_a_link_ends_with_the_role_and_with_the_account_of_who_made_it(
    client: httpx.Client, people: People, things: Things, app_engine: Engine, scene: Scene
) -> None:
    link = opened(scene.owner, scene.board)
    assert status(client, link["token"]) == 200
    with app_engine.begin() as connection:
        connection.execute(delete(UserRole).where(UserRole.user_id == scene.owner.id))
    assert status(client, link["token"]) == 404
    assert status(client, scene.board) == 404
    things.give(scene.owner, things.role("editor"))
    assert status(client, link["token"]) == 200
    things.disable(scene.owner)
    assert status(client, link["token"]) == 404
    assert status(client, scene.board) == 404
    admin = people("admin")
    taken_over = admin.post(f"{PREFIX}/public-links/{link['id']}/rotate")
    assert taken_over.json()["created_by"] == str(admin.id)
    assert status(client, taken_over.json()["token"]) == 200
    with app_engine.begin() as connection:
        connection.execute(update(User).values(is_active=True))
    assert status(client, link["token"]) == 404
