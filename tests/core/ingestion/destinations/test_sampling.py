"""F34: a dry run shows some of the rows that would change, as they are and as they would be."""

from typing import Any

import pytest

from dataviz_pipelines.core.ingestion.service import dry_run
from dataviz_pipelines.core.models.documents.outcomes import RowChange
from tests.core.ingestion.loads import Bench
from tests.factories import document

COLUMNS: tuple[Any, ...] = ({"name": "id", "type": "integer"}, "name")
BEFORE = "id,name\n1,one\n2,two\n3,three\n"
FILE = "id,name\n2,two\n3,THREE\n4,four\n"


def changes(bench: Bench, content: str = FILE, **template: Any) -> list[tuple[Any, ...]]:
    """Kind, row before and row after, each as its values, in some order for deletions."""
    stored = bench.template(document(*COLUMNS, **template))
    if template.get("mode") != "fail_if_exists":
        bench.load(stored, BEFORE)
    before = bench.rows() if bench.exists() else []
    loaded = dry_run(bench.ingestion, stored, bench.file(content, name="next.csv"))
    assert (bench.rows() if bench.exists() else []) == before
    return [_shown(change) for change in loaded.details.changes]


def _shown(change: RowChange) -> tuple[Any, ...]:
    before, after = (
        None if row is None else tuple(row.values()) for row in (change.before, change.after)
    )
    return change.kind.value, before, after


INSERTED = [("insert", None, row) for row in (("2", "two"), ("3", "THREE"), ("4", "four"))]


def test_an_upsert_shows_rows_before_and_after_and_leaves_out_what_stays(bench: Bench) -> None:
    assert changes(bench, mode="upsert", keys=["id"]) == [
        ("update", ("3", "three"), ("3", "THREE")),
        ("insert", None, ("4", "four")),
    ]


def test_new_rows_alone_are_shown_where_only_they_are_inserted(bench: Bench) -> None:
    assert changes(bench, mode="insert_new", keys=["id"]) == [("insert", None, ("4", "four"))]


def test_a_delete_insert_shows_what_goes_and_what_comes(bench: Bench) -> None:
    found = changes(bench, mode="delete_insert", keys=["id"])
    assert sorted(found[:2]) == [
        ("delete", ("2", "two"), None),
        ("delete", ("3", "three"), None),
    ]
    assert found[2:] == INSERTED


@pytest.mark.parametrize("parts", [{}, {"keys": ["id"]}])
def test_a_replacement_shows_what_goes_and_what_comes(bench: Bench, parts: dict[str, Any]) -> None:
    found = changes(bench, mode="replace", **parts)
    deleted = [("delete", row, None) for row in (("1", "one"), ("2", "two"), ("3", "three"))]
    assert sorted(found[:3]) == deleted
    assert found[3:] == INSERTED


@pytest.mark.parametrize("mode", ["append", "fail_if_exists"])
def test_rows_that_are_added_are_shown_too(bench: Bench, mode: str) -> None:
    assert changes(bench, mode=mode) == INSERTED


def test_of_many_changes_the_first_are_shown(bench: Bench) -> None:
    content = "id,name\n" + "".join(f"{n},x\n" for n in range(10, 5_000))
    found = changes(bench, content, mode="append")
    assert [after[0] for _, _, after in found] == ["10", "11", "12", "13", "14"]


def test_a_load_in_earnest_looks_at_nothing(bench: Bench) -> None:
    stored = bench.template(document(*COLUMNS, mode="upsert", keys=["id"]))
    bench.load(stored, BEFORE)
    assert bench.load(stored, FILE, name="next.csv").details.changes == []
