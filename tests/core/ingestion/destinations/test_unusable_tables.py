"""Tables that a file cannot be loaded into: each is refused with what is wrong and how to put it right."""

import pytest
from psycopg import sql

from dataviz_pipelines.core.ingestion.errors import (
    DestinationError,
)
from tests.core.ingestion.destinations import on
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document

pytestmark = on.POSTGRESQL


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


@pytest.mark.parametrize("definition", ["v integer", "v integer UNIQUE"])
def test_a_table_whose_trigger_leaves_rows_out_is_refused(bench: Bench, definition: str) -> None:
    bench.make(definition)
    bench.query(
        "CREATE FUNCTION uploads.leave_out() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF NEW.v = 2 THEN RETURN NULL; END IF; RETURN NEW; END'"
    )
    bench.query(
        "CREATE TRIGGER leaving BEFORE INSERT ON uploads.target "
        "FOR EACH ROW EXECUTE FUNCTION uploads.leave_out()"
    )
    _, error = bench.refused(document({"name": "v", "type": "integer"}), "v\n1\n2\n3\n")
    assert isinstance(error, DestinationError)
    assert "Table uploads.target took 2 of 3 rows; nothing was loaded." in str(error)
    assert bench.query("SELECT count(*) FROM uploads.target") == [(0,)]


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


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_a_view_that_takes_rows_is_no_table_either(bench: Bench, mode: str) -> None:
    bench.make("v text", table="other")
    bench.query("CREATE VIEW uploads.target AS SELECT v FROM uploads.other WHERE v < 'x'")
    app = sql.Identifier(bench.ingestion.engine.url.username or "")
    bench.query(sql.SQL("GRANT ALL ON uploads.target TO {}").format(app))
    _, error = bench.refused(document("v", mode=mode, keys=["v"]), "v\na\n")
    assert isinstance(error, DestinationError)
    assert "uploads.target is not a table. Name a table in destination_config.table." in str(error)


MODES = ["append", "replace", "upsert", "insert_new", "delete_insert"]


@pytest.mark.parametrize("mode", MODES)
def test_a_table_that_hides_rows_from_the_role_is_refused(bench: Bench, mode: str) -> None:
    """It would keep them when it is replaced, and take a key that is there for a new one."""
    guarded(bench, "target", "v text PRIMARY KEY")
    bench.query("INSERT INTO uploads.target VALUES ('a'), ('hidden')")
    _, error = bench.refused(document("v", mode=mode, keys=["v"]), "v\na\nb\n")
    assert isinstance(error, DestinationError)
    assert "Row level security may hide rows of table uploads.target from" in str(error)
    assert "BYPASSRLS" in str(error)
    assert bench.rows() == [("a",), ("hidden",)]


def test_the_owner_of_a_table_is_not_kept_from_its_rows(bench: Bench) -> None:
    bench.make("v text")
    bench.query("ALTER TABLE uploads.target ENABLE ROW LEVEL SECURITY")
    bench.load(document("v", mode="replace"), "v\na\n")
    assert bench.rows() == [("a",)]


def test_a_lookup_in_a_table_that_hides_rows_rejects_no_row_but_the_file(bench: Bench) -> None:
    guarded(bench, "other", "id text PRIMARY KEY")
    lookup = {"schema": "uploads", "table": "other", "column": "id"}
    _, error = bench.refused(document({"name": "v", "lookup": lookup}), "v\nhidden\n")
    assert "Row level security may hide rows of table uploads.other from" in str(error)


def guarded(bench: Bench, table: str, definition: str) -> None:
    """A table of somebody else, of which the role sees and may write all rows but those that say `hidden`."""
    name = sql.Identifier("uploads", table)
    column = sql.Identifier(definition.split()[0])
    app = sql.Identifier(bench.ingestion.engine.url.username or "")
    for statement in (
        f"CREATE TABLE {{table}} ({definition})",
        "GRANT ALL ON {table} TO {app}",
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY visible ON {table} TO {app} USING ({column} <> 'hidden')",
    ):
        bench.query(sql.SQL(statement).format(table=name, app=app, column=column))


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


@pytest.mark.parametrize("mode", ["upsert", "insert_new"])
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE uploads.target ADD UNIQUE (id) DEFERRABLE",
        "CREATE UNIQUE INDEX ON uploads.target (id) WHERE v IS NOT NULL",
        "CREATE UNIQUE INDEX ON uploads.target (id, v)",
        "CREATE UNIQUE INDEX ON uploads.target (v) INCLUDE (id)",
    ],
)
def test_a_unique_index_that_decides_no_conflict_of_the_keys_is_none(
    bench: Bench, mode: str, statement: str
) -> None:
    bench.make("id text, v text")
    bench.query(statement)
    _, error = bench.refused(
        document("id", "v", keys=["id"], mode=mode), csv_text(("id", "v"), "1a")
    )
    assert "has no unique index on id" in str(error)
    assert "CREATE UNIQUE INDEX ON uploads.target (id)" in str(error)
