"""The table that a template creates, and the tables that were there before it."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from dataviz_pipelines.core.ingestion.errors import (
    DestinationError,
    FileRefusedError,
    TemplateInvalidError,
    UnreadableFileError,
)
from dataviz_pipelines.core.ingestion.service import first_rejects
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.ingestion.templates import draft_template
from tests.core.ingestion.loads import Bench, reject_file
from tests.factories import csv_text, document

EVERY_TYPE: list[dict[str, Any]] = [
    {"name": "text"},
    {"name": "integer", "type": "integer"},
    {"name": "decimal", "type": "decimal", "precision": 12, "scale": 3},
    {"name": "float", "type": "float"},
    {"name": "boolean", "type": "boolean"},
    {"name": "date", "type": "date"},
    {"name": "time", "type": "time"},
    {"name": "timestamp", "type": "timestamp"},
    {"name": "timestamptz", "type": "timestamptz"},
    {"name": "uuid", "type": "uuid"},
    {"name": "json", "type": "json"},
]
ONE_ROW = (
    "text,integer,decimal,float,boolean,date,time,timestamp,timestamptz,uuid,json\n"
    "007,-9223372036854775808,-123456789.125,1e-7,yes,1999-12-31,23:59:59.999999,2024-02-29T12:00:00.000001,"
    '2024-02-29T12:00:00+05:30,00000000-0000-0000-0000-00000000000A,"{""a"": [1, null]}"\n'
    ",,,,,,,,,,\n"
)
AS_TEXT = (
    "007",
    "-9223372036854775808",
    "-123456789.125",
    "1e-07",
    "true",
    "1999-12-31",
    "23:59:59.999999",
    "2024-02-29 12:00:00.000001",
    "2024-02-29 06:30:00+00",
    "00000000-0000-0000-0000-00000000000a",
    '{"a": [1, null]}',
)


def reasons(bench: Bench, record: UploadRecord) -> list[tuple[int, str, str]]:
    return [
        (line, error["column"], error["rule"])
        for line, errors, _ in first_rejects(bench.ingestion, record.id, limit=100)
        for error in errors
    ]


def shape(bench: Bench) -> list[tuple[Any, ...]]:
    return bench.query(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'uploads.target'::regclass AND attnum > 0 ORDER BY attnum"
    )


def test_F31_the_table_is_made_with_the_templates_types(bench: Bench) -> None:
    bench.load(document(*EVERY_TYPE, upload_id_column="upload"), ONE_ROW)
    assert shape(bench) == [
        ("text", "text", False),
        ("integer", "bigint", False),
        ("decimal", "numeric(12,3)", False),
        ("float", "double precision", False),
        ("boolean", "boolean", False),
        ("date", "date", False),
        ("time", "time without time zone", False),
        ("timestamp", "timestamp without time zone", False),
        ("timestamptz", "timestamp with time zone", False),
        ("uuid", "uuid", False),
        ("json", "jsonb", False),
        ("upload", "uuid", False),
    ]


def test_every_type_arrives_as_it_was_sent(bench: Bench) -> None:
    bench.load(document(*EVERY_TYPE), ONE_ROW)
    names = [rule["name"] for rule in EVERY_TYPE]
    listed = ", ".join(
        f"({name} AT TIME ZONE 'UTC')::text || '+00'"
        if name == "timestamptz"
        else f'"{name}"::text'
        for name in names
    )
    assert bench.rows(listed) == [(None,) * 11, AS_TEXT]


def test_F31_keys_and_unique_columns_get_indexes_and_required_ones_not_null(bench: Bench) -> None:
    template = document(
        "a", "b", {"name": "c", "unique": True}, {"name": "d", "nullable": False},
        keys=["b", "a"], mode="upsert", upload_id_column="u",
    )  # fmt: skip
    bench.load(template, csv_text("abcd", "1234"))
    assert [row[:3] for row in shape(bench)] == [
        ("a", "text", True), ("b", "text", True), ("c", "text", False), ("d", "text", True), ("u", "uuid", False),
    ]  # fmt: skip
    indexes = bench.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'target' ORDER BY 1")
    assert [text.partition("INDEX ")[0] + text.partition("btree ")[2] for (text,) in indexes] == [
        "CREATE (u)",
        "CREATE UNIQUE (b, a)",
        "CREATE UNIQUE (c)",
    ]


@pytest.mark.parametrize(
    ("column", "kind", "good", "bad", "rule"),
    [
        ("varchar(3)", "text", "abc", "abcd", "max_length"),
        ("smallint", "integer", "-32768", "32768", "max"),
        ("integer", "integer", "2147483647", "-2147483649", "min"),
        ("numeric(3,0)", "integer", "-999", "1000", "max"),
        ("numeric(20,0)", "integer", "9223372036854775807", "x", "type"),
        ("numeric", "integer", "9223372036854775807", "x", "type"),
        ("numeric(4,1)", "decimal", "999.9", "1000.0", "type"),
        ("numeric(4,1)", "decimal", "1.1", "1.15", "type"),
        ("numeric", "decimal", "12345678.123456789", "x", "type"),
        ("text NOT NULL", "text", "x", "", "not_null"),
        ("varchar(36)", "uuid", "00000000-0000-0000-0000-000000000001", "x", "type"),
        ("text", "uuid", "00000000-0000-0000-0000-000000000001", "x", "type"),
        ("json", "json", "[1]", "[", "type"),
        ("text", "json", "[1]", "[", "type"),
    ],
)
def test_an_existing_columns_limits_reject_rows_one_by_one(
    bench: Bench, column: str, kind: str, good: str, bad: str, rule: str
) -> None:
    bench.make(f"id bigint, v {column}")
    template = document({"name": "id", "type": "integer"}, {"name": "v", "type": kind})
    record = bench.load(template, csv_text(("id", "v"), (1, good), (2, bad)))
    assert bench.rows("id, v::text") == [(1, good)]
    assert reasons(bench, record) == [(3, "v", rule)]


@pytest.mark.parametrize(
    ("column", "kind", "problem"),
    [
        ("bigint", "text", "is bigint, but the template loads text"),
        ("text", "integer", "is text, but the template loads integer"),
        ("real", "float", "is real, but the template loads float"),
        ("character(5)", "text", "is character, but"),
        ("timestamp", "timestamptz", "is timestamp without time zone, but"),
        ("text[]", "text", "is ARRAY, but"),
        ("timestamp(0)", "timestamp", "keeps 0 digits of a second"),
        ("timestamptz(3)", "timestamptz", "keeps 3 digits of a second"),
        ("time(5)", "time", "keeps 5 digits of a second"),
    ],
)
def test_a_type_that_would_change_values_is_refused(
    bench: Bench, column: str, kind: str, problem: str
) -> None:
    bench.make(f"v {column}")
    _, error = bench.refused(document({"name": "v", "type": kind}), "v\n1\n")
    assert isinstance(error, DestinationError)
    assert f"Column v of table uploads.target {problem}" in str(error)


def test_the_tables_own_unique_indexes_reject_rows_one_by_one(bench: Bench) -> None:
    bench.make("a text, b text, UNIQUE (a, b)")
    bench.query("INSERT INTO uploads.target VALUES ('1', '1')")
    record = bench.load(document("b", "a"), csv_text("ab", "11", "12", "12", "21"))
    assert bench.rows(["a", "b"]) == [("1", "1"), ("1", "2"), ("2", "1")]
    assert sorted(reasons(bench, record)) == [(2, "a, b", "unique"), (4, "a, b", "unique")]


def test_columns_that_the_template_does_not_load_keep_their_defaults(bench: Bench) -> None:
    bench.make(
        "n integer GENERATED ALWAYS AS IDENTITY, v text, d text DEFAULT 'x' NOT NULL, e text"
    )
    bench.load(document("v"), csv_text("v", "a", "b"))
    assert bench.rows() == [(1, "a", "x", None), (2, "b", "x", None)]


def test_a_column_that_wants_a_value_from_nobody_is_told(bench: Bench) -> None:
    bench.make("v text, w text NOT NULL")
    _, error = bench.refused(document("v"), "v\na\n")
    assert "Table uploads.target wants a value in w" in str(error)


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("v integer CONSTRAINT positive CHECK (v > 0)", "positive"),
        ("v integer CONSTRAINT known REFERENCES uploads.other (id)", "known"),
    ],
)
def test_a_constraint_that_the_template_does_not_know_refuses_the_file_by_name(
    bench: Bench, definition: str, name: str
) -> None:
    bench.make("id integer PRIMARY KEY", table="other")
    bench.query("INSERT INTO uploads.other VALUES (1)")
    bench.make(definition)
    record, error = bench.refused(document({"name": "v", "type": "integer"}), "v\n1\n-1\n")
    assert isinstance(error, DestinationError)
    assert f"A row breaks {name} of table uploads.target; nothing was loaded." in str(error)
    assert "-1" not in str(error)
    assert (record.status, bench.rows()) == ("failed", [])


def test_a_replaced_row_that_others_refer_to_refuses_the_file(bench: Bench) -> None:
    bench.make("id bigint PRIMARY KEY")
    bench.make("id bigint CONSTRAINT of_target REFERENCES uploads.target", table="other")
    bench.query("INSERT INTO uploads.target VALUES (1); INSERT INTO uploads.other VALUES (1)")
    template = document({"name": "id", "type": "integer"}, mode="replace")
    _, error = bench.refused(template, "id\n2\n")
    assert "of_target" in str(error)
    assert bench.rows() == [(1,)]


def test_a_view_is_no_table(bench: Bench) -> None:
    bench.query("CREATE VIEW uploads.target AS SELECT 1 AS v")
    _, error = bench.refused(document("v"), "v\na\n")
    assert "uploads.target is not a table" in str(error)


def test_a_missing_column_is_told_with_the_remedy(bench: Bench) -> None:
    bench.make("v text")
    _, error = bench.refused(document("v", "w"), csv_text("vw", "ab"))
    assert "Table uploads.target has no column w. Add it" in str(error)


def test_a_missing_schema_is_told_with_the_remedy(bench: Bench) -> None:
    _, error = bench.refused(document("v", schema="no such"), "v\na\n")
    assert "There is no schema no such for table no such.target" in str(error)


def test_a_schema_without_the_right_to_create_is_told_with_the_grant(bench: Bench) -> None:
    bench.query("CREATE SCHEMA closed")
    _, error = bench.refused(document("v", schema="closed"), "v\na\n")
    assert "may not create table closed.target. Grant it: GRANT USAGE, CREATE" in str(error)


@pytest.mark.parametrize(
    ("granted", "mode", "lacking"),
    [("", "append", "no SELECT and no INSERT"), ("SELECT, INSERT", "replace", "no DELETE"), ("SELECT, INSERT", "upsert", "no UPDATE")],
)  # fmt: skip
def test_a_missing_privilege_is_told_with_the_grant(
    bench: Bench, granted: str, mode: str, lacking: str
) -> None:
    bench.query("CREATE TABLE uploads.target (v text PRIMARY KEY)")
    app = bench.ingestion.engine.url.username or ""
    bench.query(sql.SQL("REVOKE ALL ON uploads.target FROM {}").format(sql.Identifier(app)))
    if granted:
        bench.query(
            sql.SQL("GRANT {} ON uploads.target TO {}").format(
                sql.SQL(granted), sql.Identifier(app)
            )
        )
    template = document("v", mode=mode, keys=["v"])
    _, error = bench.refused(template, "v\na\n")
    assert f"has {lacking} privilege on table uploads.target. Grant it: GRANT SELECT" in str(error)


@pytest.mark.parametrize("mode", ["upsert", "insert_new"])
def test_a_keyed_mode_wants_a_unique_index_on_an_existing_table(bench: Bench, mode: str) -> None:
    bench.make("id text, v text")
    _, error = bench.refused(
        document("id", "v", keys=["id"], mode=mode), csv_text(("id", "v"), "1a")
    )
    assert "has no unique index on id" in str(error)


def test_F31_upsert_works_on_a_partitioned_table(bench: Bench) -> None:
    bench.query(
        "CREATE TABLE uploads.target (id text PRIMARY KEY, v text) PARTITION BY HASH (id);"
        "CREATE TABLE uploads.part PARTITION OF uploads.target FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
        f"GRANT ALL ON uploads.target TO {bench.ingestion.engine.url.username}"
    )
    template = document("id", "v", keys=["id"], mode="upsert")
    bench.load(template, csv_text(("id", "v"), "1a"))
    record = bench.load(template, csv_text(("id", "v"), "1b", "2c"))
    assert bench.rows(["id", "v"]) == [("1", "b"), ("2", "c")]
    assert (record.details.inserted, record.details.updated) == (1, 1)


@pytest.mark.parametrize(
    "name",
    ["Weird Name", "emoji 🙂", "select", 'quo"te', "semi;colon", "back\\slash", "ümläut", "UPPER", "a.b", "%s", "{x}", "'--", "n" * 63],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_identifiers_of_any_kind_are_quoted(bench: Bench, name: str, mode: str) -> None:
    columns = (
        {"name": name, "unique": True},
        {"name": "when", "lookup": {"table": f"{name[:-1]}L", "column": name}},
    )
    bench.make(sql.SQL("{} text").format(sql.Identifier(name)).as_string(), table=f"{name[:-1]}L")
    bench.query(
        sql.SQL("INSERT INTO {} VALUES ('x')").format(sql.Identifier("uploads", f"{name[:-1]}L"))
    )
    template = document(*columns, table=name, keys=[name], mode=mode)
    quoted = '"{}"'.format(name.replace('"', '""'))
    record = bench.load(template, f"{quoted},when\n1,x\n1,x\n2,y\n3,x\n")
    assert bench.rows([name, "when"], table=name) == [("1", "x"), ("3", "x")]
    assert sorted(reasons(bench, record)) == [(3, name, "unique"), (4, "when", "lookup")]


def test_F35_evolve_adds_new_columns_as_text(bench: Bench) -> None:
    template = document("a", contract="evolve")
    bench.load(template, csv_text("ab", "12"))
    record = bench.load(template, csv_text("acb", "345"))
    assert bench.rows(["a", "b", "c"]) == [("1", "2", None), ("3", "5", "4")]
    assert record.details.columns == [("a", "text"), ("c", "text"), ("b", "text")]
    bench.load(template, csv_text("a", "6"))
    assert bench.rows(["a", "b", "c"])[-1] == ("6", None, None)


def test_F35_evolve_adds_the_templates_own_new_columns(bench: Bench) -> None:
    bench.load(document("a"), csv_text("a", "1"))
    number = {"name": "n", "type": "integer"}
    bench.load(document("a", number, contract="evolve", upload_id_column="u"), csv_text("an", "25"))
    assert bench.rows(["a", "n"]) == [("1", None), ("2", 5)]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("x" * 64, "too long for a column"),
        ("u", "also the template's upload_id_column"),
        ("xmin", "xmin"),
    ],
)
def test_F35_a_header_that_can_be_no_column_is_refused(
    bench: Bench, header: str, problem: str
) -> None:
    template = document("a", contract="evolve", upload_id_column="u")
    _, error = bench.refused(template, f"a,{header}\n1,2\n")
    assert isinstance(error, DestinationError)
    assert problem in str(error)
    assert not bench.exists()


def test_F35_freeze_refuses_the_file_and_names_the_column(bench: Bench) -> None:
    _, error = bench.refused(document("a"), csv_text("ab", "12"))
    assert isinstance(error, FileRefusedError)
    assert "File file.csv has columns that the template does not know: b." in str(error)
    assert not bench.exists()


def test_F35_discard_row_rejects_rows_with_a_value_there(bench: Bench) -> None:
    record = bench.load(document("a", contract="discard_row"), "a,b\n1,\n2,x\n3,\n")
    assert bench.rows() == [("1",), ("3",)]
    assert reasons(bench, record) == [(3, "b", "unknown_column")]


def test_F35_discard_value_ignores_the_column_with_a_warning(bench: Bench) -> None:
    record = bench.load(document("a", contract="discard_value"), csv_text("ab", "12"))
    assert bench.rows() == [("1",)]
    assert any("b" in warning for warning in record.details.warnings), record.details.warnings


@pytest.mark.parametrize("header", ["*", "^a$", "^.*$"])
def test_F35_a_header_that_looks_like_a_pattern_is_ignored_or_refused_by_name(
    bench: Bench, header: str
) -> None:
    content = f"a,{header}\n1,2\n,4\n"
    column = {"name": "a", "nullable": False}
    trim = [{"op": "trim"}]
    for contract in ("evolve", "discard_row"):
        _, error = bench.refused(document(column, contract=contract, steps=trim), content)
        assert f"File file.csv has the header {header}, which cannot be" in str(error)
    if header == "^a$":  # it also means the column a, but for its punctuation
        bench.load(document(column, contract="discard_value"), "a\n1\n")
        return
    record = bench.load(document(column, contract="discard_value", steps=trim), content)
    assert (bench.rows(), record.records_failed) == ([("1",)], 1)
    assert reject_file(record)[0][5:7] == ["", "4"]


@pytest.mark.parametrize("name", ["*", "^a$"])
def test_a_template_cannot_name_a_column_like_a_pattern(name: str, tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text(f"a,{name}\n1,2\n")
    with pytest.raises(UnreadableFileError, match=r"sample\.csv has the header"):
        draft_template(tmp_path / "sample.csv")
    with pytest.raises(TemplateInvalidError, match=r"validation_rules\.columns\[0\]\.name"):
        document(name)
