"""F80: components keep to the grid and to themselves. F77: what a phone shows."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert

from dataviz_pipelines.core.models.tables import DashboardComponent
from tests.api.dashboards.boards import (
    BOARDS,
    COMPONENTS,
    Json,
    add,
    board,
    grant,
    made,
    place,
    pointers,
)
from tests.api.people import People


def _layout(dashboard: Json) -> str:
    return f"{BOARDS}/{dashboard['id']}/layout"


def test_f80_a_component_that_leaves_the_grid_is_refused(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor, layout_config={"columns": 6})
    answer = add(editor, dashboard, 4, 0, 3, 2)
    assert pointers(answer) == ["/position_x"]
    assert "column 7 of a grid of 6" in answer.json()["detail"]


def test_f80_components_that_overlap_are_refused_and_both_are_named(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    first = made(add(editor, dashboard, 0, 0, 6, 4, component_config={"title": "Notes"}))
    second = made(add(editor, dashboard, 6, 0, 6, 4))
    answer = add(editor, dashboard, 5, 3, 2, 2)
    assert "that is new and the text 'Notes' overlap" in answer.json()["detail"]
    moved = editor.http.patch(f"{COMPONENTS}/{second['id']}", json={"position_x": 3})
    assert pointers(moved) == ["/position_x"]
    assert second["id"] in moved.json()["detail"]
    stays = editor.http.patch(f"{COMPONENTS}/{first['id']}", json={"height": 8})
    assert stays.status_code == 200


def test_f80_a_container_holds_others(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    made(add(editor, dashboard, 0, 0, 6, 6, component_type="container"))
    made(add(editor, dashboard, 1, 1, 2, 2))
    assert add(editor, dashboard, 5, 1, 2, 2).status_code == 422


def test_f80_a_grid_does_not_become_narrower_than_what_lies_on_it(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    made(add(editor, dashboard, 8, 0, 4, 4))
    path = f"{BOARDS}/{dashboard['id']}"
    narrower = editor.http.patch(path, json={"layout_config": {"columns": 8}})
    assert pointers(narrower) == ["/layout_config/columns"]
    assert editor.http.patch(path, json={"layout_config": {"columns": 24}}).status_code == 200


def test_f80_a_dashboard_has_so_many_components_and_no_more(
    people: People, app_engine: Engine
) -> None:
    editor = people("editor")
    dashboard = board(editor, layout_config={"columns": 40})
    values = {"dashboard_id": UUID(dashboard["id"]), "component_type": "text"}
    rows = [{**values, **place(x, y, 1, 1)} for y in range(5) for x in range(40)]
    with app_engine.begin() as connection:
        connection.execute(insert(DashboardComponent), rows)
    assert "at most 200" in add(editor, dashboard, 0, 9, 1, 1).json()["detail"]


def test_f80_of_two_who_take_the_same_place_at_once_one_gets_it(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: add(editor, dashboard, n, 0, 8, 2), [0, 1] * 4))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7


def test_f80_all_components_are_moved_at_once(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    left = made(add(editor, dashboard, 0, 0, 6, 4))
    right = made(add(editor, dashboard, 6, 0, 6, 4))
    path = _layout(dashboard)
    before = editor.http.get(path)
    assert before.json() == {
        "columns": 12,
        "positions": [
            {"component_id": left["id"], **place(0, 0, 6, 4)},
            {"component_id": right["id"], **place(6, 0, 6, 4)},
        ],
    }
    swapped = [
        {"component_id": left["id"], **place(6, 0, 6, 4)},
        {"component_id": right["id"], **place(0, 0, 6, 4)},
    ]
    answer = editor.http.put(
        path, json={"positions": swapped}, headers={"If-Match": before.headers["etag"]}
    )
    assert made(answer)["positions"] == swapped
    assert made(editor.http.get(f"{COMPONENTS}/{left['id']}"))["position_x"] == 6
    assert editor.http.get(path).headers["etag"] == answer.headers["etag"]


def test_f80_a_layout_with_faults_changes_nothing(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    left = made(add(editor, dashboard, 0, 0, 6, 4))
    right = made(add(editor, dashboard, 6, 0, 6, 4))
    path, before = _layout(dashboard), editor.http.get(_layout(dashboard)).json()
    one = {"component_id": left["id"], **place(0, 0, 6, 4)}
    faulty = [
        ([one, {"component_id": right["id"], **place(3, 0, 6, 4)}], ["/positions/1"]),
        ([one, {"component_id": right["id"], **place(10, 0, 6, 4)}], ["/positions/1"]),
        ([one], ["/positions"]),
        ([one, one, {"component_id": right["id"], **place(6, 0, 6, 4)}], ["/positions"]),
        (
            [one, {"component_id": str(uuid4()), **place(6, 0, 6, 4)}],
            ["/positions/1/component_id", "/positions"],
        ),
    ]
    for positions, places in faulty:
        assert pointers(editor.http.put(path, json={"positions": positions})) == places
    assert editor.http.get(path).json() == before


def test_f73_a_layout_that_rests_on_an_old_one_is_refused(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    component = made(add(editor, dashboard, 0, 0, 6, 4))
    path = _layout(dashboard)
    etag = editor.http.get(path).headers["etag"]
    moved = editor.http.patch(f"{COMPONENTS}/{component['id']}", json={"position_y": 9})
    assert moved.status_code == 200
    positions = [{"component_id": component["id"], **place(1, 1, 1, 1)}]
    answer = editor.http.put(path, json={"positions": positions}, headers={"If-Match": etag})
    assert answer.status_code == 412
    assert made(editor.http.get(path))["positions"][0]["position_y"] == 9


def test_s33_a_layout_is_shown_and_changed_like_its_dashboard(
    people: People, app_engine: Engine
) -> None:
    owner, stranger, guest = people("editor"), people("editor"), people("viewer")
    dashboard = board(owner)
    grant(app_engine, guest, "dashboard", dashboard["id"])
    path = _layout(dashboard)
    assert stranger.http.get(path).status_code == 404
    assert stranger.http.put(path, json={"positions": []}).status_code == 404
    assert guest.http.get(path).status_code == 200
    assert guest.http.put(path, json={"positions": []}).status_code == 403
    assert stranger.http.get(f"{BOARDS}/{dashboard['id']}/mobile-layout").status_code == 404


def test_f77_a_phones_layout_is_derived_until_one_is_stored(people: People) -> None:
    editor = people("editor")
    dashboard = board(editor)
    below = made(add(editor, dashboard, 0, 4, 12, 2))
    above = made(add(editor, dashboard, 0, 0, 4, 4))
    path = f"{BOARDS}/{dashboard['id']}/mobile-layout"
    assert made(editor.http.get(path)) == {
        "derived": True,
        "items": [
            {"component_id": above["id"], "height": 4, "hidden": False},
            {"component_id": below["id"], "height": 6, "hidden": False},
        ],
    }
    stored = {"items": [{"component_id": below["id"], "height": 3, "hidden": True}]}
    made(editor.http.patch(f"{BOARDS}/{dashboard['id']}", json={"mobile_layout": stored}))
    assert made(editor.http.get(path)) == {
        "derived": False,
        "items": [
            {"component_id": below["id"], "height": 3, "hidden": True},
            {"component_id": above["id"], "height": 4, "hidden": False},
        ],
    }
