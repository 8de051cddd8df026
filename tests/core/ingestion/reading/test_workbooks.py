"""Workbooks: cells as text, errors rejected, and what is refused before anything parses it."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.reading import Limits, check_xml_is_defused
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.up import Reports, up
from tests.core.ingestion.reading.reads import read_bytes, read_path

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[Any], title: str = "Data", **others: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, more in others.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(
    content: bytes, change: Callable[[str, bytes], bytes], *extra: tuple[str, bytes]
) -> bytes:
    """The workbook with every part passed through `change`, and some parts more."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, part in extra:
            target.writestr(name, part)
    return out.getvalue()


def same(_name: str, part: bytes) -> bytes:
    return part


def test_F22_cells_become_canonical_text(tmp_path: Path) -> None:
    header = [f"c{n}" for n in range(9)]
    row = [1, 2.5, 1e21, 1e-7, "007", True, datetime(2024, 1, 2, 3, 4, 5), date(2024, 1, 2), None]  # noqa: DTZ001
    more = [-3, 0.1, 2.0, 5, " x ", False, time(3, 4), timedelta(hours=30, seconds=1), "y"]
    read = read_bytes(tmp_path, workbook(header, row, more), name="file.xlsx")
    assert read.rows == [
        (
            "1",
            "2.5",
            "1" + "0" * 21,
            "0.0000001",
            "007",
            "true",
            "2024-01-02T03:04:05",
            "2024-01-02",
            None,
        ),
        ("-3", "0.1", "2", "5", " x ", "false", "03:04:00", "30:00:01", "y"),
    ]
    assert read.native
    assert read.lines == [2, 3]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_an_error_cell_rejects_its_row(tmp_path: Path, error: str) -> None:
    content = workbook(["id", "amount"], [1, 10], [2, error], [3, 30])
    read = read_bytes(tmp_path, content, name="file.xlsx")
    assert [row[0] for row in read.rows] == ["1", "3"]
    assert read.rules == [(3, "cell_error")]
    rejected = read.rejected[0]
    assert (rejected.cells, rejected.column, rejected.value) == (("2", error), "amount", error)


def test_a_row_with_nothing_but_an_error_is_not_blank(tmp_path: Path) -> None:
    content = workbook(["id", "amount"], [1, 10], [None, "#N/A"], [3, 30])
    assert read_bytes(tmp_path, content, name="file.xlsx").rules == [(3, "cell_error")]


def test_unusual_but_valid_xml_hides_no_error_cell(tmp_path: Path) -> None:
    def requoted(name: str, part: bytes) -> bytes:
        return re.sub(rb'\b([rt])="(\w+)"', rb"\1 = '\2'", part) if name == SHEET else part

    content = changed(workbook(["id", "amount"], [1, 10], [2, "#N/A"]), requoted)
    read = read_bytes(tmp_path, content, name="file.xlsx")
    assert (read.rows, read.rules) == ([("1", "10")], [(3, "cell_error")])


def test_an_error_cell_without_a_position_is_still_found(tmp_path: Path) -> None:
    content = workbook(["id", "amount"], [1, 10], [2, "#N/A"], [3, 30])

    def unplaced(name: str, part: bytes) -> bytes:
        return re.sub(rb'<c r="[A-Z]\d+"', b"<c", part) if name == SHEET else part

    read = read_bytes(tmp_path, changed(content, unplaced), name="file.xlsx")
    assert read.rows == [("1", "10"), ("3", "30")]
    assert read.rules == [(3, "cell_error")]


def test_a_table_may_begin_below_a_title_and_away_from_the_corner(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["C2"] = "Sales of the year"
    for number, row in enumerate(
        [["id", "name", "n"], [1, "Ann", 5], [2, "#N/A", 6], [3, "Cid", 7]]
    ):
        for column, value in enumerate(row):
            sheet.cell(row=4 + number, column=3 + column, value=value)
    path = tmp_path / "file.xlsx"
    book.save(path)
    read = read_path(path)
    assert read.profile.columns == ("id", "name", "n")
    assert read.profile.preamble == ("Sales of the year",)
    assert (read.rows, read.lines) == ([("1", "Ann", "5"), ("3", "Cid", "7")], [5, 7])
    assert read.rules == [(6, "cell_error")]


def test_empty_rows_and_missing_last_cells_are_no_faults(tmp_path: Path) -> None:
    content = workbook(["id", "name", "note"], [1, "Ann"], [], [2, "Bob", "x"], [], [])
    read = read_bytes(tmp_path, content, name="file.xlsx")
    assert read.rows == [("1", "Ann", None), ("2", "Bob", "x")]
    assert read.lines == [2, 4]


def test_a_value_beyond_the_header_rejects_its_row(tmp_path: Path) -> None:
    rows = [[n, "x"] for n in range(600)]
    rows[550].append("beyond")
    read = read_bytes(tmp_path, workbook(["id", "name"], *rows), name="file.xlsx")
    assert len(read.rows) == 599
    assert read.rules == [(552, "too_many_fields")]


def test_the_first_sheet_with_content_is_read_and_reported(tmp_path: Path) -> None:
    content = workbook(title="Empty", Data=[["id", "name"], [1, "Ann"]], More=[["x"]])
    read = read_bytes(tmp_path, content, name="file.xlsx")
    assert read.rows == [("1", "Ann")]
    assert read.profile.detected["sheet"].value == "Data"
    assert read.profile.warnings == ("Only the sheet 'Data' is read; others: Empty, More.",)


@pytest.mark.parametrize("sheet", ["More", 2])
def test_a_sheet_can_be_pinned(tmp_path: Path, sheet: str | int) -> None:
    content = workbook(["id"], [1], More=[["x", "y"], [5, "a"]])
    read = read_bytes(tmp_path, content, name="file.xlsx", sheet=sheet)
    assert (read.profile.columns, read.rows) == (("x", "y"), [("5", "a")])
    assert read.profile.detected["sheet"].pinned


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"no sheet 'Gone'; it has Data, More"):
        read_bytes(tmp_path, workbook(["x"], More=[["y"]]), name="file.xlsx", sheet="Gone")


