"""What every plain resource does, shown on dashboards."""

from uuid import uuid4

import httpx

from tests.api.people import People

DASHBOARDS = "/api/v1/dashboards"


def test_what_is_created_can_be_read_changed_and_deleted(people: People) -> None:
    editor = people("editor")
    created = editor.post(DASHBOARDS, {"name": "Sales", "filters_config": []})
    assert created.status_code == 201, created.text
    path = created.headers["location"]
    assert editor.http.get(path).json() == created.json()
    changed = editor.http.patch(path, json={"description": "By month"})
    assert (changed.status_code, changed.json()["description"]) == (200, "By month")
    assert changed.json()["updated_by"] == str(editor.id)
    assert editor.http.delete(path).status_code == 204
    assert editor.http.get(path).status_code == 404


def test_without_a_session_nobody_gets_in(client: httpx.Client) -> None:
    answer = client.get(DASHBOARDS)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "urn:dataviz:NotLoggedIn"


def test_a_change_that_rests_on_an_old_state_is_refused(people: People) -> None:
    editor = people("editor")
    created = editor.post(DASHBOARDS, {"name": "Sales"})
    path, etag = created.headers["location"], created.headers["etag"]
    first = editor.http.patch(path, json={"name": "A"}, headers={"If-Match": etag})
    second = editor.http.patch(path, json={"name": "B"}, headers={"If-Match": etag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert editor.http.delete(path, headers={"If-Match": etag}).status_code == 412
    assert editor.http.get(path).json()["name"] == "A"


def test_a_list_goes_on_where_its_page_ended(people: People) -> None:
    editor = people("editor")
    for number in range(5):
        editor.post(DASHBOARDS, {"name": f"Board {number}"})
    first = editor.http.get(
        DASHBOARDS, params={"limit": 3, "sort": "name", "count": "true", "q": "board"}
    ).json()
    assert [item["name"] for item in first["items"]] == ["Board 0", "Board 1", "Board 2"]
    assert first["total"] == 5
    rest = editor.http.get(
        DASHBOARDS,
        params={"limit": 3, "sort": "name", "q": "board", "cursor": first["next_cursor"]},
    ).json()
    assert [item["name"] for item in rest["items"]] == ["Board 3", "Board 4"]
    assert rest["next_cursor"] is None


def test_s33_s34_a_stranger_finds_and_counts_nothing(people: People) -> None:
    editor, stranger = people("editor"), people("editor")
    path = editor.post(DASHBOARDS, {"name": "Sales"}).headers["location"]
    assert stranger.http.get(path).status_code == 404
    assert stranger.http.patch(path, json={"name": "Mine"}).status_code == 404
    assert stranger.http.delete(path).status_code == 404
    page = stranger.http.get(DASHBOARDS, params={"count": "true"}).json()
    assert page == {"items": [], "next_cursor": None, "total": 0}


def test_s37_what_is_not_the_callers_to_set_is_refused(people: People) -> None:
    editor = people("editor")
    for field in ("id", "created_by", "is_admin"):
        answer = editor.post(DASHBOARDS, {"name": "Sales", field: str(uuid4())})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_s39_s40_lists_are_bounded_and_refuse_columns_that_are_not_listed(people: People) -> None:
    editor = people("editor")
    for parameters in (
        {"limit": 201},
        {"sort": "layout_config"},
        {"view_count": 1},
        {"cursor": "abc"},
        {"q": "a\0b"},
    ):
        assert editor.http.get(DASHBOARDS, params=parameters).status_code == 422, parameters


def test_a_role_that_may_only_view_is_refused_by_name(people: People) -> None:
    answer = people("viewer").post(DASHBOARDS, {"name": "Sales"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:dataviz:PermissionDenied")
    assert "dashboards:create" in answer.json()["detail"]
