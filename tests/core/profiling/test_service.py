"""Tables of real servers are profiled: what is found, of how many rows, what is kept of it, and who may ask."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from dataviz_pipelines.core.profiling.errors import TableNotFoundError, TableUnreadableError
from dataviz_pipelines.core.profiling.service import (
    Failure,
    TableProfile,
    known_profile,
    profile_table,
    profile_tables,
)
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from tests.core.profiling.conftest import Opened
from tests.core.queries.conftest import Joined

SALES = (
    "CREATE TABLE sales (id int, price numeric(9, 2), kind varchar(20), sold_on date, nothing int)",
    "INSERT INTO sales VALUES (1, 1.50, 'a', '2026-01-31', NULL), (2, 20, 'b', '2025-12-31', NULL), "
    "(3, 3, 'b', NULL, NULL), (4, NULL, 'b', '2026-01-31', NULL)",
)
MANY = {
    "pg": "CREATE TABLE many AS SELECT n AS id, n % 3 AS kind FROM generate_series(1, 20000) AS n",
    "my": "CREATE TABLE many AS SELECT seq AS id, seq % 3 AS kind FROM seq_1_to_20000",
}
WEIRD = {
    "pg": "CREATE TABLE weird AS SELECT 'infinity'::timestamptz AS a, jsonb_build_object('b', 1) AS b, ARRAY[1, NULL] AS c, "
    "'[1,3)'::int4range AS d, '1 day'::interval AS e, '\\x00ff'::bytea AS f, point(1, 2) AS g, '10.0.0.1'::inet AS h, "
    "'NaN'::numeric AS i, 'Infinity'::float8 AS j, '(0,1)'::tid AS k, 'x'::tsvector AS l, B'101' AS m, "
    "'0044-03-15 BC'::date AS n, 12.5::money AS o, true AS p, gen_random_uuid() AS q, ''::text AS \"r \"\" :s\"",
    "my": "CREATE TABLE weird (a datetime, b json, c set('x', 'y'), d enum('x', 'y'), e time, f blob, g point, "
    "h bit(9), i year, j double, k bigint unsigned, l tinyint(1), m varbinary(9), n date, o decimal(65, 30), "
    "p longtext, q inet6, `r `` :s` text)",
}
WEIRD_ROW = (
    "INSERT INTO weird VALUES ('9999-12-31 23:59:59', '{}', 'x,y', 'y', '-838:59:59', x'00ff', point(1, 2), b'101', 2026, "
    "1e300, 18446744073709551615, 1, x'00', '1000-01-01', 0.000000000000000000000000000001, 'a\\0b', '::1', '')"
)


def top(profile: Any) -> dict[str, int]:
    return {each["value"]: each["count"] for each in profile.top_values}


def test_F16_all_of_a_small_table_is_told_exactly(opened: Opened) -> None:
    found = opened(*SALES).profile("sales")
    assert list(found) == ["id", "price", "kind", "sold_on", "nothing"]
    assert {(each.sampled_rows, each.is_exact) for each in found.values()} == {(4, True)}
    price, kind, sold_on = found["price"], found["kind"], found["sold_on"]
    assert (price.null_fraction, price.min_value, price.max_value) == (0.25, "1.5", "20")
    assert price.quantiles == {
        "0.05": pytest.approx(1.65),
        "0.25": 2.25,
        "0.5": 3.0,
        "0.75": 11.5,
        "0.95": pytest.approx(18.3),
    }
    assert (kind.sampled_distinct, kind.distinct_estimate, kind.quantiles) == (2, 2, None)
    assert (top(kind), kind.looks_personal) == ({"b": 3, "a": 1}, False)
    assert (sold_on.min_value, sold_on.max_value) == ("2025-12-31", "2026-01-31")
    assert top(sold_on) == {"2026-01-31": 2, "2025-12-31": 1}


def test_F16_a_column_of_nulls_has_no_values(opened: Opened) -> None:
    nothing = opened(*SALES).profile("sales")["nothing"]
    assert (nothing.null_fraction, nothing.sampled_distinct, nothing.distinct_estimate) == (1, 0, 0)
    assert (nothing.min_value, nothing.quantiles, nothing.top_values) == (None, None, [])


def test_F16_an_empty_table_is_known_to_be_empty(opened: Opened) -> None:
    found = opened("CREATE TABLE bare (a int, b varchar(9))").profile("bare")
    assert {(each.sampled_rows, each.is_exact) for each in found.values()} == {(0, True)}
    assert found["a"].null_fraction is None
    assert found["b"].distinct_estimate == 0


def test_F16_a_sample_never_passes_for_all(opened: Opened, request: Any) -> None:
    shop = opened(MANY[request.node.callspec.params["opened"]])
    found = shop.profile("many", rows=500)
    assert {(each.sampled_rows, each.is_exact) for each in found.values()} == {(500, False)}
    assert found["kind"].sampled_distinct == 3
    assert found["id"].sampled_distinct == 500


def test_F16_as_many_rows_as_are_asked_for_can_be_all(opened: Opened) -> None:
    shop = opened(*SALES)
    assert shop.profile("sales", rows=4)["id"].is_exact
    assert not shop.profile("sales", rows=3)["id"].is_exact


def test_F16_blocks_of_large_tables_are_chosen_by_chance(pg: Opened) -> None:
    shop = pg(MANY["pg"], "ANALYZE many")
    found = shop.profile("many", rows=1_000)["id"]
    assert not found.is_exact
    assert 0 < found.sampled_rows <= 1_000
    assert found.sampled_distinct == found.sampled_rows
    assert found.distinct_estimate == pytest.approx(20_000, rel=0.1)
    (sent,) = shop.desk.log("query_text")[0]
    assert "TABLESAMPLE SYSTEM (6." in sent
    assert "ORDER" not in sent


def test_F16_a_table_that_has_shrunk_since_it_was_counted_is_read_all_the_same(pg: Opened) -> None:
    shop = pg(MANY["pg"], "ANALYZE many")
    shop.alter("DELETE FROM many WHERE id > 2", "VACUUM many")
    found = shop.profile("many", rows=1)["id"]
    assert (found.sampled_rows, found.is_exact) == (1, False)


def test_F16_views_are_profiled(opened: Opened) -> None:
    view = "CREATE VIEW cheap AS SELECT id, kind FROM sales WHERE price < 10"
    found = opened(*SALES, view).profile("cheap")
    assert (found["id"].sampled_rows, found["id"].is_exact, top(found["kind"])) == (
        2,
        True,
        {"a": 1, "b": 1},
    )


def test_F16_no_type_and_no_name_is_too_strange(opened: Opened, request: Any) -> None:
    name = request.node.callspec.params["opened"]
    shop = opened(WEIRD[name], *((WEIRD_ROW,) if name == "my" else ()))
    found = shop.profile("weird")
    assert len(found) == 18
    assert {(each.sampled_rows, each.null_count) for each in found.values()} == {(1, 0)}
    assert found["f"].sampled_distinct is None
    assert found["f"].top_values is None


def test_F16_a_column_that_was_retyped_since_is_read_as_it_is(opened: Opened) -> None:
    shop = opened("CREATE TABLE sizes (size int)")
    shop.alter("DROP TABLE sizes", "CREATE TABLE sizes AS SELECT 'XL' AS size")
    found = shop.profile("sizes")["size"]
    assert (found.min_value, found.quantiles, found.is_exact) == ("XL", None, True)


PEOPLE = (
    "CREATE TABLE people (id int, email varchar(50), note varchar(99), account varchar(40), card bigint, city varchar(9))",
    "INSERT INTO people VALUES (1, 'x', 'ask ada@example.org', 'DE89370400440532013000', 4111111111111111, 'Wien'), "
    "(2, 'x', 'ask ada@example.org', 'DE89370400440532013000', 4111111111111111, 'Wien')",
)


def test_F16_S_of_personal_columns_no_value_is_kept(opened: Opened) -> None:
    shop = opened(*PEOPLE)
    found = shop.profile("people")
    assert {name: each.personal_reason for name, each in found.items()} == {
        "id": None,
        "email": "Its name says that it holds an e-mail address.",
        "note": "1 of 1 different values hold an e-mail address.",
        "account": "1 of 1 different values hold an IBAN.",
        "card": "1 of 1 different values hold the number of a payment card.",
        "city": None,
    }
    assert top(found["city"]) == {"Wien": 2}
    assert (found["note"].sampled_distinct, found["note"].null_fraction) == (1, 0)
    kept = shop.values("SELECT (p.*)::text FROM column_profiles AS p WHERE looks_personal")
    assert len(kept) == 4
    for secret in ("ada@", "DE89", "4111"):
        assert not [row for row in kept if secret in row[0]]


def test_F16_S_the_sample_itself_is_kept_nowhere(opened: Opened) -> None:
    shop = opened(*PEOPLE)
    shop.profile("people")
    assert shop.values("SELECT count(*) FROM query_results") == [(0,)]
    assert shop.desk.log() == [("succeeded",)]


def test_F16_S_the_database_takes_no_personal_values(pg: Opened) -> None:
    shop = pg(*PEOPLE)
    shop.profile("people")
    with pytest.raises(IntegrityError, match="personal_values_are_not_kept"):
        shop.values("UPDATE column_profiles SET min_value = 'ada' WHERE looks_personal")


def test_F16_a_second_profile_takes_the_place_of_the_first(opened: Opened) -> None:
    shop = opened(*SALES)
    first = shop.profile("sales", rows=2)["kind"]
    shop.alter("INSERT INTO sales (kind) VALUES ('c')")
    second = shop.profile("sales")["kind"]
    assert (first.sampled_rows, second.sampled_rows) == (2, 5)
    assert second.profiled_at > first.profiled_at
    assert shop.values("SELECT count(*) FROM column_profiles") == [(5,)]


def test_F16_a_table_that_may_not_be_read_is_told_and_stops_no_other(opened: Opened) -> None:
    shop = opened(*SALES, "CREATE TABLE closed AS SELECT 1 AS a")
    shop.close("closed")
    found = list(profile_tables(shop.desk.platform, shop.desk.source_id))
    failures = {each.place.split(".")[1]: each for each in found if isinstance(each, Failure)}
    error = failures["closed"].error
    assert isinstance(error, TableUnreadableError)
    assert "denied" in error.message
    profiled = {each.table.table_name for each in found if isinstance(each, TableProfile)}
    assert profiled >= {"cities", "sales"}
    ((logged,),) = shop.values(
        "SELECT error_message FROM query_execution_logs WHERE status = 'failed' AND query_text LIKE '%closed%'"
    )
    assert error.message.endswith(logged)


def test_F16_tables_can_be_named(opened: Opened) -> None:
    shop = opened(*SALES)
    ((place,),) = shop.values(
        "SELECT schema_name || '.' || table_name FROM database_metadata WHERE table_name = 'sales'"
    )
    (found,) = profile_tables(shop.desk.platform, shop.desk.source_id, only=[place])
    assert isinstance(found, TableProfile)
    assert found.table.place == place
    with pytest.raises(TableNotFoundError, match=r"no\.where"):
        list(profile_tables(shop.desk.platform, shop.desk.source_id, only=[place, "no.where"]))


def test_F16_what_is_wrong_with_the_data_source_ends_all(pg: Opened) -> None:
    shop = pg(*SALES)
    shop.values("UPDATE data_sources SET is_active = false")
    with pytest.raises(SourceDisabledError):
        list(profile_tables(shop.desk.platform, shop.desk.source_id))


def test_F16_S_profiles_are_for_those_who_see_the_data_source(pg: Opened, analyst: Joined) -> None:
    shop = pg(*SALES)
    friend, stranger = analyst(shop.desk.source_id), analyst()
    assert shop.profile("sales", friend)["id"].is_exact
    table_id = shop.table("sales")
    with shop.desk.platform.database.connect() as connection:
        assert len(known_profile(connection, friend, table_id).columns) == 5
        with pytest.raises(TableNotFoundError):
            known_profile(connection, stranger, table_id)
    with pytest.raises(TableNotFoundError):
        shop.profile("sales", stranger)
    with pytest.raises(TableNotFoundError):
        profile_table(shop.desk.platform, friend, uuid4())
    (who,) = {row[0] for row in shop.values("SELECT created_by FROM column_profiles")}
    assert who == friend.user_id
