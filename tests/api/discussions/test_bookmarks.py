"""F81: bookmarks are found by their tags, and tell nothing of what became invisible."""

from sqlalchemy import Engine, text

from tests.api.dashboards.boards import API, board, grant, made
from tests.api.people import People, Person

BOOKMARKS = f"{API}/bookmarks"


def _bookmark(person: Person, dashboard_id: str, name: str, *tags: str) -> str:
    body = {"resource_type": "dashboard", "resource_id": dashboard_id, "bookmark_name": name}
    return str(made(person.post(BOOKMARKS, {**body, "tags": tags}))["id"])


def _found(person: Person, **asked: str) -> list[str]:
    page = made(person.http.get(BOOKMARKS, params={"sort": "bookmark_name", **asked}))
    return [each["bookmark_name"] for each in page["items"]]


def test_f81_bookmarks_are_found_by_one_of_their_tags(people: People) -> None:
    editor = people("editor")
    for name, tags in (("A", ["red", "big"]), ("B", ["red"]), ("C", ["reddish"])):
        _bookmark(editor, board(editor)["id"], name, *tags)
    assert _found(editor, tags="red") == ["A", "B"]
    assert _found(editor, tags="big") == ["A"]
    assert _found(editor, tags="re") == []
    assert _found(editor, tags="red", q="b") == ["B"]
    assert _found(people("editor"), tags="red") == []


def test_f81_s35_a_bookmark_shows_nothing_of_what_its_owner_sees_no_more(
    people: People, app_engine: Engine
) -> None:
    owner, reader = people("editor"), people("analyst")
    dashboard = board(owner, "Secret plans")
    grant(app_engine, reader, "dashboard", dashboard["id"])
    path = f"{BOOKMARKS}/{_bookmark(reader, dashboard['id'], 'Mine')}"
    asked = {"include": "resource"}
    assert made(reader.http.get(path, params=asked))["resource"] == {"name": "Secret plans"}
    with app_engine.begin() as connection:
        connection.execute(text("UPDATE resource_permissions SET expires_at = now()"))
    shown = reader.http.get(path, params=asked)
    assert (made(shown)["bookmark_name"], made(shown)["resource"]) == ("Mine", None)
    assert "Secret" not in shown.text
    assert made(reader.http.patch(path, json={"bookmark_name": "Old"}))["bookmark_name"] == "Old"
    assert reader.http.delete(path).status_code == 204
