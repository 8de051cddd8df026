"""Files that cannot be loaded: each ends in a message that names the file and the remedy, a record, and no row."""

import gzip
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion import service
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument
from tests.core.ingestion.loads import Bench
from tests.factories import csv_text, document
from tests.servers.disks import small_disk

ID: dict[str, Any] = {"name": "id", "type": "integer"}
CSV = document(ID, "name")
EXCEL = document(ID, "name", file_format="excel")
JSON = document(ID, "name", file_format="json")
MIB = 1024 * 1024


def workbook(*, macro: bool = False, entity: bool = False, bomb: bool = False) -> bytes:
    book = openpyxl.Workbook()
    for row in (["id", "name"], [1, "a"]):
        book.worksheets[0].append(row)
    plain, packed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if entity and name == "xl/worksheets/sheet1.xml":
                content = b'<!DOCTYPE x [<!ENTITY e "boom">]>' + content.replace(b">a<", b">&e;<")
            if bomb and name == "xl/worksheets/sheet1.xml":
                content += b" " * (600 * MIB)
            target.writestr(name, content)
        if macro:
            target.writestr("xl/vbaProject.bin", b"\x00")
    return packed.getvalue()


def packed_zeros() -> bytes:
    return gzip.compress(b"id,name\n" + b"0" * (300 * MIB), compresslevel=1)


def truncated() -> bytes:
    rows = "".join(f"{n},{n * 7919 % 10007}\n" for n in range(20_000))
    return gzip.compress(f"id,name\n{rows}".encode())[:-2_000]


def encrypted() -> bytes:
    """What Excel writes for a password: an OLE container with an EncryptedPackage stream."""
    name = "EncryptedPackage".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + name + b"\x00" * 2_000


