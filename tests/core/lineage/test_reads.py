"""F14: what queries read, on each engine, in every way in which a query can name a thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataviz_pipelines.core.lineage.errors import UnreadableQueryError
from dataviz_pipelines.core.lineage.parsing import LONGEST, outline
from tests.core.lineage.knowing import reads

SHOP = {
    "shop.orders": "id customer total placed",
    "shop.customers": "id mail name",
    "public.notes": "id text",
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT total FROM shop.orders", {"shop.orders": "total"}),
        ("SELECT o.total FROM db.shop.orders AS o", {"shop.orders": "total"}),
        ("SELECT orders.total FROM shop.orders", {"shop.orders": "total"}),
        ("SELECT shop.orders.total FROM shop.orders", {"shop.orders": "total"}),
        ("SELECT 1 FROM shop.orders", {"shop.orders": ""}),
        ("SELECT count(*) FROM shop.orders", {"shop.orders": ""}),
        ("SELECT total FROM other.orders", {}),
        ("SELECT total FROM orders", {"shop.orders": "total"}),
        ("SELECT text FROM notes", {"public.notes": "text"}),
        (
            "SELECT total, mail FROM shop.orders JOIN shop.customers AS c ON c.id = customer",
            {"shop.orders": "customer total", "shop.customers": "id mail"},
        ),
        (
            "SELECT id FROM shop.orders, shop.customers",
            {"shop.orders": "id?", "shop.customers": "id?"},
        ),
        (
            "SELECT mail FROM shop.orders JOIN shop.customers USING (id)",
            {"shop.orders": "id", "shop.customers": "id mail"},
        ),
        (
            "SELECT 1 FROM shop.orders NATURAL JOIN shop.customers",
            {"shop.orders": "*", "shop.customers": "*"},
        ),
        ("SELECT total FROM shop.orders WHERE placed > now()", {"shop.orders": "placed total"}),
        (
            "SELECT sum(total) FROM shop.orders GROUP BY customer HAVING max(placed) > now() ORDER BY min(id)",
            {"shop.orders": "customer id placed total"},
        ),
        ("TABLE shop.orders", {"shop.orders": "*"}),
        ("SELECT total FROM shop.orders; SELECT mail FROM shop.customers", {"shop.orders": "total", "shop.customers": "mail"}),
        ("SELECT :minimum, $1, total FROM shop.orders WHERE id = %(id)s", {"shop.orders": "id total"}),
        ("SELECT total FROM shop.orders WHERE placed BETWEEN :from AND :to AND id IN :select",
         {"shop.orders": "id placed total"}),
        ("", None),
        ("SELECT total FROM {{ table }}", None),
        ("SELECT {{ total }}", None),
        ("{% if big %} SELECT total FROM shop.orders {% endif %}", None),
        ("SELECT '{{ braces }}', total FROM shop.orders", {"shop.orders": "total"}),
        ("SELECT 'unfinished FROM shop.orders", None),
        ("EXPLAIN SELECT total FROM shop.orders", None),
        ("CALL refresh()", None),
    ],
)  # fmt: skip
def test_a_query_reads_what_it_names(query: str, expected: dict[str, str] | None) -> None:
    if expected is None:
        with pytest.raises(UnreadableQueryError):
            outline(query, "postgresql")
    else:
        assert reads("postgresql", SHOP, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM shop.orders", {"shop.orders": "*"}),
        (
            "SELECT c.* FROM shop.orders o JOIN shop.customers c ON c.id = o.customer",
            {"shop.orders": "customer", "shop.customers": "id *"},
        ),
        ("SELECT count(o.*) FROM shop.orders o", {"shop.orders": ""}),
        ("SELECT row_to_json(o) FROM shop.orders o", {"shop.orders": "*"}),
        ("SELECT 1 FROM shop.customers c WHERE EXISTS (SELECT * FROM shop.orders o WHERE o.customer = c.id)",
         {"shop.customers": "id", "shop.orders": "customer"}),
        ("SELECT total FROM (SELECT * FROM shop.orders) x", {"shop.orders": "total *"}),
        ("SELECT x.total FROM (SELECT * FROM (SELECT o.* FROM shop.orders o) y) x", {"shop.orders": "total *"}),
        ("WITH x AS (SELECT * FROM shop.orders) SELECT total FROM x", {"shop.orders": "total *"}),
        ("SELECT total FROM (SELECT * FROM shop.orders UNION ALL SELECT * FROM shop.orders) x", {"shop.orders": "total *"}),
        ("SELECT x.total FROM shop.customers, LATERAL (SELECT * FROM shop.orders) x",
         {"shop.orders": "total *", "shop.customers": ""}),
    ],
)  # fmt: skip
def test_all_columns_are_told_from_those_that_are_named(
    query: str, expected: dict[str, str]
) -> None:
    assert reads("postgresql", SHOP, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("WITH x AS (SELECT total AS t FROM shop.orders) SELECT t FROM x", {"shop.orders": "total"}),
        ("WITH orders AS (SELECT 1 AS total) SELECT total FROM orders", {}),
        ("WITH orders AS (SELECT total FROM shop.orders) SELECT total FROM orders", {"shop.orders": "total"}),
        ("WITH x AS (SELECT mail AS total FROM shop.customers) SELECT x.total FROM x, shop.orders o",
         {"shop.customers": "mail", "shop.orders": ""}),
        ("WITH RECURSIVE r AS (SELECT id FROM shop.orders UNION ALL SELECT r.id + 1 FROM r) SELECT id FROM r", {"shop.orders": "id"}),
        ("WITH RECURSIVE r AS (SELECT * FROM shop.orders UNION ALL SELECT * FROM r) SELECT total FROM r", {"shop.orders": "total *"}),
        ("SELECT e FROM (SELECT total, id FROM shop.orders) AS x(d, e)", {"shop.orders": "id total"}),
        ("SELECT mail FROM shop.customers c WHERE id IN (SELECT customer FROM shop.orders WHERE placed > c.name)",
         {"shop.customers": "id mail name", "shop.orders": "customer placed"}),
        ("SELECT (SELECT max(total) FROM shop.orders WHERE customer = mail) FROM shop.customers",
         {"shop.orders": "customer total", "shop.customers": "mail"}),
        ("SELECT total FROM shop.orders UNION SELECT mail FROM shop.customers ORDER BY 1",
         {"shop.orders": "total", "shop.customers": "mail"}),
        ("SELECT total AS gone FROM shop.orders ORDER BY gone", {"shop.orders": "total"}),
    ],
)  # fmt: skip
def test_names_mean_what_the_query_around_them_makes_of_them(
    query: str, expected: dict[str, str]
) -> None:
    assert reads("postgresql", SHOP, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("UPDATE shop.orders SET total = 0 WHERE placed IS NULL", {"shop.orders": "placed total"}),
        ("DELETE FROM shop.orders o WHERE o.id = 1", {"shop.orders": "id"}),
        ("INSERT INTO shop.orders (id, total) SELECT id, 0 FROM shop.customers",
         {"shop.orders": "id total", "shop.customers": "id"}),
        ("INSERT INTO shop.orders SELECT 1, 2, 3, 4", {"shop.orders": "*"}),
        ("CREATE TABLE x AS SELECT total FROM shop.orders", {"shop.orders": "total"}),
        ("MERGE INTO shop.orders o USING shop.customers c ON o.id = c.id WHEN MATCHED THEN UPDATE SET total = c.mail",
         {"shop.orders": "id total", "shop.customers": "id mail"}),
    ],
)  # fmt: skip
def test_statements_that_write_read_what_they_name(query: str, expected: dict[str, str]) -> None:
    assert reads("postgresql", SHOP, query) == expected


def test_a_name_without_a_schema_is_that_of_public_and_perhaps_another() -> None:
    tables = {"public.goods": "a", "old.goods": "a"}

    assert reads("postgresql", tables, "SELECT a FROM goods") == {
        "public.goods": "a?",
        "old.goods": "a? ?",
    }


def test_names_of_postgresql_are_lower_case_unless_they_are_quoted() -> None:
    tables = {"public.orders": "id", "public.Orders": "ID Ä"}

    assert reads("postgresql", tables, "SELECT ID FROM PUBLIC.ORDERS") == {"public.orders": "id"}
    assert reads("postgresql", tables, 'SELECT "ID", Ä FROM "Orders"') == {"public.Orders": "ID Ä"}
    assert reads("postgresql", tables, 'SELECT "Id" FROM "oRDERS"') == {}


def test_names_of_mysql_have_no_case() -> None:
    tables = {"shop.Orders": "Total"}

    query = "SELECT o.`TOTAL` FROM `Shop`.`orders` AS O WHERE O.total > 1"

    assert reads("mysql", tables, query) == {"shop.Orders": "Total"}


def test_a_whole_name_of_bigquery_can_stand_in_one_pair_of_quotes() -> None:
    tables = {"my-project.shop.orders": "total", "other.shop.orders": "total"}
    expected = {"my-project.shop.orders": "total"}

    for name in ("`my-project.shop.orders`", "`my-project`.shop.orders", "my-project.shop.orders"):
        assert reads("bigquery", tables, f"SELECT total FROM {name}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT o.buyer.city FROM shop.orders o", {"shop.orders": "buyer"}),
        ("SELECT buyer.city FROM shop.orders", {"shop.orders": "buyer"}),
        ("SELECT item.sku FROM shop.orders, UNNEST(items) AS item", {"shop.orders": "items"}),
        ("SELECT item.sku FROM shop.orders o, o.items AS item", {"shop.orders": "items"}),
        ("SELECT * EXCEPT (total) FROM shop.orders", {"shop.orders": "total *"}),
        ("SELECT TO_JSON(o) FROM shop.orders o", {"shop.orders": "*"}),
        ("SELECT total FROM shop.orders QUALIFY ROW_NUMBER() OVER (PARTITION BY buyer ORDER BY id) = @n",
         {"shop.orders": "buyer id total"}),
    ],
)  # fmt: skip
def test_what_only_bigquery_has_is_read(query: str, expected: dict[str, str]) -> None:
    assert reads("bigquery", {"shop.orders": "id total buyer items"}, query) == expected


def test_a_wildcard_of_bigquery_reads_every_table_that_it_matches() -> None:
    tables = {"logs.events_1": "at", "logs.events_2": "at", "logs.others": "at"}

    found = reads("bigquery", tables, "SELECT at FROM `logs.events_*`")

    assert found == {"logs.events_1": "at?", "logs.events_2": "at?"}


@pytest.mark.parametrize("text", ["SELECT " + "(" * 3_000 + "1" + ")" * 3_000, " " * (LONGEST + 1)])
def test_what_would_end_the_parser_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableQueryError):
        outline(text, "postgresql")


@given(st.sampled_from(["postgresql", "mysql", "bigquery"]), st.text(max_size=60))
def test_no_text_gives_another_error(engine: str, text: str) -> None:
    try:
        outline(text, engine)
    except UnreadableQueryError:
        return


NAMES = st.text(st.sampled_from('abAB_1 ."äß🚀'), min_size=1, max_size=8)


@given(schema=NAMES, table=NAMES, column=NAMES, alias=st.none() | NAMES)
def test_a_quoted_name_is_found_whatever_it_consists_of(
    schema: str, table: str, column: str, alias: str | None
) -> None:
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    named = quoted(alias or table)
    query = f"SELECT {named}.{quoted(column)} FROM {quoted(schema)}.{quoted(table)} AS {named}"

    read = outline(query, "postgresql")

    assert read.tables == ((schema, table),)
    assert {(each.column, each.levels) for each in read.mentions} == {(column, ((0,),))}


def test_what_the_parser_would_read_for_hours_is_not_read() -> None:
    with pytest.raises(UnreadableQueryError):
        outline(f"SELECT {'ARRAY[' * 25}1{']' * 25}", "postgresql")
