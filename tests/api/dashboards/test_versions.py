"""F74: versions are kept, read, compared and restored."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, delete

from dataviz_pipelines.core.models.tables import Visualization as VisualizationRow
from tests.api.dashboards.boards import (
    API,
    BOARDS,
    CHARTS,
    COMPONENTS,
    THEMES,
    VISUALIZATIONS,
    Json,
    add,
    board,
    chart,
    grant,
    made,
    pointers,
    source,
)
from tests.api.people import People, Person
from tests.dropbox import template_document


def _versions(person: Person, path: str) -> list[Json]:
    items: list[Json] = made(person.http.get(f"{path}/versions"))["items"]
    return items


def _restore(person: Person, path: str, version: int, **headers: str) -> Any:
    return person.http.post(f"{path}/versions/{version}/restore", headers=headers)


def _changed_board(person: Person) -> str:
    """Version 1: as it was made. 2: one component. 3: it is wider. 4: another name."""
    dashboard = board(person, "Draft")
    component = made(add(person, dashboard, 0, 0, 4, 4))
    made(person.http.patch(f"{COMPONENTS}/{component['id']}", json={"width": 6}))
    path = f"{BOARDS}/{dashboard['id']}"
    made(person.http.patch(path, json={"name": "Final"}))
    return path


def test_f74_every_change_leaves_a_version_with_who_made_it(people: People) -> None:
    editor = people("editor")
    path = _changed_board(editor)
    found = _versions(editor, path)
    assert [(each["version"], each["created_by"]) for each in found] == [
        (number, str(editor.id)) for number in (4, 3, 2, 1)
    ]
    document = made(editor.http.get(f"{path}/versions/2"))["document"]
    assert (document["name"], document["components"][0]["width"]) == ("Draft", 4)


def test_versions_come_in_pages(people: People) -> None:
    editor = people("editor")
    path = _changed_board(editor)
    first = made(editor.http.get(f"{path}/versions", params={"limit": 3}))
    assert ([each["version"] for each in first["items"]], first["next_before"]) == ([4, 3, 2], 2)
    rest = made(editor.http.get(f"{path}/versions", params={"limit": 3, "before": 2}))
    assert ([each["version"] for each in rest["items"]], rest["next_before"]) == ([1], None)


def test_f74_two_versions_are_compared_value_by_value(people: People) -> None:
    editor = people("editor")
    path = _changed_board(editor)
    (component,) = made(editor.http.get(f"{path}/layout"))["positions"]
    assert made(editor.http.get(f"{path}/versions/2/diff/4"))["changes"] == [
        {"op": "replace", "path": "/name", "before": "Draft", "after": "Final"},
        {
            "op": "replace",
            "path": f"/components/{component['component_id']}/width",
            "before": 4,
            "after": 6,
        },
    ]
    assert made(editor.http.get(f"{path}/versions/3/diff/3"))["changes"] == []
    assert editor.http.get(f"{path}/versions/3/diff/9").status_code == 404


def test_f74_a_restored_dashboard_has_its_components_with_their_ids(people: People) -> None:
    editor = people("editor")
    path = _changed_board(editor)
    (before,) = made(editor.http.get(f"{path}/layout"))["positions"]
    assert editor.http.delete(f"{COMPONENTS}/{before['component_id']}").status_code == 204
    answer = _restore(editor, path, 2)
    assert (made(answer)["item"]["name"], answer.json()["warnings"]) == ("Draft", [])
    (after,) = made(editor.http.get(f"{path}/layout"))["positions"]
    assert after == {**before, "width": 4}
    assert answer.headers["etag"] == editor.http.get(path).headers["etag"]
    assert [each["version"] for each in _versions(editor, path)] == [6, 5, 4, 3, 2, 1]
    assert made(editor.http.get(f"{path}/versions/2/diff/6"))["changes"] == []


def test_f74_a_restore_takes_away_components_that_came_later(people: People) -> None:
    editor = people("editor")
    path = _changed_board(editor)
    made(_restore(editor, path, 1))
    assert made(editor.http.get(f"{path}/layout"))["positions"] == []


def test_f74_a_wider_grid_comes_back_with_what_lies_on_it(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor, layout_config={"columns": 24})
    path = f"{BOARDS}/{dashboard['id']}"
    component = made(add(editor, dashboard, 20, 0, 4, 4))
    made(editor.http.patch(f"{COMPONENTS}/{component['id']}", json={"position_x": 0}))
    made(editor.http.patch(path, json={"layout_config": {"columns": 12}}))
    made(_restore(editor, path, 2))
    found = made(editor.http.get(f"{path}/layout"))
    assert (found["columns"], found["positions"][0]["position_x"]) == (24, 20)
    made(_restore(editor, path, 4))
    assert made(editor.http.get(f"{path}/layout"))["columns"] == 12


def test_f73_a_restore_that_rests_on_an_old_state_is_refused(people: People) -> None:
    editor = people("editor")
    path = _changed_board(editor)
    etag = editor.http.get(path).headers["etag"]
    made(editor.http.patch(path, json={"name": "Other"}))
    assert _restore(editor, path, 1, **{"If-Match": etag}).status_code == 412
    assert made(editor.http.get(path))["name"] == "Other"


def test_f74_what_is_no_more_is_left_out_with_a_warning(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    theme, item = made(editor.post(THEMES, {"name": "Mine"})), chart(editor)
    dashboard = board(editor, theme_id=theme["id"])
    path = f"{BOARDS}/{dashboard['id']}"
    shown = {"component_type": "visualization", "visualization_id": item["id"]}
    made(add(editor, dashboard, 0, 0, 4, 4, **shown))
    made(editor.http.patch(path, json={"name": "Other", "theme_id": None}))
    assert editor.http.delete(f"{THEMES}/{theme['id']}").status_code == 204
    with app_engine.begin() as connection:
        connection.execute(delete(VisualizationRow).where(VisualizationRow.id == item["id"]))
    restored = made(_restore(editor, path, 2))
    assert restored["item"]["theme_id"] is None
    assert [warning.partition(" was left out")[0] for warning in restored["warnings"]] == [
        f"The theme {theme['id']}",
        f"The visualization {item['id']}",
    ]
    component = made(editor.http.get(COMPONENTS, params={"dashboard_id": dashboard["id"]}))
    assert component["items"][0]["visualization_id"] is None


def test_f74_a_restore_never_publishes(people: People) -> None:
    owner = people("super_admin")
    item = board(owner, "Open", is_public=True)
    path = f"{BOARDS}/{item['id']}"
    made(owner.http.patch(path, json={"is_public": False, "name": "Closed"}))
    restored = made(_restore(owner, path, 1))["item"]
    assert (restored["name"], restored["is_public"]) == ("Open", False)
    assert owner.http.delete(path).status_code == 204
    assert made(_restore(owner, path, 1))["item"]["is_public"] is False


def test_f74_a_version_that_does_not_fit_any_more_is_refused_with_the_place(people: People) -> None:
    editor = people("editor")
    kind = made(editor.post(CHARTS, {"name": "Dial", "chart_type": "dial", "config_schema": {}}))
    item = chart(editor, visualization_type="dial", chart_config={"needle": 1})
    path = f"{VISUALIZATIONS}/{item['id']}"
    made(editor.http.patch(path, json={"chart_config": {}}))
    schema = {"properties": {"needle": {"type": "string"}}}
    made(editor.http.patch(f"{CHARTS}/{kind['id']}", json={"config_schema": schema}))
    assert pointers(_restore(editor, path, 1)) == ["/chart_config/needle"]


def test_s33_a_history_is_for_those_who_may_edit(people: People, app_engine: Engine) -> None:
    owner, stranger, reader, writer = (people("editor") for _ in range(4))
    path = _changed_board(owner)
    grant(app_engine, reader, "dashboard", path.rpartition("/")[2], "view")
    grant(app_engine, writer, "dashboard", path.rpartition("/")[2], "edit")
    routes = ("versions", "versions/1", "versions/1/diff/2")
    for person, status in ((stranger, 404), (reader, 403), (writer, 200)):
        for route in routes:
            assert person.http.get(f"{path}/{route}").status_code == status
        assert _restore(person, path, 1).status_code == status


def test_f74_a_deleted_dashboard_comes_back_to_its_owner(people: People) -> None:
    editor, stranger, manager = people("editor"), people("editor"), people("super_admin")
    path = _changed_board(editor)
    (before,) = made(editor.http.get(f"{path}/layout"))["positions"]
    assert manager.http.delete(path).status_code == 204
    assert stranger.http.get(f"{path}/versions").status_code == 404
    assert _restore(stranger, path, 3).status_code == 404
    assert [each["version"] for each in _versions(editor, path)] == [4, 3, 2, 1]
    restored = made(_restore(manager, path, 3))["item"]
    assert (restored["name"], restored["created_by"]) == ("Draft", str(editor.id))
    assert made(editor.http.get(f"{path}/layout"))["positions"] == [before]
    assert _restore(manager, path, 4).status_code == 200


def test_s33_what_never_was_has_no_versions(people: People) -> None:
    assert people("super_admin").http.get(f"{BOARDS}/{uuid4()}/versions").status_code == 404


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("visualizations", {"chart_config": {"x": "month"}}),
        ("saved-queries", {"query_text": "SELECT 2"}),
        ("themes", {"color_palette": ["#000000"]}),
        ("upload-templates", {"description": "By month"}),
    ],
)
def test_f74_every_kind_that_has_versions_is_restored_deleted_or_not(
    people: People, app_engine: Engine, kind: str, patch: Json
) -> None:
    person = people("super_admin")
    path = f"{API}/{kind}/{_new(person, app_engine, kind)}"
    first = made(person.http.get(path))
    made(person.http.patch(path, json=patch))
    changes = made(person.http.get(f"{path}/versions/1/diff/2"))["changes"]
    (column,) = patch
    paths = {change["path"] for change in changes} - {"/version"}  # which templates have
    assert paths
    assert all(path.startswith(f"/{column}") for path in paths)
    assert made(_restore(person, path, 1))["item"][column] == first[column]
    assert person.http.delete(path).status_code == 204
    made(_restore(person, path, 2))
    again = made(person.http.get(path))
    assert again[column] != first[column]
    assert again["id"] == first["id"]


def _new(person: Person, engine: Engine, kind: str) -> str:
    bodies: dict[str, Json] = {
        "visualizations": {"name": "Sales", "visualization_type": "bar"},
        "saved-queries": {"name": "Q", "query_text": "SELECT 1"},
        "themes": {"name": "Paper", "color_palette": ["#ffffff"]},
        "upload-templates": template_document("Cities"),
    }
    body = bodies[kind]
    if kind == "saved-queries":
        body = {**body, "data_source_id": str(source(engine))}
    return str(made(person.post(f"{API}/{kind}", body))["id"])
