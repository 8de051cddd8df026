"""Idempotency-Key: what is sent twice happens once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select, text

from api.resources import RESOURCES
from dataviz_pipelines.core.models.tables import Dashboard, IdempotencyKey
from tests.api.crud.samples import PREFIX, Samples
from tests.api.crud.waiting import wait_for_a_blocked_request
from tests.api.people import People, Person

DASHBOARDS = "/api/v1/dashboards"


def _create(person: Person, key: str, **body: Any) -> httpx.Response:
    return person.post(DASHBOARDS, {"name": "Sales", **body}, headers={"Idempotency-Key": key})


def _dashboards(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(Dashboard)).scalar_one()


def test_the_same_request_again_is_answered_as_before(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    first, second = _create(editor, "a"), _create(editor, "a")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    for header in ("etag", "location", "content-type"):
        assert first.headers[header] == second.headers[header]
    assert ("idempotent-replay" in first.headers, second.headers["idempotent-replay"]) == (
        False,
        "true",
    )
    assert _dashboards(app_engine) == 1


def test_the_same_key_with_another_request_is_refused(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    _create(editor, "a")
    answer = _create(editor, "a", description="Another")
    assert (answer.status_code, answer.json()["type"]) == (
        422,
        "urn:dataviz:IdempotencyKeyReused",
    )
    assert _dashboards(app_engine) == 1


def test_a_key_is_its_persons_own(people: People, app_engine: Engine) -> None:
    mine, yours = _create(people("editor"), "a"), _create(people("editor"), "a")
    assert mine.json()["id"] != yours.json()["id"]
    assert _dashboards(app_engine) == 2


def test_a_refused_request_keeps_nothing(people: People) -> None:
    editor = people("editor")
    missing = "00000000-0000-7000-8000-00000000ffff"
    assert _create(editor, "a", theme_id=missing).status_code == 422
    assert _create(editor, "a").status_code == 201


def test_of_requests_at_once_one_has_an_effect(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _create(editor, "a"), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replay" not in answer.headers for answer in answers) == 1
    assert _dashboards(app_engine) == 1


def test_a_key_is_forgotten_after_a_day(people: People, app_engine: Engine) -> None:
    editor = people("editor")
    for key in ("a", "b"):
        _create(editor, key)
    with app_engine.begin() as connection:
        connection.execute(
            text("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
        )
    assert "idempotent-replay" not in _create(editor, "a", name="Costs").headers
    assert _create(editor, "a", name="Costs").headers["idempotent-replay"] == "true"
    with app_engine.connect() as connection:
        kept = connection.execute(select(IdempotencyKey.idempotency_key)).scalars().all()
    assert kept == ["a"]


def test_a_key_that_no_header_can_carry_safely_is_refused(people: People) -> None:
    editor = people("editor")
    for key in ("", "with space", "x" * 256):
        assert _create(editor, key).status_code == 422, key


def test_r3_an_answer_that_was_lost_is_given_again(people: People, owner_engine: Engine) -> None:
    """The sender is gone before the database has done what was asked for; it is done, and not done again."""
    editor = people("editor")
    with owner_engine.begin() as connection:
        connection.execute(text("LOCK TABLE dashboards IN SHARE MODE"))
        with _sent(editor, "a"):
            wait_for_a_blocked_request(owner_engine)
    again = _create(editor, "a")
    assert (again.status_code, again.headers["idempotent-replay"]) == (201, "true")
    assert _dashboards(owner_engine) == 1


@contextmanager
def _sent(person: Person, key: str) -> Iterator[None]:
    """The request of `_create`, of which nobody reads the answer."""
    url = person.http.base_url
    connection = HTTPConnection(url.host, url.port or 80)
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    body = person.http.build_request("POST", DASHBOARDS, json={"name": "Sales"}).content
    connection.request("POST", DASHBOARDS, body=body, headers=headers)
    yield
    connection.close()


def test_a_repeated_request_of_a_person_who_may_no_longer_do_it_is_refused(
    people: People, app_engine: Engine
) -> None:
    editor = people("editor")
    _create(editor, "a")
    with app_engine.begin() as connection:
        connection.execute(text("DELETE FROM user_roles"))
    assert _create(editor, "a").status_code == 403


def test_every_resource_that_can_be_created_takes_a_key(
    admin: Person, samples: Samples, subtests: pytest.Subtests
) -> None:
    for resource in RESOURCES:
        if resource.create is None:
            continue
        with subtests.test(resource.path):
            body = samples.body(resource.path)
            sent = [
                admin.post(
                    f"{PREFIX}/{resource.path}", body, headers={"Idempotency-Key": resource.path}
                )
                for _ in range(2)
            ]
            assert [answer.status_code for answer in sent] == [201, 201]
            assert sent[0].json() == sent[1].json()


def test_a_change_of_one_row_needs_no_key(people: People) -> None:
    """If-Match is what makes it safe to send again."""
    editor = people("editor")
    created = _create(editor, "a")
    path, tag = created.headers["location"], {"If-Match": created.headers["etag"]}
    sent = [editor.http.patch(path, json={"name": "Costs"}, headers=tag) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [200, 412]
