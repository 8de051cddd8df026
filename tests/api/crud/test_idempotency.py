"""Idempotency-Key: what is sent twice happens once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from sqlalchemy import Engine, func, select, text

from dataviz_pipelines.core.models.tables import Dashboard, IdempotencyKey
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
