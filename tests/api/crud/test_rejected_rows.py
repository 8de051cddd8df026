"""The rows of an upload that were refused, in the order of the file."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert

from dataviz_pipelines.core.models.tables import RejectedRow, UploadHistory, UploadTemplate
from tests.api.crud.samples import PREFIX, TEMPLATE, Samples
from tests.api.dashboards.boards import grant, made
from tests.api.people import People, Person

ERROR = {"column": "amount", "rule": "type", "message": "It is not a number.", "value": "x"}


def _reject(engine: Engine, upload_id: UUID, *lines: int) -> None:
    rows = [
        {"upload_id": upload_id, "line_number": line, "errors": [ERROR], "raw": ["Berlin", "x"]}
        for line in lines
    ]
    with engine.begin() as connection:
        connection.execute(insert(RejectedRow), rows)


def _path(upload_id: object) -> str:
    return f"{PREFIX}/uploads/{upload_id}/rejects"


def _lines(person: Person, upload_id: UUID, **asked: Any) -> list[int]:
    items = made(person.http.get(_path(upload_id), params=asked))["items"]
    return [each["line_number"] for each in items]


@pytest.fixture
def upload_id(samples: Samples, app_engine: Engine) -> UUID:
    found, other = samples.row("uploads"), samples.row("uploads")
    _reject(app_engine, found, 30, 2, 10)
    _reject(app_engine, other, 7)
    return found


def test_f27_rejected_rows_come_as_they_stood_with_their_reasons(
    admin: Person, upload_id: UUID
) -> None:
    page = made(admin.http.get(_path(upload_id), params={"count": "true"}))
    assert page["total"] == 3
    first = page["items"][0]
    assert (first["upload_id"], first["line_number"]) == (str(upload_id), 2)
    assert (first["errors"], first["raw"]) == ([ERROR], ["Berlin", "x"])


def test_rejected_rows_are_read_page_by_page_in_the_order_of_the_file(
    admin: Person, upload_id: UUID
) -> None:
    assert _lines(admin, upload_id) == [2, 10, 30]
    assert _lines(admin, upload_id, sort="-line_number") == [30, 10, 2]
    page = made(admin.http.get(_path(upload_id), params={"limit": 2}))
    assert _lines(admin, upload_id, cursor=page["next_cursor"]) == [30]


def test_s33_rejected_rows_are_for_those_who_may_see_the_upload(
    people: People, admin: Person, app_engine: Engine
) -> None:
    uploader, stranger = people("uploader"), people("uploader")
    template, upload = uuid4(), uuid4()
    with app_engine.begin() as connection:
        row = {"id": template, "name": "Cities", "is_active": False, **TEMPLATE}
        connection.execute(insert(UploadTemplate).values(created_by=admin.id, **row))
        history = {"template_id": template, "file_name": "a.csv", "file_size_bytes": 1}
        connection.execute(
            insert(UploadHistory).values(id=upload, source="api", created_by=uploader.id, **history)
        )
    _reject(app_engine, upload, 2)
    for person, status in ((uploader, 200), (admin, 200), (stranger, 404)):
        assert person.http.get(_path(upload)).status_code == status
    grant(app_engine, stranger, "upload_template", str(template))
    assert stranger.http.get(_path(upload)).status_code == 404
    grant(app_engine, stranger, "upload_template", str(template), "edit")
    assert _lines(stranger, upload) == [2]


def test_s33_rejected_rows_of_what_is_not_there(admin: Person) -> None:
    assert admin.http.get(_path(uuid4())).status_code == 404
    assert admin.http.get(_path("x")).status_code == 422


def test_s39_s40_the_list_is_bounded_and_refuses_what_it_does_not_offer(
    admin: Person, upload_id: UUID
) -> None:
    for asked in ({"limit": 201}, {"sort": "raw"}, {"upload_id": str(uuid4())}, {"cursor": "x"}):
        assert admin.http.get(_path(upload_id), params=asked).status_code == 422, asked
