"""What pages tell of the uses of dashboards."""

from uuid import uuid4

from tests.api.dashboards.boards import API, made
from tests.api.people import People

USES = f"{API}/dashboard-analytics"


def test_a_view_is_noted_and_counted(people: People) -> None:
    editor = people("editor")
    board = made(editor.post(f"{API}/dashboards", {"name": "Sales"}))
    path = f"{API}/dashboards/{board['id']}"
    tag = editor.http.get(path).headers["etag"]
    told = {"dashboard_id": board["id"], "action_type": "view", "duration_seconds": 7}
    answer = editor.post(USES, told)
    use = made(answer)
    assert told.items() <= use.items()
    assert use["user_id"] == str(editor.id)
    assert made(editor.http.get(answer.headers["location"]))["id"] == use["id"]
    assert editor.post(USES, {**told, "action_type": "filter"}).status_code == 201
    after = editor.http.get(path)
    assert after.json()["view_count"] == 1
    assert after.headers["etag"] == tag  # being looked at is no change


def test_s33_what_is_not_seen_cannot_be_used(people: People) -> None:
    board = made(people("editor").post(f"{API}/dashboards", {"name": "Secret"}))
    viewer = people("viewer")
    answers = [
        viewer.post(USES, {"dashboard_id": each, "action_type": "view"})
        for each in (board["id"], str(uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["errors"][0]["pointer"] == "/dashboard_id"


def test_s37_nobody_notes_uses_for_others(people: People) -> None:
    editor = people("editor")
    board = made(editor.post(f"{API}/dashboards", {"name": "Sales"}))
    told = {"dashboard_id": board["id"], "action_type": "view", "user_id": str(uuid4())}
    assert editor.post(USES, told).status_code == 422
