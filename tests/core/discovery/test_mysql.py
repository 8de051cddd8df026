"""What only MySQL and MariaDB have: views that stop working, rights that hide, and no snapshot."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pymysql
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.discovery.engines.base import Limits, UnreadableError
from dataviz_pipelines.core.discovery.engines.mysql import MySQL
from dataviz_pipelines.core.discovery.engines.mysql.definitions import definitions
from dataviz_pipelines.core.discovery.errors import SourceTimeoutError
from dataviz_pipelines.core.discovery.service import discover
from dataviz_pipelines.core.discovery.snapshot import Described, Listed, TableName
from tests.core.discovery.sources import MariaDBSource, described
from tests.core.discovery.stalling import stalling
from tests.core.discovery.test_service import known


@contextmanager
def reader(source: MariaDBSource, *rights: str) -> Iterator["pymysql.Connection[Any]"]:
    """A connection of a user with these rights, `{}` standing for it."""
    user = f"'{source.schema}'@'%'"
    source.execute(f"CREATE USER {user}", *(text.format(user) for text in rights))
    with pymysql.connect(
        host="127.0.0.1", port=source.server.port, user=source.schema, database=source.schema
    ) as connection:
        yield connection
    source.execute(f"DROP USER {user}")


def test_F1_a_view_that_no_longer_works_is_known_without_columns(mysql: MariaDBSource) -> None:
    mysql.execute(
        "CREATE TABLE gone (a INT)", "CREATE VIEW broken AS SELECT a FROM gone", "DROP TABLE gone"
    )

    (view,) = described(mysql.engine()).values()

    assert (view.definition.table_type, view.definition.columns) == ("view", ())
    assert "invalid" in (view.definition.source_comment or "")


def test_F4_partitions_are_counted_with_their_table(mysql: MariaDBSource) -> None:
    mysql.execute(
        "CREATE TABLE events (a INT) ENGINE = MyISAM PARTITION BY HASH (a) PARTITIONS 3",
        "INSERT INTO events VALUES (1), (2), (3), (4)",
    )

    (events,) = described(mysql.engine()).values()

    assert events.definition.is_partitioned
    assert events.statistics[:2] == (4, "exact")


def test_F5_F6_a_count_says_what_it_is_worth(mysql: MariaDBSource) -> None:
    mysql.execute(
        "CREATE TABLE goods (a INT)",
        "INSERT INTO goods VALUES (1), (2)",
        "CREATE VIEW v AS SELECT 1 AS a",
    )

    estimated, exact = (
        described(mysql.engine()),
        described(mysql.engine(Limits(count_budget_ms=60_000))),
    )

    assert estimated["goods"].statistics.row_count_kind == "estimate"
    assert exact["goods"].statistics[:2] == (2, "exact")
    assert exact["v"].statistics[:4] == (None, "unknown", None, "unknown")


def test_F1_defaults_identities_and_generated_columns_are_told_apart(mysql: MariaDBSource) -> None:
    mysql.execute(
        "CREATE TABLE goods (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, price INT DEFAULT 5, "
        "twice INT GENERATED ALWAYS AS (price * 2) STORED, plain INT, is_new TINYINT(1))"
    )

    (goods,) = described(mysql.engine()).values()

    key, price, twice, plain, is_new = goods.definition.columns
    assert (key.is_identity, key.native_type, price.is_identity) == (
        True,
        "bigint(20) unsigned",
        False,
    )
    assert (price.default_expression, plain.default_expression) == ("5", None)
    assert (twice.is_generated, twice.generation_expression, plain.is_generated) == (
        True,
        "`price` * 2",
        False,
    )
    assert is_new.normalized_type == "boolean"


def test_F2_keys_reach_into_other_databases(mysql: MariaDBSource) -> None:
    other = f"{mysql.schema}_other"
    mysql.execute(
        f"CREATE DATABASE {other}",
        f"CREATE TABLE {other}.places (land CHAR(2), number INT, PRIMARY KEY (land, number))",
        "CREATE TABLE people (l CHAR(2), n INT, CONSTRAINT lives FOREIGN KEY (l, n) "
        f"REFERENCES {other}.places (land, number) ON DELETE CASCADE)",
    )

    (people,) = described(mysql.engine()).values()
    mysql.execute("DROP TABLE people", f"DROP DATABASE {other}")

    (key,) = people.definition.foreign_keys
    assert (key["referenced_database"], key["referenced_table"]) == (other, "places")
    assert (key["columns"], key["referenced_columns"]) == (["l", "n"], ["land", "number"])
    assert key["on_delete"] == "cascade"


def test_F2_keys_are_known_to_whoever_may_only_select(mysql: MariaDBSource) -> None:
    mysql.execute(
        "CREATE TABLE places (land CHAR(2), number INT, code INT UNIQUE, PRIMARY KEY (land, number))",
        "CREATE TABLE people (l CHAR(2), n INT, `of ``code` INT, CONSTRAINT lives FOREIGN KEY (l, n) "
        "REFERENCES places (land, number) ON DELETE CASCADE ON UPDATE SET NULL, CONSTRAINT `c``d` "
        "FOREIGN KEY (`of ``code`) REFERENCES places (code) ON DELETE SET NULL)",
    )
    everything = described(mysql.engine())

    with reader(mysql, f"GRANT SELECT ON {mysql.schema}.* TO {{}}") as connection:
        connection.cursor().execute("SET sql_mode = 'ANSI', sql_quote_show_create = 0")
        found = described(MySQL(connection))

    assert {name: table.definition for name, table in found.items()} == {
        name: table.definition for name, table in everything.items()
    }
    places, people = found["places"].definition, found["people"].definition
    assert places.primary_key == ("land", "number")
    assert places.unique_keys == ({"name": "code", "columns": ["code"]},)
    actions = {key["name"]: (key["on_update"], key["on_delete"]) for key in people.foreign_keys}
    assert actions == {"lives": ("set null", "cascade"), "c`d": ("restrict", "set null")}


def test_F2_a_foreign_key_may_have_the_name_of_a_unique_one(mysql: MariaDBSource) -> None:
    mysql.execute(
        "CREATE TABLE places (land CHAR(2), number INT, PRIMARY KEY (land, number))",
        "CREATE TABLE people (l CHAR(2), n INT, UNIQUE lives (l, n), CONSTRAINT lives FOREIGN KEY (l, n) "
        "REFERENCES places (land, number))",
    )

    people = described(mysql.engine())["people"].definition

    assert people.unique_keys == ({"name": "lives", "columns": ["l", "n"]},)
    assert [key["columns"] for key in people.foreign_keys] == [["l", "n"]]


def test_F2_tables_whose_names_differ_in_case_alone_have_their_own_keys(
    mysql: MariaDBSource,
) -> None:
    mysql.execute(
        "CREATE TABLE goods (a INT, b INT, PRIMARY KEY (a, b))",
        "CREATE TABLE Goods (c INT, d INT, PRIMARY KEY (c, d), UNIQUE twice (d, c))",
        "CREATE VIEW seen AS SELECT 1 AS a",
        "CREATE VIEW Seen AS SELECT 2 AS b",
    )

    tables = {name: table.definition for name, table in described(mysql.engine()).items()}

    assert tables["goods"].primary_key == ("a", "b")
    assert tables["Goods"].primary_key == ("c", "d")
    assert tables["goods"].unique_keys == ()
    assert [index["columns"] for index in tables["Goods"].indexes] == [["c", "d"], ["d", "c"]]
    assert "1 AS" in (tables["seen"].view_definition or "")
    assert "2 AS" in (tables["Seen"].view_definition or "")


def test_F2_a_unique_column_is_no_primary_key(mysql: MariaDBSource) -> None:
    mysql.execute("CREATE TABLE goods (code INT NOT NULL UNIQUE)")

    (goods,) = described(mysql.engine()).values()

    assert goods.definition.primary_key == ()
    assert not goods.definition.columns[0].is_primary_key


def test_F2_a_key_of_a_table_that_keeps_its_history_has_the_columns_that_are_seen(
    mysql: MariaDBSource,
) -> None:
    mysql.execute("CREATE TABLE goods (id INT PRIMARY KEY, code INT UNIQUE) WITH SYSTEM VERSIONING")

    (goods,) = described(mysql.engine()).values()

    assert goods.definition.primary_key == ("id",)
    assert goods.definition.unique_keys == ({"name": "code", "columns": ["code"]},)


def test_F2_an_index_of_the_beginning_of_a_text_says_so(mysql: MariaDBSource) -> None:
    mysql.execute("CREATE TABLE goods (id INT, name TEXT, INDEX found_by (id, name(20)))")

    (goods,) = described(mysql.engine()).values()

    assert goods.definition.indexes[0]["columns"] == ["id", "name(20)"]


def test_F2_a_unique_index_with_an_expression_is_no_key_of_its_columns() -> None:
    """As MySQL 8 tells of `UNIQUE INDEX once (shop, (lower(name)))` and `UNIQUE INDEX other (shop)`; MariaDB has no such thing."""
    columns = [
        ("goods", name, place, "int", "int", None, 10, 0, 1, None, "", "", "", "select")
        for place, name in enumerate(("shop", "name"), start=1)
    ]
    found = definitions(
        schema="db",
        tables=[("goods", 0, 0, "", "InnoDB", 0, 16384)],
        view_texts=[],
        columns=columns,
        keys=[
            ("goods", "once", 0, "shop", None, None, None),
            ("goods", "other", 0, "shop", None, None, None),
        ],
        actions={},
        indexes=[
            ("goods", "once", "BTREE", 1, "shop", None),
            ("goods", "once", "BTREE", 1, None, None),
            ("goods", "other", "BTREE", 1, "shop", None),
        ],
        is_mariadb=False,
        grant=str,
    )

    definition, _ = found["goods"]

    assert definition.unique_keys == ({"name": "other", "columns": ["shop"]},)
    assert definition.indexes[0]["columns"] == ["shop", "(expression)"]


def test_F3_a_text_with_the_character_0_is_known_without_it(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    mysql.execute(
        "CREATE TABLE goods (a VARCHAR(9) DEFAULT 'd\\0' COMMENT 'c\\0', b ENUM ('e\\0')) COMMENT 't\\0'"
    )

    result = discover(app_engine, source_id, mysql.engine())

    assert result.status == "succeeded"
    assert known(app_engine, "source_comment") == {"t\ufffd"}


def test_F11_a_denied_table_names_the_grant_that_opens_it(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    mysql.execute("CREATE TABLE `my table` (a INT)")
    with reader(mysql, f"GRANT INSERT ON {mysql.schema}.* TO {{}}") as connection:
        first = discover(app_engine, source_id, MySQL(connection))
        assert known(app_engine, "table_name, access") == {("my table", "denied")}
        (problem,) = first.problems

        mysql.execute(str(problem.remedy))
        discover(app_engine, source_id, MySQL(connection))

    assert known(app_engine, "table_name, access") == {("my table", "readable")}


def test_F8_F11_a_table_that_the_role_no_longer_sees_is_not_removed(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    mysql.execute(
        "CREATE TABLE seen (a INT)", "CREATE TABLE lost (a INT)", "CREATE TABLE dropped (a INT)"
    )
    rights = [
        f"GRANT SELECT ON {mysql.schema}.{name} TO {{}}" for name in ("seen", "lost", "dropped")
    ]
    with reader(mysql, *rights) as connection:
        discover(app_engine, source_id, MySQL(connection))
        mysql.execute(f"REVOKE SELECT ON lost FROM '{mysql.schema}'@'%'", "DROP TABLE dropped")

        result = discover(app_engine, source_id, MySQL(connection))
        assert known(app_engine, "table_name, access") == {("seen", "readable"), ("lost", "denied")}
        (problem,) = result.problems
        assert (problem.kind, result.counts.removed) == ("hidden", 1)

        mysql.execute(str(problem.remedy))
        again = discover(app_engine, source_id, MySQL(connection))

    assert known(app_engine, "table_name, access") == {("seen", "readable"), ("lost", "readable")}
    assert again.problems == []


def test_F8_a_dropped_table_that_a_role_could_see_is_removed(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    role = f"{mysql.schema}_role"
    mysql.execute(
        "CREATE TABLE goods (a INT)",
        "CREATE TABLE passing (a INT)",
        f"CREATE ROLE {role}",
        f"GRANT SELECT ON {mysql.schema}.* TO {role}",
    )
    with reader(mysql, f"GRANT {role} TO {{}}", f"SET DEFAULT ROLE {role} FOR {{}}") as connection:
        discover(app_engine, source_id, MySQL(connection))
        mysql.execute("DROP TABLE passing")

        result = discover(app_engine, source_id, MySQL(connection))
    mysql.execute(f"DROP ROLE {role}")

    assert (result.problems, result.counts.removed) == ([], 1)
    assert known(app_engine) == {"goods"}


class Interrupted(MySQL):
    """Something happens between the listing and the reading."""

    def __init__(self, source: MariaDBSource, *statements: str) -> None:
        super().__init__(source.connection)
        self._source, self._statements = source, statements

    def tables(self) -> Any:
        listing = super().tables()
        with self._source.server.connect() as other, other.cursor() as cursor:
            for statement in self._statements:
                cursor.execute(statement)
        return listing


def test_F10_a_table_dropped_while_it_is_read_stops_nothing(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    mysql.execute("CREATE TABLE goods (a INT)", "CREATE TABLE passing (a INT)")

    result = discover(app_engine, source_id, Interrupted(mysql, "DROP TABLE passing"))

    (problem,) = result.problems
    assert (problem.table_name, problem.kind) == ("passing", "vanished")
    assert (result.counts.stored, result.counts.failed) == (1, 1)
    assert known(app_engine) == {"goods"}


def test_F10_a_table_is_not_taken_for_one_of_its_name_in_capitals(mysql: MariaDBSource) -> None:
    mysql.execute("CREATE TABLE GOODS (a INT)", "CREATE TABLE sales (a INT)")
    names = [TableName(mysql.schema, mysql.schema, name) for name in ("goods", "sales")]
    engine = mysql.engine()

    with engine.reading(), pytest.raises(UnreadableError):
        engine.describe([Listed(name, None) for name in names])


def test_R21_a_lock_on_a_table_stops_nothing(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    mysql.execute("CREATE TABLE busy (a INT)", "CREATE TABLE quiet (a INT)")
    with mysql.server.connect() as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLES busy WRITE")

        result = discover(app_engine, source_id, mysql.engine(Limits(lock_timeout_ms=1_000)))

    assert result.counts.listed == result.counts.stored + result.counts.failed == 2
    assert "quiet" in known(app_engine)


class Stalled(MySQL):
    """The line goes dead after the listing."""

    def __init__(self, connection: "pymysql.Connection[Any]", stalled: threading.Event) -> None:
        super().__init__(connection, Limits(deadline_s=2))
        self._stalled = stalled

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        self._stalled.set()
        return super().describe(tables)


def test_R21_a_source_that_hangs_is_given_up_at_the_deadline(
    app_engine: Engine, source_id: UUID, mysql: MariaDBSource
) -> None:
    mysql.execute("CREATE TABLE goods (a INT)")
    discover(app_engine, source_id, mysql.engine())
    stalled = threading.Event()
    with stalling("127.0.0.1", mysql.server.port, stalled) as port:
        connection = pymysql.connect(
            host="127.0.0.1", port=port, user="root", database=mysql.schema
        )
        with pytest.raises(SourceTimeoutError):
            discover(app_engine, source_id, Stalled(connection, stalled))

    assert known(app_engine) == {"goods"}