BAD_FILES: dict[str, tuple[TemplateDocument, str, Callable[[], bytes], str, str]] = {
    "empty": (CSV, "f.csv", lambda: b"", "empty", "quarantined"),
    "white space": (CSV, "f.csv", lambda: b" \n\n", "", "quarantined"),
    "header only": (CSV, "f.csv", lambda: b"id,name\n", "has a header but no rows", "failed"),
    "wrong template": (CSV, "f.csv", lambda: b"price,colour\n1,red\n", "has no column id, name", "failed"),
    "wrong format": (CSV, "f.json", lambda: b'[{"id": 1}]', "is json; the template takes csv", "quarantined"),
    "json for excel": (EXCEL, "f.json", lambda: b'[{"id": 1}]', "", "quarantined"),
    "binary junk": (CSV, "f.csv", lambda: bytes(range(256)) * 64, "", "quarantined"),
    "a picture": (CSV, "f.csv", lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(4_000), "", "quarantined"),
    "truncated gzip": (CSV, "f.csv.gz", truncated, "", "quarantined"),
    "corrupt gzip": (CSV, "f.csv.gz", lambda: gzip.compress(b"id,name\n1,a\n")[:14] + b"xxxxxxxxxxxx", "", "quarantined"),
    "no gzip": (CSV, "f.csv.gz", lambda: b"id,name\n1,a\n", "", "quarantined"),
    "truncated zip": (CSV, "f.zip", lambda: workbook()[:200], "", "quarantined"),
    "encrypted workbook": (EXCEL, "f.xlsx", encrypted, "", "quarantined"),
    "macro workbook": (EXCEL, "f.xlsm", lambda: workbook(macro=True), "", "quarantined"),
    "truncated workbook": (EXCEL, "f.xlsx", lambda: workbook()[:-300], "", "quarantined"),
    "xml entity": (EXCEL, "f.xlsx", lambda: workbook(entity=True), "", "quarantined"),
    "workbook bomb": (EXCEL, "f.xlsx", lambda: workbook(bomb=True), "", "quarantined"),
    "gzip bomb": (CSV, "f.csv.gz", packed_zeros, "", "quarantined"),
    "10,000 columns": (CSV, "f.csv", lambda: csv_text([f"c{n}" for n in range(10_000)], range(10_000)).encode(), "10,000 columns", "quarantined"),
    "duplicate columns": (CSV, "f.csv", lambda: b"id,name,name\n1,a,b\n", "", ""),
    "a column missing": (CSV, "f.csv", lambda: b"id\n1\n", "has no column name; it has id", "failed"),
    "a column extra": (CSV, "f.csv", lambda: b"id,name,more\n1,a,b\n", "does not know: more", "failed"),
    "a near header": (CSV, "f.csv", lambda: b"id,nmae\n1,a\n", "Did you mean 'nmae' for name?", "failed"),
    "broken json": (JSON, "f.json", lambda: b'[{"id": 1, "name": "a"}, {"id"', "", "quarantined"),
    "json keys that no database holds": (JSON, "f.json", lambda: b'[{"id": 1, "name": "a", "\\u0000": 1, "\\ud800": 2}]', "does not know: \ufffd, \ufffd_2", "failed"),
    "json of no records": (JSON, "f.json", lambda: b"3", "", "quarantined"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_FILES)
def test_S55_S60_a_bad_file_is_told_recorded_and_not_loaded(bench: Bench, kind: str) -> None:
    template, name, content, problem, status = BAD_FILES[kind]
    record, error = bench.refused(template, content(), name=name)
    assert name in error.message
    assert problem in str(error)
    assert error.remedy
    assert record.status in ([status] if status else ["failed", "quarantined"])
    assert (record.error_type, record.error_message) == (type(error).__name__, str(error))
    assert (record.records_success, record.file_name) == (0, name)
    assert not bench.exists()


def test_S55_S60_what_no_database_holds_is_told_in_another_way(bench: Bench) -> None:
    record, _ = bench.refused(JSON, b'{"\\u0000": [{"id": 1}], "b": [{"id": 1}]}', name="f.json")
    assert "has several arrays of objects: \ufffd, b." in (record.error_message or "")


@pytest.mark.parametrize("ending", ["", "\n1,b\n"])
def test_one_line_of_100_mb_is_rejected_or_refused_and_never_held_back(
    bench: Bench, ending: str
) -> None:
    path = bench.folder / "long.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n2,")
        for _ in range(100):
            file.write(b"x" * MIB)
        file.write(ending.encode())
    if ending:
        record = bench.load(CSV, path)
        assert (record.records_success, record.records_failed) == (1, 1)
        assert bench.rows() == [(1, "b")]
    else:
        record, error = bench.refused(CSV, path)
        assert "long.csv" in error.message
        assert record.status in {"failed", "quarantined"}
        assert not bench.exists()


def test_S55_a_file_beyond_the_templates_size_is_refused_before_it_is_read(bench: Bench) -> None:
    template = document(ID, max_file_size_mb=1)
    record, error = bench.refused(template, b"id\n" + b"1\n" * MIB)
    assert "File file.csv has 2.0 MB; the template takes at most 1 MB." in error.message
    assert record.status == "quarantined"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    with small_disk(folder, "64k"):
        yield folder


def test_R19_a_full_disk_under_the_rejects_is_told_and_leaves_no_partial_file(
    bench: Bench, tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAUSES_S", ())
    full = Bench(Ingestion(bench.ingestion.engine, tiny_disk), bench.owner, bench.folder)
    content = csv_text(("id", "name"), *[("x", "y" * 100) for _ in range(2_000)], (1, "a"))
    record, error = full.refused(CSV, content)
    assert isinstance(error, DatavizError)
    assert "The rejected rows cannot be written" in str(error)
    assert "No space left" in str(error)
    assert (record.status, record.error_message) == ("failed", str(error))
    assert not [path for path in tiny_disk.rglob("*") if path.is_file()]
    assert not bench.exists()
    assert full.load(CSV, "id,name\n1,a\n").status == "succeeded"
