"""F16: profiles over HTTP: made, read, and by whom."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert

from dataviz_pipelines.core.models.tables import ColumnMetadata, DatabaseMetadata
from tests.api.people import People, Person
from tests.api.sources.asking import share


@pytest.fixture
def cities(source: str, app_engine: Engine) -> str:
    """The path of a table's profile."""
    return _table(app_engine, source, "cities", "city")


def _table(engine: Engine, source: str, name: str, *columns: str) -> str:
    with engine.begin() as connection:
        table_id: UUID = connection.execute(
            insert(DatabaseMetadata)
            .values(
                data_source_id=source.rpartition("/")[2],
                database_name="shop",
                schema_name="public",
                table_name=name,
                table_type="table",
            )
            .returning(DatabaseMetadata.id)
        ).scalar_one()
        for column in columns:
            connection.execute(
                insert(ColumnMetadata).values(
                    table_metadata_id=table_id, column_name=column, data_type="text"
                )
            )
    return f"/api/v1/tables/{table_id}/profile"


def test_F16_a_profile_is_made_and_read_again(admin: Person, cities: str) -> None:
    assert admin.http.get(cities).json()["columns"] == []
    made = admin.post(cities, {"rows": 10})
    assert made.status_code == 200, made.text
    body: dict[str, Any] = made.json()
    (city,) = body["columns"]
    told = {name: city[name] for name in ("sampled_rows", "is_exact", "null_fraction", "min_value")}
    assert told == {"sampled_rows": 1, "is_exact": True, "null_fraction": 0.0, "min_value": "Wien"}
    assert (body["table_name"], city["column_name"]) == ("cities", "city")
    assert city["top_values"] == [{"value": "Wien", "count": 1}]
    assert admin.http.get(cities).json() == body
    (logged,) = admin.http.get("/api/v1/query-execution-logs").json()["items"]
    assert logged["user_id"] == str(admin.id)
    assert (
        logged["query_text"] == 'SELECT sampled."city" FROM "public"."cities" AS sampled LIMIT 11'
    )


def test_F16_what_cannot_be_read_is_told_and_logged(
    admin: Person, source: str, app_engine: Engine
) -> None:
    hidden = _table(app_engine, source, "hidden", "a")
    refused = admin.post(hidden, {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:dataviz:TableUnreadable")
    assert "permission denied" in refused.json()["detail"]
    (logged,) = admin.http.get("/api/v1/query-execution-logs").json()["items"]
    assert logged["status"] == "failed"
    bare = admin.post(_table(app_engine, source, "bare"), {})
    assert (bare.status_code, bare.json()["type"]) == (409, "urn:dataviz:NoColumns")


@pytest.mark.parametrize("rows", [0, 1_000_001, "7", None])
def test_F16_rows_are_a_number_within_bounds(admin: Person, cities: str, rows: Any) -> None:
    assert admin.post(cities, {"rows": rows}).status_code == 422


def test_F16_S_a_profile_takes_the_metadata_the_data_source_and_the_right_to_query(
    admin: Person, analyst: Person, people: People, source: str, cities: str, app_engine: Engine
) -> None:
    admin.post(cities, {})
    viewer = people("viewer")
    share(app_engine, source, viewer, "view")
    for answer in (viewer.http.get(cities), viewer.post(cities, {})):
        assert answer.status_code == 403, "who may not query"
    for answer in (analyst.http.get(cities), analyst.post(cities, {})):
        assert answer.status_code == 404, "who does not see the data source"
    share(app_engine, source, analyst, "view")
    assert analyst.http.get(cities).json()["columns"][0]["min_value"] == "Wien"
    assert analyst.post(cities, {}).status_code == 200
    assert admin.http.get(f"/api/v1/tables/{uuid4()}/profile").status_code == 404
