"""The reject file: complete, as the rows stood, safe in a spreadsheet, and there only when it is whole."""

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from dataviz_pipelines.core.ingestion.findings import FINDINGS_SCHEMA
from dataviz_pipelines.core.ingestion.rejects import KEPT_ROWS, REASON_COLUMNS, RejectLog
from dataviz_pipelines.core.ingestion.source import Chunk, RejectedRecord
from dataviz_pipelines.core.spreadsheets import neutralised
from dataviz_pipelines.core.workbooks import csv_to_xlsx

Finding = tuple[int, str | None, str, str | None, str]


@pytest.fixture
def log(tmp_path: Path) -> RejectLog:
    return RejectLog(tmp_path / "rejects" / "one.csv", ("id", "name"))


def chunk(*rows: tuple[str | None, str | None], first_line: int = 2) -> Chunk:
    frame = pl.DataFrame(rows, schema={"id": pl.String, "name": pl.String}, orient="row")
    lines = pl.Series(range(first_line, first_line + len(rows)), dtype=pl.Int64)
    return Chunk(frame, lines)


def found(*findings: Finding) -> pl.DataFrame:
    return pl.DataFrame(findings, schema=FINDINGS_SCHEMA, orient="row")


def written(path: Path | None) -> list[list[str]]:
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_F27_the_original_row_is_kept_behind_its_line_and_reason(log: RejectLog) -> None:
    with log:
        log.add_rows(
            chunk(("1", "ok"), (" 02 ", 'a "b",\nc')), found((1, "id", "type", "02", "is odd"))
        )
    assert written(log.finish()) == [
        [*REASON_COLUMNS, "id", "name", "reject_surplus"],
        ["3", "id", "type", "02", "id is odd", " 02 ", 'a "b",\nc', ""],
    ]


def test_F27_several_reasons_of_a_row_stand_together_and_count_as_one_row(log: RejectLog) -> None:
    reasons = found(
        (0, "id", "min", "1", "is low"),
        (1, "id", "min", "2", "is low"),
        (0, None, "order", None, "is out of order"),
    )
    log.add_rows(chunk(("1", "x"), ("2", "y")), reasons)
    assert log.rejected == 2
    assert written(log.finish())[1:] == [
        ["2", "id; ", "min; order", "1; ", "id is low; is out of order", "1", "x", ""],
        ["3", "id", "min", "2", "id is low", "2", "y", ""],
    ]
    assert [(r.column, r.rule, r.count) for r in log.top_reasons()] == [
        ("id", "min", 2),
        (None, "order", 1),
    ]
    assert [[e.rule for e in kept.errors] for kept in log.kept] == [["min", "order"], ["min"]]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("1",), ["1", "", ""]),
        (("1", "a", "b", "c"), ["1", "a", "b; c"]),
        ((), ["", "", ""]),
    ],
)
def test_F27_records_of_another_length_are_kept_whole(
    log: RejectLog, cells: tuple[str, ...], expected: list[str]
) -> None:
    log.add_records([RejectedRecord(7, "field_count", "has another length", cells)])
    assert written(log.finish())[1:] == [
        ["7", "", "field_count", "", "has another length", *expected]
    ]
    assert log.kept[0].raw == cells


def test_F27_the_database_keeps_the_first_rows_and_the_file_all(log: RejectLog) -> None:
    surplus = 5
    rows = [(str(number), "x") for number in range(KEPT_ROWS - 2)]
    log.add_rows(chunk(*rows), found(*[(i, "id", "r", None, "m") for i in range(len(rows))]))
    log.add_records([RejectedRecord(9_000 + i, "r", "m", ("a",)) for i in range(surplus)])
    log.add_rows(chunk(*rows[:3]), found(*[(i, "id", "r", None, "m") for i in range(3)]))
    assert len(log.kept) == KEPT_ROWS
    assert log.rejected == len(rows) + surplus + 3
    assert len(written(log.finish())) == log.rejected + 1


