"""Many rows at once: all or none, each with its own permission."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, func, select

from api.resources import RESOURCES
from dataviz_pipelines.core.models.tables import AuditLog, Dashboard
from tests.api.crud.samples import PATCHES, PREFIX, Samples
from tests.api.crud.waiting import wait_for_a_blocked_request
from tests.api.dashboards.boards import BOARDS, board, grant, made, pointers
from tests.api.people import People, Person

IN_BULK = [resource for resource in RESOURCES if resource.in_bulk]
BULK = f"{BOARDS}/bulk"


def _update(row_id: str, changes: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"action": "update", "id": row_id, "changes": changes, **more}


def _delete(row_id: str, **more: str) -> dict[str, Any]:
    return {"action": "delete", "id": row_id, **more}


def _send(person: Person, *operations: dict[str, Any], **headers: str) -> httpx.Response:
    return person.post(BULK, {"operations": operations}, headers=headers)


def _names(person: Person) -> list[str]:
    return [
        each["name"] for each in made(person.http.get(BOARDS, params={"sort": "name"}))["items"]
    ]


def test_what_is_done_in_bulk_can_be_changed_and_deleted() -> None:
    assert len(IN_BULK) > 5
    assert all(resource.update and resource.can_delete for resource in IN_BULK)


def test_every_resource_in_bulk_is_changed_and_deleted_as_one_by_one(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in IN_BULK:
        with subtests.test(resource.path):
            path = f"{PREFIX}/{resource.path}"
            kept, gone = (str(samples.row(resource.path)) for _ in range(2))
            operations = [_update(kept, PATCHES[resource.path]), _delete(gone)]
            changed, deleted = made(admin.post(f"{path}/bulk", {"operations": operations}))["items"]
            shown = admin.http.get(f"{path}/{kept}")
            assert (changed["id"], changed["status"], changed["item"]) == (kept, 200, shown.json())
            assert changed["etag"] == shown.headers["etag"]
            assert deleted == {"id": gone, "status": 204, "etag": None, "item": None}
            assert admin.http.get(f"{path}/{gone}").status_code == 404


def test_s33_to_a_stranger_nothing_in_bulk_exists(
    people: People, samples: Samples, subtests: pytest.Subtests
) -> None:
    stranger = people("analyst")
    for resource in IN_BULK:
        with subtests.test(resource.path):
            row_id = str(samples.row(resource.path))
            for operation in (_update(row_id, PATCHES[resource.path]), _delete(row_id)):
                body = {"operations": [operation]}
                answer = stranger.post(f"{PREFIX}/{resource.path}/bulk", body)
                assert answer.json()["type"] == "urn:dataviz:BulkRefused"
                assert pointers(answer) == ["/operations/0"]


def test_all_that_is_refused_is_named_and_nothing_is_done(
    people: People, app_engine: Engine
) -> None:
    editor = people("editor")
    first, second, third = (board(editor, name)["id"] for name in "ABC")
    stale = {"if_match": '"0"'}
    missing = str(uuid4())
    with app_engine.connect() as connection:
        noted = connection.execute(select(func.count()).select_from(AuditLog)).scalar_one()
        answer = _send(
            editor,
            _update(first, {"name": "X"}),
            _update(second, {"name": "Y"}, **stale),
            _delete(third),
            _delete(missing),
        )
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:BulkRefused")
        assert pointers(answer) == ["/operations/1", "/operations/3"]
        assert _names(editor) == ["A", "B", "C"]
        again = connection.execute(select(func.count()).select_from(AuditLog)).scalar_one()
    assert again == noted


def test_s36_each_row_takes_its_own_permission(people: People, app_engine: Engine) -> None:
    owner, other = people("editor"), people("editor")
    seen, mine = board(owner, "Seen"), board(other, "Mine")
    grant(app_engine, other, "dashboard", seen["id"])
    for operation in (_update(seen["id"], {"name": "X"}), _delete(seen["id"])):
        answer = _send(other, _delete(mine["id"]), operation)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:dataviz:BulkDenied")
        assert answer.json()["errors"][0]["pointer"] == "/operations/1"
    assert _names(other) == ["Mine", "Seen"]
    with app_engine.connect() as connection:
        denied = select(func.count()).where(AuditLog.action_type == "access_denied")
        assert connection.execute(denied).scalar_one() == 2


def test_what_a_row_does_not_take_is_named_with_its_place(people: People) -> None:
    editor = people("editor")
    item = board(editor)
    answer = _send(editor, _update(item["id"], {"theme_id": str(uuid4())}))
    assert (answer.status_code, pointers(answer)) == (409, ["/operations/0/changes/theme_id"])


def test_s37_bodies_are_checked_as_those_of_single_rows(people: People) -> None:
    editor = people("editor")
    item = board(editor)
    for changes, place in (
        ({"created_by": None}, "/operations/0/changes/created_by"),
        ({"name": ""}, "/operations/0/changes/name"),
    ):
        assert pointers(_send(editor, _update(item["id"], changes))) == [place]
    assert _send(editor, {"action": "publish", "id": item["id"]}).status_code == 422
    assert _send(editor).status_code == 422


def test_s39_a_hundred_at_once_and_no_more(people: People) -> None:
    editor = people("editor")
    item = board(editor)
    many = [_update(item["id"], {"name": f"Name {number}"}) for number in range(101)]
    assert _send(editor, *many).status_code == 422
    assert len(made(_send(editor, *many[:100]))["items"]) == 100
    assert _names(editor) == ["Name 99"]


def test_f73_an_operation_rests_on_the_state_it_names(people: People) -> None:
    editor = people("editor")
    item = board(editor)
    tag = editor.http.get(f"{BOARDS}/{item['id']}").headers["etag"]
    (done,) = made(_send(editor, _update(item["id"], {"name": "X"}, if_match=tag)))["items"]
    assert _send(editor, _delete(item["id"], if_match=tag)).status_code == 409
    made(_send(editor, _delete(item["id"], if_match=done["etag"])))
    assert _names(editor) == []


def test_what_is_sent_again_with_its_key_is_done_once(people: People) -> None:
    editor = people("editor")
    item = board(editor)
    key = {"Idempotency-Key": "a"}
    first, second = (_send(editor, _delete(item["id"]), **key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotent-replay"] == "true"


def test_r18_rows_are_locked_in_one_order_so_that_nobody_waits_for_each_other(
    people: People, owner_engine: Engine
) -> None:
    """While the first by its id is another's, the second is free, whatever the order of the operations."""
    editor = people("editor")
    first, second = sorted(board(editor)["id"] for _ in range(2))
    lock = select(Dashboard.id).with_for_update(nowait=True)
    with ThreadPoolExecutor(1) as pool, owner_engine.connect() as one:
        one.execute(lock.where(Dashboard.id == first))
        answer = pool.submit(_send, editor, *(_delete(each) for each in (second, first)))
        wait_for_a_blocked_request(owner_engine)
        with owner_engine.connect() as other:
            assert other.execute(lock.where(Dashboard.id == second)).all()
        one.rollback()
        assert answer.result().status_code == 200
