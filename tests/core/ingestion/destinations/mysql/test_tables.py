"""The table that a template creates in MySQL, and how loading fits into one that was there before it."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.errors import DestinationError
from tests.core.ingestion.destinations.test_tables import EVERY_TYPE, ONE_ROW
from tests.core.ingestion.mariadb_loads import MariaBench
from tests.factories import csv_text, document

ID: dict[str, Any] = {"name": "id", "type": "integer"}


def shape(bench: MariaBench) -> list[tuple[Any, ...]]:
    return bench.query(
        "SELECT column_name, column_type, is_nullable, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'uploads' AND table_name = 'target' ORDER BY ordinal_position"
    )


def test_F31_the_table_is_made_with_the_templates_types(bench: MariaBench) -> None:
    bench.load(document(*EVERY_TYPE, upload_id_column="upload"), ONE_ROW)
    assert [row[:2] for row in shape(bench)] == [
        ("text", "longtext"),
        ("integer", "bigint(20)"),
        ("decimal", "decimal(12,3)"),
        ("float", "double"),
        ("boolean", "tinyint(1)"),
        ("date", "date"),
        ("time", "time(6)"),
        ("timestamp", "datetime(6)"),
        ("timestamptz", "datetime(6)"),
        ("uuid", "char(36)"),
        ("json", "longtext"),
        ("upload", "char(36)"),
    ]


def test_every_type_arrives_as_it_was_sent(bench: MariaBench) -> None:
    bench.load(document(*EVERY_TYPE), ONE_ROW)
    listed = ", ".join(f"CAST(`{rule['name']}` AS CHAR)" for rule in EVERY_TYPE)
    assert bench.query(f"SELECT {listed} FROM uploads.target ORDER BY 2 DESC")[0] == (
        "007",
        "-9223372036854775808",
        "-123456789.125",
        "0.0000001",
        "1",
        "1999-12-31",
        "23:59:59.999999",
        "2024-02-29 12:00:00.000001",
        "2024-02-29 06:30:00.000000",
        "00000000-0000-0000-0000-00000000000a",
        '{"a": [1, null]}',
    )


def test_F31_keys_and_unique_columns_get_indexes_and_texts_in_them_a_length(
    bench: MariaBench,
) -> None:
    template = document(
        "a", "b", {"name": "c", "unique": True}, {"name": "d", "nullable": False},
        keys=["b", "a"], mode="upsert", upload_id_column="u",
    )  # fmt: skip
    bench.load(template, csv_text("abcd", "1234"))
    assert [(name, kind, nullable) for name, kind, nullable, _ in shape(bench)] == [
        ("a", "varchar(384)", "NO"),
        ("b", "varchar(384)", "NO"),
        ("c", "varchar(768)", "YES"),
        ("d", "longtext", "NO"),
        ("u", "char(36)", "YES"),
    ]
    indexes = bench.query(
        "SELECT group_concat(column_name ORDER BY seq_in_index), max(non_unique)"
        " FROM information_schema.statistics WHERE table_schema = 'uploads' AND table_name = 'target'"
        " GROUP BY index_name ORDER BY 1"
    )
    assert indexes == [("b,a", 0), ("c", 0), ("u", 1)]


def test_a_key_that_is_longer_than_the_index_takes_is_rejected_alone(bench: MariaBench) -> None:
    template = document("k", mode="upsert", keys=["k"])
    record = bench.load(template, csv_text(["k"], ["é" * 768], ["é" * 769]))
    assert bench.reasons(record) == [(3, "k", "max_length")]
    assert record.records_success == 1


def test_keys_that_differ_by_case_accents_or_a_space_at_the_end_are_different(
    bench: MariaBench,
) -> None:
    template = document({"name": "k"}, mode="upsert", keys=["k"])
    record = bench.load(template, 'k\n"a"\n"A"\n"a "\n"ä"\n"a"\n')
    assert (record.records_success, record.records_failed) == (4, 1)
    assert sorted(key for (key,) in bench.rows()) == ["A", "a", "a ", "ä"]


def test_in_a_table_that_does_not_mind_case_such_keys_are_the_same(bench: MariaBench) -> None:
    bench.make("k varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v text")
    template = document("k", "v", mode="upsert", keys=["k"])
    bench.load(template, csv_text("kv", "ax", "by"))
    record = bench.load(template, csv_text("kv", "Az", "bY", "Bz"))
    assert bench.rows(["k", "v"]) == [("a", "z"), ("b", "Y")]
    assert bench.reasons(record) == [(4, "k", "unique")]
    assert (record.details.updated, record.details.unchanged) == (2, 0)


@pytest.mark.parametrize(
    ("column", "kind", "good", "bad", "rule"),
    [
        ("varchar(3)", "text", "äbc", "abcd", "max_length"),
        ("tinytext", "text", "ä" * 127, "ä" * 128, "max_length"),
        ("text", "text", "x" * 65_535, "x" * 65_536, "max_length"),
        ("text CHARACTER SET utf8mb3", "text", "ä€", "\N{PILE OF POO}", "character_set"),
        ("text CHARACTER SET ascii", "text", "a", "ä", "character_set"),
        ("tinyint", "integer", "-128", "128", "max"),
        ("tinyint unsigned", "integer", "255", "-1", "min"),
        ("smallint", "integer", "-32768", "32768", "max"),
        ("mediumint", "integer", "8388607", "8388608", "max"),
        ("int", "integer", "2147483647", "-2147483649", "min"),
        ("int unsigned", "integer", "4294967295", "4294967296", "max"),
        ("bigint unsigned", "integer", "9223372036854775807", "-1", "min"),
        ("decimal(3,0)", "integer", "-999", "1000", "max"),
        ("decimal(4,1)", "decimal", "999.9", "1000.0", "type"),
        ("decimal(4,1)", "decimal", "1.1", "1.15", "type"),
        ("decimal(4,1) unsigned", "decimal", "1.1", "-1.1", "min"),
        ("text NOT NULL", "text", "x", "", "not_null"),
        ("varchar(36)", "uuid", "00000000-0000-0000-0000-000000000001", "x", "type"),
        ("uuid", "uuid", "00000000-0000-0000-0000-000000000001", "x", "type"),
        ("json", "json", "[1]", "[", "type"),
        ("timestamp(6) NULL", "timestamptz", "2038-01-19T03:14:07Z", "2039-01-01T00:00:00Z", "max"),
    ],
)
@pytest.mark.parametrize("staged", [False, True])
def test_an_existing_columns_limits_reject_rows_one_by_one(
    bench: MariaBench, column: str, kind: str, good: str, bad: str, rule: str, staged: bool
) -> None:
    bench.make(f"id bigint, v {column}")
    template = document(ID | {"unique": staged}, {"name": "v", "type": kind})
    record = bench.load(template, csv_text(("id", "v"), (1, good), (2, bad)))
    assert bench.reasons(record) == [(3, "v", rule)]
    assert (record.records_success, record.records_failed) == (1, 1)
    assert bench.query("SELECT id FROM uploads.target") == [(1,)]


def test_the_tables_own_unique_indexes_reject_rows_one_by_one(bench: MariaBench) -> None:
    bench.make("a varchar(9), b varchar(9), UNIQUE (a, b)")
    bench.query("INSERT INTO uploads.target VALUES ('1', '1')")
    record = bench.load(document("a", "b"), "a,b\n1,1\n1,2\n1,2\n1,\n1,\n")
    assert sorted(bench.reasons(record)) == [(2, "a, b", "unique"), (4, "a, b", "unique")]
    assert record.records_success == 3


def test_columns_are_the_same_whatever_the_case_of_their_names(bench: MariaBench) -> None:
    bench.make("ID bigint PRIMARY KEY, Name text")
    template = document(ID, "name", mode="upsert", keys=["id"])
    bench.load(template, csv_text(("id", "name"), (1, "a"), (2, "b")))
    record = bench.load(document(ID, "name"), csv_text(("id", "name"), (2, "c"), (3, "d")))
    assert bench.rows() == [(1, "a"), (2, "b"), (3, "d")]
    assert bench.reasons(record) == [(2, "id", "unique")]


@pytest.mark.parametrize(
    ("column", "kind", "problem"),
    [
        ("bigint", "text", "is bigint(20), but the template loads text"),
        ("text", "integer", "is text, but the template loads integer"),
        ("float", "float", "is float, but the template loads float"),
        ("double(10,2)", "float", "is double(10,2), so the server would round"),
        ("double unsigned", "float", "is unsigned"),
        ("char(5)", "text", "is char(5), but"),
        ("datetime", "timestamp", "keeps 0 digits of a second"),
        ("timestamp(3) NULL", "timestamptz", "keeps 3 digits of a second"),
        ("time(5)", "time", "keeps 5 digits of a second"),
        ("text CHARACTER SET latin1", "text", "has the character set latin1"),
        ("varchar(35)", "uuid", "is varchar(35), too short for a uuid"),
        ("text AS ('x')", "text", "is generated"),
    ],
)
def test_a_type_that_would_change_values_is_refused(
    bench: MariaBench, column: str, kind: str, problem: str
) -> None:
    bench.make(f"v {column}")
    _, error = bench.refused(document({"name": "v", "type": kind}), "v\n1\n")
    assert isinstance(error, DestinationError)
    assert f"Column v of table uploads.target {problem}" in str(error)


@pytest.mark.parametrize("engine", ["MyISAM", "Aria", "MEMORY"])
def test_a_table_that_cannot_roll_back_is_refused_with_the_remedy(
    bench: MariaBench, engine: str
) -> None:
    bench.query(f"CREATE TABLE uploads.target (v varchar(9)) ENGINE = {engine}")
    _, error = bench.refused(document("v"), "v\na\n")
    assert f"Table uploads.target has the engine {engine}, which cannot take back" in str(error)
    assert "ALTER TABLE uploads.target ENGINE = InnoDB" in str(error)


@pytest.mark.parametrize("mode", ["upsert", "insert_new"])
def test_a_keyed_mode_wants_a_unique_index_on_an_existing_table(
    bench: MariaBench, mode: str
) -> None:
    bench.make("id varchar(9), v text, UNIQUE (id(3))")
    template = document("id", "v", keys=["id"], mode=mode)
    _, error = bench.refused(template, csv_text(("id", "v"), "1a"))
    assert "has no unique index on id" in str(error)


@pytest.mark.parametrize(
    ("definition", "content"),
    [
        ("v int CHECK (v > 0)", "v\n1\n-1\n"),
        ("v int, FOREIGN KEY (v) REFERENCES uploads.other (id)", "v\n1\n-1\n"),
    ],
)
@pytest.mark.parametrize("unique", [False, True])
def test_a_constraint_that_the_template_does_not_know_refuses_the_file(
    bench: MariaBench, definition: str, content: str, unique: bool
) -> None:
    """LOAD DATA LOCAL would pass over such rows with a warning."""
    bench.make("id int PRIMARY KEY", table="other")
    bench.query("INSERT INTO uploads.other VALUES (1)")
    bench.make(definition)
    template = document({"name": "v", "type": "integer", "unique": unique})
    record, error = bench.refused(template, content)
    assert isinstance(error, DestinationError)
    assert "A row breaks a constraint of table uploads.target; nothing was loaded." in str(error)
    assert (record.status, bench.rows()) == ("failed", [])


@pytest.mark.usefixtures("no_pauses")
def test_a_unique_index_of_a_prefix_refuses_the_file_and_skips_no_row(bench: MariaBench) -> None:
    bench.make("v varchar(9), UNIQUE (v(1))")
    _, error = bench.refused(document("v"), "v\nab\nac\n")
    assert "A row is in uploads.target already, by a unique index; nothing was loaded." in str(
        error
    )
    assert bench.rows() == []


def test_a_view_is_no_table(bench: MariaBench) -> None:
    bench.query("CREATE VIEW uploads.target AS SELECT 1 AS v")
    _, error = bench.refused(document("v"), "v\na\n")
    assert "uploads.target is not a table" in str(error)


def test_a_column_that_wants_a_value_from_nobody_is_told(bench: MariaBench) -> None:
    bench.make(
        "id int AUTO_INCREMENT PRIMARY KEY, v text, w text NOT NULL, x int NOT NULL DEFAULT 7"
    )
    _, error = bench.refused(document("v"), "v\na\n")
    assert "Table uploads.target wants a value in w, which" in str(error)


def test_a_missing_database_is_told_with_the_remedy(bench: MariaBench) -> None:
    _, error = bench.refused(document("v", schema="nowhere"), "v\na\n")
    assert "There is no database nowhere for table nowhere.target" in str(error)


@pytest.mark.parametrize("failing", ["created", "evolved"])
def test_what_a_load_that_fails_has_made_is_taken_back(bench: MariaBench, failing: str) -> None:
    if failing == "evolved":
        bench.make("a text")
    template = document(
        "a", {"name": "b", "one_of": ["x"]}, contract="evolve", file={"max_rejects": 0}
    )
    bench.refused(template, csv_text("abc", "1x2", "1y2"))
    assert bench.exists() is (failing == "evolved")
    if failing == "evolved":
        assert [row[0] for row in shape(bench)] == ["a"]


@pytest.mark.parametrize("name", ["select", "a`b", "100 % %s", "it's", "ä b"])
@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_names_are_names_whatever_they_look_like(bench: MariaBench, name: str, mode: str) -> None:
    bench.make("c text", table="listed")
    bench.query("INSERT INTO uploads.listed VALUES ('x')")
    looked_up = {"name": "when", "lookup": {"table": "listed", "column": "c"}}
    template = document(name, looked_up, table=name, keys=[name], mode=mode)
    record = bench.load(template, f"{name},when\n1,x\n1,x\n2,y\n3,x\n")
    rows = bench.query(f"SELECT * FROM uploads.`{name.replace('`', '``')}` ORDER BY 1")
    assert rows == [("1", "x"), ("3", "x")]
    assert sorted(bench.reasons(record)) == [(3, name, "unique"), (4, "when", "lookup")]


@pytest.mark.parametrize("mode", ["append", "upsert", "replace"])
def test_a_server_that_takes_no_files_gets_statements_and_the_sender_is_told(
    bench: MariaBench, mode: str
) -> None:
    bench.query("SET GLOBAL local_infile = OFF")
    try:
        template = document(*EVERY_TYPE, {"name": "k", "nullable": False}, mode=mode, keys=["k"])
        header, first, _ = ONE_ROW.splitlines()
        record = bench.load(template, f"{header},k\n{first},1\n,,,,,,,,,,,\\N\n")
    finally:
        bench.query("SET GLOBAL local_infile = ON")
    assert any("local_infile" in warning for warning in record.details.warnings)
    assert bench.rows(["k", "text", "integer"]) == [("1", "007", -(2**63)), ("\\N", None, None)]
