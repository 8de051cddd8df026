"""F81: what people say about a thing is for those who may see it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text

from dataviz_pipelines.core.models.tables import ResourcePermission
from tests.api.dashboards.boards import BOARDS, board, chart, grant, made, pointers
from tests.api.discussions.threads import COMMENTS, answered, said, write
from tests.api.people import People, Person


def _path(comment: dict[str, Any]) -> str:
    return f"{COMMENTS}/{comment['id']}"


def _texts(person: Person, resource_id: str) -> list[str]:
    page = made(person.http.get(COMMENTS, params={"resource_id": resource_id}))
    return [each["comment_text"] for each in page["items"]]


@pytest.fixture
def owner(people: People) -> Person:
    return people("editor")


@pytest.fixture
def reader(people: People) -> Person:
    return people("analyst")


@pytest.fixture
def shared(owner: Person, reader: Person, app_engine: Engine) -> str:
    """The id of a dashboard that the reader may see."""
    dashboard_id: str = board(owner)["id"]
    grant(app_engine, reader, "dashboard", dashboard_id)
    return dashboard_id


def test_f81_a_thread_is_read_in_the_order_in_which_it_was_written(
    owner: Person, reader: Person, shared: str
) -> None:
    first = said(reader, shared, "Why is June so low?")
    reply = answered(owner, first, "A holiday.")
    answered(reader, reply, "Thanks.")
    assert _texts(owner, shared) == ["Why is June so low?", "A holiday.", "Thanks."]
    assert reply["parent_comment_id"] == first["id"]
    shown = made(owner.http.get(_path(first), params={"include": "author,resource"}))
    assert (shown["author"]["id"], shown["resource"]) == (str(reader.id), {"name": "Sales"})


def test_s33_s34_to_who_does_not_see_the_thing_its_comments_do_not_exist(
    people: People, owner: Person, shared: str
) -> None:
    stranger, comment = people("editor"), said(owner, shared, "Why?")
    for path, method in (
        (_path(comment), "GET"),
        (_path(comment), "DELETE"),
        (f"{_path(comment)}/resolve", "POST"),
        (f"{_path(comment)}/reopen", "POST"),
    ):
        assert stranger.http.request(method, path).status_code == 404
    patch = {"comment_text": "Mine"}
    assert stranger.http.patch(_path(comment), json=patch).status_code == 404
    page = made(stranger.http.get(COMMENTS, params={"count": "true"}))
    assert (page["items"], page["total"]) == ([], 0)
    assert pointers(write(stranger, shared, "Hello")) == ["/resource_id"]


def test_s35_comments_end_with_the_grant(
    owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    mine = said(reader, shared, "Why?")
    with app_engine.begin() as connection:
        connection.execute(text("UPDATE resource_permissions SET expires_at = now()"))
    assert reader.http.get(_path(mine)).status_code == 404
    assert reader.http.patch(_path(mine), json={"comment_text": "?"}).status_code == 404
    assert _texts(reader, shared) == []
    with app_engine.begin() as connection:
        connection.execute(delete(ResourcePermission))
    assert _texts(owner, shared) == ["Why?"]


def test_f81_whom_a_thing_is_shared_with_reads_along_without_the_permission(
    people: People, owner: Person, shared: str, app_engine: Engine
) -> None:
    uploader, comment = people("uploader"), said(owner, shared, "Why?")
    assert uploader.http.get(_path(comment)).status_code == 404
    grant(app_engine, uploader, "dashboard", shared)
    assert uploader.http.get(_path(comment)).status_code == 200
    assert write(uploader, shared, "Hello").status_code == 403


def test_f81_a_reply_stays_with_what_its_thread_is_about(
    owner: Person, reader: Person, shared: str
) -> None:
    comment, other = said(reader, shared, "Why?"), board(owner, "Other")
    parent = {"parent_comment_id": comment["id"]}
    assert pointers(write(owner, other["id"], "Because", **parent)) == ["/parent_comment_id"]
    item = chart(owner)
    about = {"resource_type": "visualization", **parent}
    assert pointers(write(owner, item["id"], "Because", **about)) == ["/parent_comment_id"]
    hidden = said(owner, other["id"], "Secret")
    assert pointers(write(reader, shared, "?", parent_comment_id=hidden["id"])) == [
        "/parent_comment_id"
    ]


def test_f81_only_its_author_changes_a_comment(owner: Person, reader: Person, shared: str) -> None:
    comment = said(reader, shared, "Why?")
    patch = {"comment_text": "Why so low?"}
    assert owner.http.patch(_path(comment), json=patch).status_code == 403
    assert made(reader.http.patch(_path(comment), json=patch))["comment_text"] == "Why so low?"
    for field in ("is_resolved", "resource_id", "parent_comment_id", "created_by"):
        refused = reader.http.patch(_path(comment), json={field: None})
        assert pointers(refused) == [f"/{field}"]


def test_f73_a_comment_that_changed_meanwhile_is_neither_changed_nor_deleted(
    reader: Person, shared: str
) -> None:
    comment = said(reader, shared, "Why?")
    tag = {"If-Match": reader.http.get(_path(comment)).headers["etag"]}
    patch = {"comment_text": "Why so low?"}
    assert reader.http.patch(_path(comment), json=patch, headers=tag).status_code == 200
    assert reader.http.patch(_path(comment), json=patch, headers=tag).status_code == 412
    assert reader.http.delete(_path(comment), headers=tag).status_code == 412


def test_f81_a_thread_is_resolved_by_its_author_by_the_owner_and_by_an_editor_of_the_thing(
    people: People, owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    writer, another = people("analyst"), people("analyst")
    grant(app_engine, writer, "dashboard", shared, "edit")
    grant(app_engine, another, "dashboard", shared)
    comment = said(reader, shared, "Why?")
    for person in (reader, owner, writer):
        resolved = made(person.post(f"{_path(comment)}/resolve"))
        assert (resolved["is_resolved"], resolved["resolved_by"]) == (True, str(person.id))
        reopened = made(person.post(f"{_path(comment)}/reopen"))
        assert (reopened["is_resolved"], reopened["resolved_by"]) == (False, None)
    assert another.post(f"{_path(comment)}/resolve").status_code == 403


def test_f81_resolving_twice_keeps_who_did_it_first(
    owner: Person, reader: Person, shared: str
) -> None:
    comment = said(reader, shared, "Why?")
    first = made(owner.post(f"{_path(comment)}/resolve"))
    assert made(reader.post(f"{_path(comment)}/resolve")) == first


def test_f81_a_reply_is_not_resolved_by_itself(owner: Person, shared: str) -> None:
    reply = answered(owner, said(owner, shared, "Why?"), "A holiday.")
    assert owner.post(f"{_path(reply)}/resolve").status_code == 422


def test_f81_a_deleted_comment_that_has_replies_leaves_its_place(
    owner: Person, reader: Person, shared: str
) -> None:
    comment = said(reader, shared, "A secret")
    reply = answered(owner, comment, "What?")
    assert reader.http.delete(_path(comment)).status_code == 204
    left = made(owner.http.get(_path(comment)))
    assert (left["comment_text"], left["deleted_at"] is None) == ("(deleted)", False)
    assert _texts(owner, shared) == ["(deleted)", "What?"]
    assert reader.http.patch(_path(comment), json={"comment_text": "?"}).status_code == 403
    assert reader.http.delete(_path(comment)).status_code == 403
    assert owner.http.delete(_path(reply)).status_code == 204
    assert _texts(owner, shared) == []


def test_f81_others_comments_are_deleted_by_who_moderates_what_they_may_edit(
    people: People, owner: Person, reader: Person, shared: str, app_engine: Engine
) -> None:
    editor, analyst = people("editor"), people("analyst")
    grant(app_engine, editor, "dashboard", shared)
    grant(app_engine, analyst, "dashboard", shared, "edit")
    comment = said(reader, shared, "Why?")
    assert editor.http.delete(_path(comment)).status_code == 403
    assert analyst.http.delete(_path(comment)).status_code == 403
    assert owner.http.delete(_path(comment)).status_code == 204


def test_f81_a_reply_that_comes_while_its_comment_is_deleted_is_kept_or_refused(
    owner: Person, reader: Person, shared: str
) -> None:
    """Never is a reply that was accepted lost."""
    for _ in range(10):
        comment = said(reader, shared, "Why?")
        parent = {"parent_comment_id": comment["id"]}
        with ThreadPoolExecutor(2) as pool:
            reply = pool.submit(write, owner, shared, "A holiday.", **parent)
            gone = pool.submit(reader.http.delete, _path(comment))
        assert gone.result().status_code == 204
        if reply.result().status_code == 201:
            assert owner.http.get(_path(reply.result().json())).status_code == 200
            assert made(owner.http.get(_path(comment)))["comment_text"] == "(deleted)"
        else:
            assert reply.result().status_code == 422
            assert owner.http.get(_path(comment)).status_code == 404


def test_f81_comments_go_with_what_they_are_about(owner: Person, shared: str) -> None:
    comment = said(owner, shared, "Why?")
    assert owner.http.delete(f"{BOARDS}/{shared}").status_code == 204
    assert owner.http.get(_path(comment)).status_code == 404


def test_f81_a_comment_that_is_sent_again_is_written_once(owner: Person, shared: str) -> None:
    body = {"resource_type": "dashboard", "resource_id": shared, "comment_text": "Why?"}
    for _ in range(2):
        made(owner.post(COMMENTS, body, headers={"Idempotency-Key": "a"}))
    assert _texts(owner, shared) == ["Why?"]


def test_f81_a_comment_says_something(owner: Person, shared: str) -> None:
    for empty in ("", "  \n", "x" * 10_001, "a\0b"):
        assert pointers(write(owner, shared, empty)) == ["/comment_text"]
