"""F14: what a change does to upload templates, and to jobs."""

import psycopg
from sqlalchemy import Engine

from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.service import Plan, discover
from tests.core.impacts.shop import Shop


def into_source(shop: Shop) -> dict[str, str]:
    return {"data_source": str(shop.source_id)}


def test_F14_a_template_breaks_with_a_column_that_it_fills(shop: Shop) -> None:
    broken = shop.template("id", "placed", **into_source(shop))
    evolving = shop.template("id", "placed", contract="evolve", **into_source(shop))
    shop.template("id", **into_source(shop))
    shop.template("id", "placed", table="others", **into_source(shop))

    shop.change("ALTER TABLE shop.orders DROP COLUMN placed")

    assert shop.effects() == {broken: "breaks", evolving: "may_break"}


def test_F14_a_template_breaks_on_a_new_column_that_wants_a_value(shop: Shop) -> None:
    broken = shop.template("id", **into_source(shop))
    filling = shop.template("id", "region", **into_source(shop))

    shop.change(
        "ALTER TABLE shop.orders ADD region text NOT NULL",
        "ALTER TABLE shop.orders ADD free text",
        "ALTER TABLE shop.orders ADD given text NOT NULL DEFAULT ''",
    )

    assert shop.impacts() == {
        (broken, "breaks", "shop.orders.region is new, and must be given a value.")
    }
    assert filling not in shop.effects()


def test_F14_a_template_may_break_on_a_column_that_may_be_empty_no_more(shop: Shop) -> None:
    template = shop.template("placed", **into_source(shop))

    shop.change("ALTER TABLE shop.orders ALTER placed SET NOT NULL")

    assert shop.effects() == {template: "may_break"}


def test_F14_a_template_breaks_with_a_table_in_which_it_looks_values_up(shop: Shop) -> None:
    lookup = {"schema": "shop", "table": "customers", "column": "mail"}
    column = {"name": "mail", "lookup": lookup}
    broken = shop.template(column, table="others", **into_source(shop))
    elsewhere = {"name": "mail", "lookup": {**lookup, "column": "id"}}
    shop.template(elsewhere, table="others", **into_source(shop))

    shop.change("ALTER TABLE shop.customers DROP COLUMN mail")

    assert shop.effects() == {broken: "breaks"}


def test_F14_of_a_source_that_can_be_the_platform_s_own_database_it_is_said(
    shop: Shop, owner_engine: Engine
) -> None:
    mine, other = {"schema": "uploads", "table": "cities"}, {"schema": "uploads", "table": "towns"}
    template = shop.template("size", **mine)
    shop.template("size", **other)
    url = owner_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE uploads.cities (city text, size int)")
        plan = Plan(Selection(include=("uploads",)))
        discover(shop.engine, shop.source_id, PostgreSQL(connection), plan)
        connection.execute("ALTER TABLE uploads.cities DROP COLUMN size")
        discover(shop.engine, shop.source_id, PostgreSQL(connection), plan)

    ((resource_id, effect, reason),) = shop.impacts()
    assert (resource_id, effect) == (template, "may_break")
    assert reason.startswith("uploads.cities.size is gone. That is, if")


def test_F14_a_job_breaks_with_what_it_names(shop: Shop) -> None:
    query = shop.query("SELECT placed FROM shop.orders")
    target = shop.job(target_resource_type="saved_query", target_resource_id=query)
    named = shop.job(job_config={"checks": [{"query_id": str(query).upper()}]})
    own = shop.job(target_resource_id=shop.source_id, job_config={"query": "SELECT 1 FROM ORDERS"})
    shop.job(target_resource_id=shop.source_id, job_config={"query": "SELECT 1 FROM other"})
    shop.job(target_resource_id=shop.source_id, job_type="metadata_discovery", job_config={"include": ["orders"]})  # fmt: skip

    shop.change("ALTER TABLE shop.orders DROP COLUMN placed")

    assert shop.effects() == {query: "breaks", target: "breaks", named: "breaks", own: "may_break"}
