"""F14: what a change does to saved queries and visualizations."""

from functools import partial
from uuid import UUID

from dataviz_pipelines.core.impacts.readers import UNREADABLE, Query, read
from dataviz_pipelines.core.impacts.things import Thing
from dataviz_pipelines.core.models.access import ResourceType
from tests.core.impacts.shop import Shop
from tests.core.lineage.knowing import known, table_id

known_tables = partial(known, "postgresql")
GONE = "shop.orders.placed is gone."
DROP = "ALTER TABLE shop.orders DROP COLUMN placed"


def test_F14_a_query_that_reads_what_is_gone_is_broken_and_no_other(shop: Shop) -> None:
    broken = shop.query("SELECT o.Placed FROM Shop.Orders o")
    everything = shop.query("WITH x AS (SELECT * FROM shop.orders) SELECT total FROM x")
    shop.query("SELECT total FROM shop.orders")
    shop.query("SELECT placed FROM elsewhere.orders")
    shop.query("SELECT 1")

    shop.change(DROP)

    assert shop.impacts() == {(broken, "breaks", GONE), (everything, "may_break", GONE)}


def test_F14_what_is_drawn_from_a_broken_query_is_broken(shop: Shop) -> None:
    query = shop.query("SELECT placed FROM orders")
    drawn = shop.visualization(saved_query_id=query)
    own = shop.visualization(query_text="SELECT placed FROM orders")
    shop.visualization(query_text="SELECT id FROM orders")
    shop.visualization()

    shop.change(DROP)

    assert shop.effects() == {query: "breaks", drawn: "breaks", own: "breaks"}


def test_F14_a_query_that_cannot_be_parsed_is_unknown_whatever_it_says(shop: Shop) -> None:
    mentioning = shop.query("SELECT placed FROM {{ shop }}.ORDERS")
    silent = shop.query("SELECT {{ anything }}")

    shop.change(DROP)

    assert shop.impacts() == {
        (mentioning, "unknown", f"{GONE} {UNREADABLE}"),
        (silent, "unknown", UNREADABLE),
    }


def test_F14_a_table_that_is_gone_breaks_whatever_reads_it(shop: Shop) -> None:
    query = shop.query("SELECT 1 FROM shop.notes")
    perhaps = shop.query("SELECT count(*) FROM notes")
    shop.change("CREATE SCHEMA old", "CREATE TABLE old.notes (id int)")

    shop.change("DROP TABLE shop.notes")

    assert shop.effects() == {query: "breaks", perhaps: "may_break"}


def test_F14_other_types_and_keys_may_break_a_query(shop: Shop) -> None:
    retyped = shop.query("SELECT total FROM shop.orders")
    keyed = shop.query("SELECT mail FROM shop.customers WHERE id = 1")
    shop.query("SELECT mail FROM shop.customers")

    shop.change(
        "DROP VIEW shop.sums",
        "ALTER TABLE shop.orders ALTER total TYPE text",
        "ALTER TABLE shop.customers DROP CONSTRAINT customers_pkey",
    )

    assert shop.effects() == {retyped: "may_break", keyed: "may_break"}


def test_F14_what_only_adds_breaks_no_query(shop: Shop) -> None:
    shop.query("SELECT * FROM shop.orders")
    shop.query("SELECT {{ anything }}")

    shop.change("ALTER TABLE shop.orders ADD note text", "CREATE TABLE shop.more (id int)")

    assert shop.impacts() == set()


def test_F14_a_view_stands_and_falls_with_what_it_reads() -> None:
    tables = known_tables({"shop.orders": "id placed", "shop.recent": "id", "shop.latest": "id"})
    views = {
        table_id("shop.latest"): "SELECT id FROM shop.recent",
        table_id("shop.recent"): "SELECT id FROM shop.orders WHERE placed > '2026-01-01'",
    }
    thing = Thing(ResourceType.SAVED_QUERY, UUID(int=1), "query", None)

    (reading,) = read(
        [Query(thing, "SELECT id FROM shop.latest")],
        "postgresql",
        tables,
        lambda ids: {each: views[each] for each in ids if each in views},
    )

    assert reading.references is not None
    orders = reading.references[table_id("shop.orders")]
    assert (orders.is_certain, orders.columns) == (True, {"id", "placed"})


def test_F14_a_query_of_another_source_is_not_concerned(shop: Shop) -> None:
    other = shop.query("SELECT placed FROM shop.orders")
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO data_sources (name, connection_type, connection_config) VALUES ('other', 'mysql', '{}')"
        )
        connection.exec_driver_sql(
            "UPDATE saved_queries SET data_source_id = (SELECT id FROM data_sources WHERE name = 'other')"
        )

    shop.change(DROP)

    assert other not in shop.effects()


def test_what_is_deleted_is_concerned_no_more(shop: Shop) -> None:
    shop.query("SELECT placed FROM shop.orders")
    shop.change(DROP)
    assert len(shop.effects()) == 1

    with shop.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM saved_queries")

    assert shop.effects() == {}
