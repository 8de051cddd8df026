"""One chunk's way: steps, types, computed columns, rules; what a row breaks is told once, at its line in the file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from dataviz_pipelines.core.ingestion.headers import match_headers
from dataviz_pipelines.core.ingestion.pipeline import Accepted, Pipeline
from dataviz_pipelines.core.ingestion.rejects import RejectLog
from dataviz_pipelines.core.ingestion.source import Chunk, Profile, RejectedRecord
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument
from tests.factories import document

Rows = list[tuple[Any, ...]]


class Given:
    """A source of the chunks that a test gives it."""

    native = False

    def __init__(self, columns: tuple[str, ...], *chunks: Chunk) -> None:
        self.profile = Profile("csv", None, columns)
        self._chunks = chunks

    def chunks(self) -> Iterator[Chunk]:
        yield from self._chunks

    def close(self) -> None:
        """Nothing is open."""


def chunk(
    columns: str, first_line: int, *rows: str, rejected: tuple[RejectedRecord, ...] = ()
) -> Chunk:
    cells = [row.split(",") for row in rows]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")
    lines = pl.Series(range(first_line, first_line + len(rows)), dtype=pl.Int64)
    return Chunk(frame, lines, rejected)


def run(
    template: TemplateDocument, folder: Path, *chunks: Chunk
) -> tuple[list[Accepted], RejectLog]:
    columns = tuple(chunks[0].frame.columns)
    log = RejectLog(folder / "rejects.csv", columns)
    pipeline = Pipeline(
        template,
        template.validation_rules.columns,
        match=match_headers(columns, template),
        functions={},
    )
    accepted = list(pipeline.run(Given(columns, *chunks), log))
    log.abandon()
    return accepted, log


def told(log: RejectLog) -> Rows:
    """Line, column and rule of each reason."""
    return [(kept.line, error.column, error.rule) for kept in log.kept for error in kept.errors]


def test_rows_go_on_with_their_position_in_the_source_and_their_line(tmp_path: Path) -> None:
    template = document("a", {"name": "b", "type": "integer"})
    accepted, log = run(template, tmp_path, chunk("ab", 2, "x,1", "y,?"), chunk("ab", 10, "z,3"))
    assert [part.rows.rows() for part in accepted] == [[("x", 1)], [("z", 3)]]
    assert [part.positions.rows() for part in accepted] == [[(0, 2)], [(2, 10)]]
    assert told(log) == [(3, "b", "type")]
    assert log.kept[0].raw == ("y", "?")


def test_F26_a_cell_that_did_not_parse_is_not_also_missing(tmp_path: Path) -> None:
    number = {"name": "a", "type": "integer", "nullable": False, "min": 5}
    _, log = run(document(number), tmp_path, chunk("a", 2, "x", "", "1", "7"))
    assert told(log) == [(2, "a", "type"), (3, "a", "not_null"), (4, "a", "min")]


def test_F26_a_cell_that_a_step_could_not_do_is_told_by_the_step_alone(tmp_path: Path) -> None:
    step = {"op": "map", "column": "a", "values": {"o": "1"}, "otherwise": "reject"}
    number = {"name": "a", "type": "integer", "nullable": False}
    accepted, log = run(document(number, steps=[step]), tmp_path, chunk("a", 2, "o", "x"))
    assert accepted[0].rows.rows() == [(1,)]
    assert [(line, column) for line, column, _ in told(log)] == [(3, "a")]


def test_F26_several_failures_of_one_row_are_all_told(tmp_path: Path) -> None:
    template = document(
        {"name": "a", "type": "integer"},
        {"name": "b", "max_length": 1, "pattern": "[a-z]+"},
        {"name": "c", "nullable": False},
        rows=[{"name": "b_not_c", "expression": "b != c"}],
    )
    _, log = run(template, tmp_path, chunk("abc", 2, "x,XX,", "1,q,q"))
    assert sorted(told(log), key=str) == [
        (2, "a", "type"),
        (2, "b", "max_length"),
        (2, "b", "pattern"),
        (2, "c", "not_null"),
        (3, None, "b_not_c"),
    ]
    assert log.rejected == 2


def test_what_the_reader_rejected_is_logged_with_the_rest(tmp_path: Path) -> None:
    record = RejectedRecord(3, "field_count", "has 2 fields", ("a", "b"))
    accepted, log = run(
        document("a"), tmp_path, chunk("a", 2, "x", rejected=(record,)), chunk("a", 4, "y")
    )
    assert sum(part.rows.height for part in accepted) == 2
    assert told(log) == [(3, None, "field_count")]


def test_a_chunk_without_a_row_passes(tmp_path: Path) -> None:
    accepted, log = run(document("a", "b"), tmp_path, chunk("ab", 2))
    assert [part.rows.height for part in accepted] == [0]
    assert log.rejected == 0


def test_columns_go_on_in_the_order_of_the_rules_under_their_names(tmp_path: Path) -> None:
    template = document(
        "b",
        {"name": "a", "aliases": ["c"]},
        {"name": "x", "required": False},
        contract="discard_value",
    )
    accepted, _ = run(template, tmp_path, chunk("cdb", 2, "1,2,3"))
    assert accepted[0].rows.to_dicts() == [{"b": "3", "a": "1", "x": None}]


def test_a_computed_column_is_checked_like_any_other(tmp_path: Path) -> None:
    template = document(
        {"name": "a", "type": "integer"},
        {"name": "twice", "type": "integer", "max": 10, "nullable": False},
        steps=[{"op": "compute", "column": "twice", "expression": "a * 2"}],
    )
    accepted, log = run(template, tmp_path, chunk("a", 2, "4", "6", "", "x"))
    assert accepted[0].rows.rows() == [(4, 8)]
    assert told(log)[:2] == [(3, "twice", "max"), (4, "twice", "not_null")]
    assert {column for line, column, _ in told(log) if line == 5} >= {"a"}
