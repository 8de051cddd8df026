"""Where there is no time for all tables, each has its turn: which is whose, and what has none (F16)."""

import pytest

from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.profiling.service import Failure, TableProfile
from dataviz_pipelines.core.profiling.turns import Due, due_tables, profile_within
from tests.core.profiling.conftest import Opened, Shop
from tests.core.queries.conftest import Joined

TABLES = tuple(f"CREATE TABLE t_{name} AS SELECT 1 AS id" for name in "abc")
COUNT = {"pg": "ANALYZE {}", "my": "ANALYZE TABLE {}"}


def due(shop: Shop, *, exclude: tuple[str, ...] = (), only_changed: bool = False) -> list[Due]:
    selection = Selection(("*.t_*",), exclude)
    return due_tables(
        shop.desk.platform,
        None,
        shop.desk.source_id,
        selection=selection,
        only_changed=only_changed,
    )


def names(found: list[Due]) -> list[str]:
    return [place.rpartition(".t_")[2] for _, place in found]


def profiled(shop: Shop, *tables: str) -> None:
    for table in tables:
        shop.profile(f"t_{table}")


def test_F16_what_was_never_profiled_comes_first_and_then_the_oldest(opened: Opened) -> None:
    shop = opened(*TABLES)
    assert names(due(shop)) == ["a", "b", "c"]
    profiled(shop, "b", "a")
    assert names(due(shop)) == ["c", "b", "a"]


def test_F16_a_table_with_other_columns_comes_before_older_profiles(opened: Opened) -> None:
    shop = opened(*TABLES)
    profiled(shop, "a", "b")
    shop.alter("ALTER TABLE t_b ADD COLUMN more int")
    shop.discover()
    assert names(due(shop)) == ["c", "b", "a"]
    assert names(due(shop, only_changed=True)) == ["c", "b"]


def test_F16_a_table_with_other_rows_comes_before_older_profiles(
    opened: Opened, request: pytest.FixtureRequest
) -> None:
    shop = opened(*TABLES)
    profiled(shop, "a", "b", "c")
    assert due(shop, only_changed=True) == []
    count = COUNT[request.node.callspec.params["opened"]].format("t_b")
    shop.alter("INSERT INTO t_b VALUES (2), (3), (4), (5)", count)
    shop.discover()
    assert names(due(shop)) == ["b", "a", "c"]
    assert names(due(shop, only_changed=True)) == ["b"]


def test_F16_what_cannot_be_profiled_has_its_turn_and_holds_up_nothing(opened: Opened) -> None:
    shop = opened(*TABLES)
    shop.close("t_a")
    found = list(profile_within(shop.desk.platform, None, due(shop), rows=9, time_budget_s=600))
    assert [type(each) for each in found] == [Failure, TableProfile, TableProfile]
    profiled(shop, "b")
    assert names(due(shop)) == ["a", "c", "b"]
    assert names(due(shop, only_changed=True)) == ["a"]


def test_F16_what_is_denied_gone_or_excluded_has_no_turn(opened: Opened) -> None:
    shop = opened(*TABLES, "CREATE TABLE t_d AS SELECT 1 AS id")
    shop.values("UPDATE database_metadata SET access = 'denied' WHERE table_name = 't_a'")
    shop.values("UPDATE database_metadata SET removed_at = now() WHERE table_name = 't_b'")
    assert names(due(shop, exclude=("*.t_c",))) == ["d"]


def test_F16_S_only_what_the_caller_may_see_has_a_turn(pg: Opened, analyst: Joined) -> None:
    shop = pg(*TABLES)
    found = [
        due_tables(
            shop.desk.platform,
            caller,
            shop.desk.source_id,
            selection=Selection(("*.t_*",)),
            only_changed=False,
        )
        for caller in (analyst(shop.desk.source_id), analyst())
    ]
    assert [len(each) for each in found] == [3, 0]


def test_F16_when_the_time_is_over_no_table_is_begun_but_one_always_is(opened: Opened) -> None:
    shop = opened(*TABLES)
    for expected in ("a", "b", "c", "a"):
        (found,) = profile_within(shop.desk.platform, None, due(shop), rows=9, time_budget_s=0)
        assert isinstance(found, TableProfile)
        assert found.table.table_name == f"t_{expected}"


def test_that_a_table_was_profiled_is_no_change_of_it(pg: Opened) -> None:
    shop = pg(*TABLES)
    statement = "SELECT updated_at FROM database_metadata WHERE table_name = 't_a'"
    before = shop.values(statement)
    profiled(shop, "a")
    assert shop.values(statement) == before


def test_F16_blocks_are_not_chosen_of_a_view_that_took_a_tables_place(pg: Opened) -> None:
    shop = pg("CREATE TABLE many AS SELECT generate_series(1, 20000) AS id", "ANALYZE many")
    shop.alter("DROP TABLE many", "CREATE VIEW many AS SELECT generate_series(1, 200) AS id")
    told = shop.profile("many", rows=100)["id"]
    assert (told.sampled_rows, told.is_exact) == (100, False)
    assert [status for (status,) in shop.desk.log()] == ["succeeded", "failed"]
