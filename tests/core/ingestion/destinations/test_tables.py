"""The table that a template creates, and how loading fits into one that was there before it."""

from typing import Any

import pytest
from psycopg import sql

from tests.core.ingestion.destinations import on
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

pytestmark = on.POSTGRESQL

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
    assert bench.reasons(record) == [(3, "v", rule)]


def test_the_tables_own_unique_indexes_reject_rows_one_by_one(bench: Bench) -> None:
    bench.make("a text, b text, UNIQUE (a, b)")
    bench.query("INSERT INTO uploads.target VALUES ('1', '1')")
    record = bench.load(document("b", "a"), csv_text("ab", "11", "12", "12", "21"))
    assert bench.rows(["a", "b"]) == [("1", "1"), ("1", "2"), ("2", "1")]
    assert sorted(bench.reasons(record)) == [(2, "a, b", "unique"), (4, "a, b", "unique")]


def test_columns_that_the_template_does_not_load_keep_their_defaults(bench: Bench) -> None:
    bench.make(
        "n integer GENERATED ALWAYS AS IDENTITY, v text, d text DEFAULT 'x' NOT NULL, e text"
    )
    bench.load(document("v"), csv_text("v", "a", "b"))
    assert bench.rows() == [(1, "a", "x", None), (2, "b", "x", None)]


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
    assert sorted(bench.reasons(record)) == [(3, name, "unique"), (4, "when", "lookup")]
