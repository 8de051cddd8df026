"""A discovery that is asked for over HTTP, and what comes of it."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, text

from dataviz_pipelines.core.models.tables import (
    ColumnMetadata,
    DatabaseMetadata,
    DiscoveryRun,
    MetadataChange,
)
from tests.api.people import People, Person
from tests.api.sources.asking import created, share
from tests.core.sources.places import Place

RUNS = "/api/v1/discovery-runs"
CHANGES = "/api/v1/metadata-changes"


@pytest.fixture
def shop(admin: Person, postgresql: Place) -> str:
    return created(admin, postgresql)


def inserted(engine: Engine, model: Any, **values: Any) -> UUID:
    with engine.begin() as connection:
        statement = insert(model).values(values).returning(model.id)
        found: UUID = connection.execute(statement).scalar_one()
    return found


def table_of(engine: Engine, source: str, name: str = "cities") -> UUID:
    return inserted(
        engine,
        DatabaseMetadata,
        data_source_id=source.rpartition("/")[2],
        database_name="shop",
        schema_name="public",
        table_name=name,
        table_type="table",
    )


def test_what_is_asked_for_waits_and_can_be_watched(admin: Person, shop: str) -> None:
    asked = admin.post(f"{shop}/discoveries")
    assert asked.status_code == 202, asked.text
    run = asked.json()
    assert asked.headers["location"] == f"{RUNS}/{run['id']}"
    assert (run["status"], run["started_at"]) == ("queued", None)
    assert (run["data_source_id"], run["created_by"]) == (shop.rpartition("/")[2], str(admin.id))
    assert admin.http.get(asked.headers["location"]).json() == run
    assert admin.http.get(RUNS, params={"status": "queued"}).json()["items"] == [run]


def test_while_one_waits_it_is_the_answer(admin: Person, shop: str) -> None:
    first, second = admin.post(f"{shop}/discoveries"), admin.post(f"{shop}/discoveries")
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])


def test_a_source_that_is_disabled_is_refused(admin: Person, shop: str) -> None:
    admin.http.patch(shop, json={"is_active": False})
    answer = admin.post(f"{shop}/discoveries")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:SourceDisabled")
    assert admin.http.get(RUNS).json()["items"] == []


def test_s33_s34_only_who_may_manage_a_source_has_it_discovered(
    people: People, app_engine: Engine, shop: str
) -> None:
    stranger, reader, keeper = people("viewer"), people("viewer"), people("viewer")
    share(app_engine, shop, reader, "view")
    share(app_engine, shop, keeper, "manage")
    answers = [each.post(f"{shop}/discoveries") for each in (stranger, reader, keeper)]
    assert [answer.status_code for answer in answers] == [404, 403, 202]
    path = answers[2].headers["location"]
    assert [each.http.get(path).status_code for each in (stranger, reader, keeper)] == [
        404,
        200,
        200,
    ]
    assert stranger.http.get(RUNS).json()["items"] == []


def test_f89_who_asked_is_in_the_audit(admin: Person, app_engine: Engine, shop: str) -> None:
    run_id = admin.post(f"{shop}/discoveries").json()["id"]
    with app_engine.connect() as connection:
        (found,) = connection.execute(
            text("SELECT user_id, new_values FROM audit_logs WHERE action_type = 'discover'")
        ).all()
    assert (found.user_id, run_id in str(found.new_values)) == (admin.id, True)


def test_F13_changes_are_listed_by_source_kind_and_whether_they_break(
    admin: Person, app_engine: Engine, shop: str, postgresql: Place
) -> None:
    other = created(admin, postgresql, "Other")
    for source in (shop, other):
        run = inserted(app_engine, DiscoveryRun, data_source_id=source.rpartition("/")[2])
        for kind, is_breaking in (("column_removed", True), ("table_added", False)):
            inserted(
                app_engine,
                MetadataChange,
                discovery_run_id=run,
                table_metadata_id=table_of(app_engine, source, kind),
                change_type=kind,
                is_breaking=is_breaking,
            )

    def listed(**filters: Any) -> list[tuple[str, str]]:
        page = admin.http.get(CHANGES, params={"include": "table", "sort": "created_at", **filters})
        assert page.status_code == 200, page.text
        return [
            (item["change_type"], item["table"]["data_source_id"]) for item in page.json()["items"]
        ]

    shop_id, other_id = (source.rpartition("/")[2] for source in (shop, other))
    assert listed(data_source_id=shop_id) == [("column_removed", shop_id), ("table_added", shop_id)]
    assert listed(data_source_id=other_id, is_breaking=True) == [("column_removed", other_id)]
    assert listed(change_type="table_added") == [
        ("table_added", shop_id),
        ("table_added", other_id),
    ]


def test_columns_are_listed_by_source(
    admin: Person, app_engine: Engine, shop: str, postgresql: Place
) -> None:
    for source in (shop, created(admin, postgresql, "Other")):
        inserted(
            app_engine,
            ColumnMetadata,
            table_metadata_id=table_of(app_engine, source),
            column_name="city",
            data_type="text",
        )
    page = admin.http.get(
        "/api/v1/columns", params={"data_source_id": shop.rpartition("/")[2], "count": True}
    )
    assert page.json()["total"] == 1


def test_F18_people_describe_tables_and_columns_and_nothing_else(
    admin: Person, app_engine: Engine, shop: str
) -> None:
    table_id = table_of(app_engine, shop)
    column_id = inserted(
        app_engine, ColumnMetadata, table_metadata_id=table_id, column_name="city", data_type="text"
    )
    for path in (f"/api/v1/tables/{table_id}", f"/api/v1/columns/{column_id}"):
        changed = admin.http.patch(path, json={"description": "Where", "tags": ["geo"]})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["description"], changed.json()["tags"]) == ("Where", ["geo"])
        for field in ("table_name", "column_name", "source_comment", "row_count", "removed_at"):
            assert admin.http.patch(path, json={field: None}).status_code == 422
    with app_engine.connect() as connection:
        audited = connection.execute(
            text("SELECT new_values FROM audit_logs WHERE resource_type LIKE '%_metadata'")
        ).scalars()
        assert list(audited) == [{"description": "Where", "tags": ["geo"]}] * 2


def test_F18_who_may_only_see_a_source_describes_nothing_of_it(
    people: People, app_engine: Engine, shop: str
) -> None:
    reader, editor = people("analyst"), people("analyst")
    share(app_engine, shop, reader, "view")
    share(app_engine, shop, editor, "edit")
    path = f"/api/v1/tables/{table_of(app_engine, shop)}"
    answers = [each.http.patch(path, json={"description": "Where"}) for each in (reader, editor)]
    assert [answer.status_code for answer in answers] == [403, 200]