def test_a_packed_workbook_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("file.xlsx", workbook(["id", "name"], [1, "Ann"]))
    read = read_bytes(tmp_path, out.getvalue(), name="file.xlsx.zip")
    assert read.rows == [("1", "Ann")]


def refused(
    folder: Path, content: bytes, why: str, *, name: str = "file.xlsx", **options: Any
) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        read_bytes(folder, content, name=name, **options)


@pytest.mark.parametrize("declaration", ["<!DOCTYPE x [<!ENTITY e 'boom'>]>", "<!ENTITY e 'x'>"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_S57_an_xml_entity_is_refused(tmp_path: Path, declaration: str, codec: str) -> None:
    def declared(name: str, part: bytes) -> bytes:
        return (declaration + part.decode()).encode(codec) if name == SHEET else part

    refused(tmp_path, changed(workbook(["a"], [1]), declared), "declares XML entities")


def test_S57_start_up_fails_without_defusedxml(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check_xml_is_defused()
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(ConfigurationError, match="defusedxml"):
        up(settings, reports=Reports(notify=print, ready=print))
    assert not settings.root.exists()


def test_S56_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = changed(workbook(["a"], [1]), same, ("xl/media/x.xml", b" " * 5_000_000))
    refused(tmp_path, bomb, "unpacks to more", limits=Limits(max_workbook_bytes=1_000_000))
    refused(tmp_path, bomb, "unpacks to more", limits=Limits(ratio_floor_bytes=1_000_000))


def test_S56_a_workbook_with_too_many_parts_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, workbook(["a"], [1]), "has 9 parts", limits=Limits(max_zip_entries=5))


def test_F38_a_cell_far_outside_the_table_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "id"
    book.active["XFD1048576"] = "far"
    out = io.BytesIO()
    book.save(out)
    refused(tmp_path, out.getvalue(), "spreads over more than 20,000,000 cells")


def test_a_wide_sheet_of_few_rows_is_read(tmp_path: Path) -> None:
    content = workbook([f"c{n}" for n in range(300)], list(range(300)))
    read = read_bytes(tmp_path, content, name="wide.xlsx")
    assert (len(read.profile.columns), read.rows[0][299]) == (300, "299")


def test_F38_too_many_sheets_are_refused(tmp_path: Path) -> None:
    content = workbook(["a"], [1], More=[["b"]])
    refused(tmp_path, content, "has 2 sheets; at most 1", limits=Limits(max_sheets=1))


def test_a_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    content = changed(workbook(["a"], [1]), same, ("xl/vbaProject.bin", b"x"))
    refused(tmp_path, content, "contains macros. Save it as XLSX without macros")
    refused(tmp_path, content, "a workbook with macros", name="file.xlsm")


def test_an_encrypted_workbook_is_refused(tmp_path: Path) -> None:
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    )
    refused(tmp_path, content, "file.xlsx is an encrypted workbook.*Remove the password")
    refused(tmp_path, content, "file.xls is encrypted", name="file.xls")


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, workbook(["a"], [1])[:-100], "damaged or cut off")
    refused(
        tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cannot be read", name="a.xls"
    )


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "x")
    refused(tmp_path, out.getvalue(), "is no XLSX workbook")


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, workbook(), "no sheet with anything in it")


def test_F22_old_workbooks_are_read(tmp_path: Path) -> None:
    content = (Path(__file__).parent / "files" / "orders.xls").read_bytes()
    read = read_bytes(tmp_path, content, name="orders.xls")
    assert read.profile.columns == ("id", "name", "when", "amount", "ok")
    assert read.rows == [
        ("1", "Ann", "2024-01-02", "1.5", "true"),
        ("2", "Bób", "2024-02-03", "20", "false"),
        ("3", "007", "2024-03-04", None, "true"),
    ]


def test_an_error_cell_of_an_old_workbook_rejects_its_row() -> None:
    read = read_path(Path(__file__).parent / "files" / "errors.xls")
    assert read.profile.detected["sheet"].value == "Orders"
    assert [row[0] for row in read.rows] == ["1", "3"]
    assert read.rules == [(3, "cell_error")]
    assert (read.rejected[0].column, read.rejected[0].value) == ("amount", "#DIV/0!")
