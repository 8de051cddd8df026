"""Templates that load into a data source: who may save them, and what becomes of what is sent."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from tests.api.access.things import Things
from tests.api.people import People, Person
from tests.api.uploads.sending import GOOD, MIXED, act, sent
from tests.core.ingestion.mariadb_loads import PASSWORD, SCHEMA, uploads_database
from tests.dropbox import template_document
from tests.servers.mariadb import MariaDB, mariadb, mariadb_port
from tests.servers.workers import working

__all__ = ["mariadb", "mariadb_port"]

TEMPLATES = "/api/v1/upload-templates"
SOURCES = "/api/v1/data-sources"


@pytest.fixture
def settings(database_settings: Settings) -> Settings:
    return database_settings.model_copy(update={"allowed_networks": "127.0.0.1"})


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def warehouse(mariadb: MariaDB) -> Iterator[dict[str, Any]]:
    """How it is connected."""
    with uploads_database(mariadb) as user:
        yield {
            "connection_type": "mysql",
            "host": "127.0.0.1",
            "port": mariadb.port,
            "database": SCHEMA,
            "user": user,
            "password": PASSWORD,
            "tls_mode": "disable",
        }


@pytest.fixture
def admin(people: People) -> Person:
    return people("admin")


def add_source(person: Person, connection: dict[str, Any], name: str = "Warehouse") -> str:
    answer = person.post(SOURCES, {"name": name, "connection": connection})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def document(source: str | None, **changes: Any) -> dict[str, Any]:
    destination = {"table": "orders", "upload_id_column": "upload_id", "data_source": source}
    return template_document(
        **{"destination_type": "mysql", "destination_config": destination, **changes}
    )


def faults(person: Person, body: dict[str, Any]) -> dict[str, str]:
    answer = person.post(TEMPLATES, body)
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["message"] for each in answer.json()["errors"]}


PLACE = "/destination_config/data_source"
SERVER = {"connection_type": "mysql", "host": "db.example.com", "database": "d", "user": "u"}


def test_a_template_names_a_data_source_by_name_and_keeps_its_id(admin: Person) -> None:
    source_id = add_source(admin, SERVER)
    answer = admin.post(TEMPLATES, document("Warehouse"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["destination_config"]["data_source"] == source_id
    assert admin.post(TEMPLATES, document(source_id, name="others")).status_code == 201


def test_a_data_source_that_cannot_be_is_named(admin: Person) -> None:
    assert "is missing" in faults(admin, document(None))[PLACE]
    assert "there is no data source 'Nowhere'" in faults(admin, document("Nowhere"))[PLACE]
    add_source(admin, SERVER | {"connection_type": "postgresql"}, "Other")
    assert "is a data source of postgresql" in faults(admin, document("Other"))[PLACE]
    found = faults(admin, document("Other", destination_type="postgresql"))
    assert "the platform's own database" in found[PLACE]
    source_id = add_source(admin, SERVER)
    assert admin.http.patch(f"{SOURCES}/{source_id}", json={"is_active": False}).status_code == 200
    assert "is disabled" in faults(admin, document("Warehouse"))[PLACE]


def test_only_who_may_edit_a_data_source_can_save_a_template_that_loads_into_it(
    people: People, admin: Person, app_engine: Engine
) -> None:
    things, editor = Things(app_engine), people("editor")
    source_id = add_source(admin, SERVER)
    template = things.make("upload_template")
    things.grant("upload_template", template, editor, "edit")
    path = f"{TEMPLATES}/{template}"
    assert editor.http.patch(path, json={"description": "mine"}).status_code == 200
    moved = {
        "destination_type": "mysql",
        "destination_config": {"table": "t", "data_source": source_id},
    }
    unseen = editor.http.patch(path, json=moved)
    assert (unseen.status_code, unseen.json()["errors"][0]["pointer"]) == (422, PLACE)
    things.grant("data_source", UUID(source_id), editor, "view")
    assert editor.http.patch(path, json=moved).status_code == 403
    assert admin.http.patch(path, json=moved).status_code == 200
    assert editor.http.patch(path, json={"upload_mode": "replace"}).status_code == 403
    things.grant("data_source", UUID(source_id), people("editor"), "edit")
    assert editor.http.patch(path, json={"upload_mode": "replace"}).status_code == 403


def test_F42_files_are_loaded_into_the_data_source_and_can_be_undone(
    admin: Person, people: People, warehouse: dict[str, Any], settings: Settings, mariadb: MariaDB
) -> None:
    add_source(admin, warehouse)
    assert admin.post(TEMPLATES, document("Warehouse")).status_code == 201
    uploader = people("uploader")

    def rows() -> list[tuple[Any, ...]]:
        with mariadb.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT name, amount FROM {SCHEMA}.orders ORDER BY 1, 2")
            return list(cursor.fetchall())

    with working(settings):
        first = sent(uploader, GOOD)
        second = sent(uploader, MIXED)
        assert (first["status"], second["status"]) == ("succeeded", "succeeded")
        assert rows() == [("bolt", 2), ("bolt", 2), ("nail", 3), ("nut", 3)]
        undone = act(admin, second["id"], "undo")
        assert (undone.status_code, undone.json()["details"]["removed"]) == (200, 2)
        assert rows() == [("bolt", 2), ("nut", 3)]
        assert sent(uploader, MIXED)["status"] == "succeeded"
    assert len(rows()) == 4
