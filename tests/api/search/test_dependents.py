"""F14: which queries and visualizations read a table, and what a change did to them."""

from uuid import uuid4

from sqlalchemy import Engine, insert

from dataviz_pipelines.core.models.tables import (
    ChangeImpact,
    DiscoveryRun,
)
from tests.api.access.things import PREFIX, Things
from tests.api.people import People, Person
from tests.api.search.catalog import table


def test_F14_what_reads_a_table_is_listed_with_what_it_reads(admin: Person, things: Things) -> None:
    source = things.make("data_source")
    orders = table(things, source, "shop/orders", "id", "total")
    table(things, source, "shop/recent", "id", view_definition="SELECT id FROM shop.orders")

    def query(text: str) -> str:
        return str(things.make("saved_query", data_source_id=source, query_text=text))

    exact, every = query("SELECT total FROM shop.orders"), query("SELECT * FROM orders")
    through, broken = query("SELECT id FROM shop.recent"), query("SELECT {{ what }}")
    query("SELECT total FROM shop.recent")
    query("SELECT 1")
    drawn = things.make("visualization", query_config={"saved_query_id": exact})

    answer = admin.http.get(f"{PREFIX}/tables/{orders}/dependents").json()["items"]

    found = {
        each["resource_id"]: (each["certainty"], each["columns"], each["reads_all"])
        for each in answer
    }
    assert found[exact] == found[str(drawn)] == ("certain", ["total"], False)
    assert found[every] == ("certain", [], True)
    assert found[through] == ("certain", ["id"], False)
    assert found[broken] == ("unknown", [], False)
    assert answer[-1]["resource_id"] == broken
    assert len(found) == 6


def test_F14_S_of_dependents_only_those_are_listed_that_may_be_seen(
    people: People, things: Things
) -> None:
    owner, other = people("analyst"), people("analyst")
    source = things.make("data_source", owner)
    orders = table(things, source, "orders", "id")
    things.make("saved_query", owner, data_source_id=source, query_text="SELECT id FROM orders")
    path = f"{PREFIX}/tables/{orders}/dependents"

    assert other.http.get(path).status_code == 404
    things.grant("data_source", source, other, "view")
    assert other.http.get(path).json()["items"] == []
    assert len(owner.http.get(path).json()["items"]) == 1
    assert owner.http.get(f"{PREFIX}/tables/{uuid4()}/dependents").status_code == 404


def test_F14_S_impacts_are_seen_by_those_who_see_what_is_concerned(
    people: People, things: Things, app_engine: Engine
) -> None:
    owner, other, nobody = people("analyst"), people("analyst"), people()
    query = things.make("saved_query", owner)
    with app_engine.begin() as connection:
        source = things.make("data_source")
        run = connection.execute(
            insert(DiscoveryRun).values(data_source_id=source).returning(DiscoveryRun.id)
        ).scalar_one()
        connection.execute(
            insert(ChangeImpact).values(
                discovery_run_id=run,
                resource_type="saved_query",
                resource_id=query,
                effect="unknown",
                reason="It cannot be parsed.",
            )
        )
    path = f"{PREFIX}/change-impacts?discovery_run_id={run}"

    (seen,) = owner.http.get(path).json()["items"]
    assert (seen["resource_id"], seen["effect"]) == (str(query), "unknown")
    assert other.http.get(path).json()["items"] == []
    assert nobody.http.get(path).json()["items"] == []
    things.grant("saved_query", query, nobody, "view")
    assert len(nobody.http.get(path).json()["items"]) == 1