def test_F27_the_file_appears_only_when_it_is_complete(log: RejectLog) -> None:
    log.add_rows(chunk(("1", "x")), found((0, "id", "r", None, "m")))
    assert not log.path.exists()
    assert log.finish() == log.path
    assert [path.name for path in log.path.parent.iterdir()] == [log.path.name]


def test_F27_without_rejects_there_is_no_file(log: RejectLog) -> None:
    with log:
        log.add_rows(chunk(("1", "x")), found())
        log.add_records([])
    assert log.finish() is None
    assert not log.path.parent.exists()


def test_an_earlier_attempts_file_does_not_outlive_an_attempt_without_rejects(
    log: RejectLog,
) -> None:
    log.path.parent.mkdir()
    log.path.write_text("stale")
    assert log.finish() is None
    assert not log.path.exists()


def test_a_load_that_breaks_leaves_no_reject_file(log: RejectLog) -> None:
    def break_in_mid_load() -> None:
        with log:
            log.add_rows(chunk(("1", "x")), found((0, "id", "r", None, "m")))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_in_mid_load()
    assert list(log.path.parent.iterdir()) == []


DANGEROUS = [
    "=1+1",
    "+cmd",
    "-1+1|x",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "=",
    "-",
    "--1",
    "-1\n=x",
    "+1-1",
    "=-1",
]
HARMLESS = ["-1", "+1", "-1.50", "-1,234.5", "-.5", "1e-5", "-2%", "a=b", " =x", "", "x@y.example"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_S60_F39_what_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert neutralised(pl.DataFrame({"c": [text]})).rows() == [(f"'{text}",)]


@pytest.mark.parametrize("text", HARMLESS)
def test_S60_F39_negative_numbers_and_plain_text_are_kept(text: str) -> None:
    assert neutralised(pl.DataFrame({"c": [text]})).rows() == [(text,)]


def test_S60_F39_every_cell_of_the_reject_file_is_neutralised_headers_too(tmp_path: Path) -> None:
    log = RejectLog(tmp_path / "r.csv", ("=cmd", "@x"))
    frame = pl.DataFrame({"=cmd": ["=1"], "@x": ["-5"]})
    log.add_rows(
        Chunk(frame, pl.Series([2], dtype=pl.Int64)), found((0, "=cmd", "one_of", "=1", "is bad"))
    )
    log.add_records([RejectedRecord(3, "fields", "m", ("+a", "b", "-c"))])
    rows = written(log.finish())
    assert rows[0][5:7] == ["'=cmd", "'@x"]
    assert rows[1] == ["2", "'=cmd", "one_of", "'=1", "'=cmd is bad", "'=1", "-5", ""]
    assert rows[2][5:] == ["'+a", "b", "'-c"]


def as_workbook(rows: list[list[str]], folder: Path) -> list[tuple[object, ...]]:
    source, target = folder / "r.csv", folder / "r.xlsx"
    with source.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    assert csv_to_xlsx(source, target) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["r.csv", "r.xlsx"]
    sheet = openpyxl.load_workbook(target)["rejects"]
    return list(sheet.iter_rows(values_only=True))


def test_F27_the_file_opens_as_a_workbook_of_text(tmp_path: Path) -> None:
    rows = [["id", "name"], ["-007", "Zoë 🙂"], ["'=1+1", "two\nlines"]]
    assert as_workbook(rows, tmp_path) == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: "a\x00b\x0bc\x1fd", "abcd"),
        (lambda: "a\ufffeb\uffffc", "abc"),
        (lambda: "x" * 200_000, "x" * 32_767),
        (lambda: "=1+1", "=1+1"),
    ],
)
def test_F27_a_cell_that_no_workbook_can_hold_is_made_to_fit(
    tmp_path: Path, make: Callable[[], str], expected: str
) -> None:
    assert as_workbook([[make()]], tmp_path) == [(expected,)]


def test_S60_a_workbook_has_no_formulas_whatever_the_text(tmp_path: Path) -> None:
    as_workbook([["=1+1"]], tmp_path)
    assert openpyxl.load_workbook(tmp_path / "r.xlsx")["rejects"]["A1"].data_type == "s"
