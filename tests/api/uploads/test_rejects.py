"""Refused rows come back as a file, are corrected, and go in again."""

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from sqlalchemy import Engine

from tests.api.people import People, Person
from tests.api.uploads.sending import GOOD, UPLOADS, add_template, read, sent
from tests.dropbox import DropBox

pytestmark = pytest.mark.usefixtures("worker")

DANGEROUS = b"name,amount\nbolt,2\n=1+1,x\n+cmd|' /C calc'!A0,-1\n@sum,y\n-2.5,z\n\tTAB,w\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def lenient(app_engine: Engine, orders: str) -> str:
    """The same template, which loads what is good however much is not."""
    rules = {
        "columns": [{"name": "name"}, {"name": "amount", "type": "integer", "min": 0}],
        "file": {"max_reject_rate": 1.0},
    }
    add_template(app_engine, validation_rules=rules)
    return orders


def download(person: Person, upload_id: str, kind: str = "csv") -> bytes:
    answer = person.http.get(f"{UPLOADS}/{upload_id}/reject-file", params={"format": kind})
    assert answer.status_code == 200, answer.text
    return answer.content


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_S60_the_reject_file_is_safe_in_a_spreadsheet_and_the_same_as_the_command_lines(
    uploader: Person, lenient: str, box: DropBox
) -> None:
    assert lenient
    row = sent(uploader, DANGEROUS)
    assert (row["records_success"], row["records_failed"]) == (1, 5)
    content = download(uploader, row["id"])
    (record,) = box.records()
    assert content == (box.settings.rejects / "orders" / f"{record.id}.csv").read_bytes()
    header, *rows = table(content)
    names = [line[header.index("name")] for line in rows]
    assert names == ["'=1+1", "'+cmd|' /C calc'!A0", "'@sum", "-2.5", "'\tTAB"]


def test_S60_a_workbook_of_rejects_holds_no_formula(uploader: Person, lenient: str) -> None:
    assert lenient
    row = sent(uploader, DANGEROUS)
    sheet = openpyxl.load_workbook(BytesIO(download(uploader, row["id"], "xlsx"))).active
    assert sheet is not None
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    as_csv = table(download(uploader, row["id"]))
    assert [[cell.value or "" for cell in line] for line in sheet.iter_rows()] == as_csv


def test_a_large_reject_file_becomes_a_workbook_when_it_is_asked_for(
    uploader: Person, lenient: str, box: DropBox
) -> None:
    assert lenient
    bad = b"".join(b"nut,x%d\n" % number for number in range(3_000))
    row = sent(uploader, b"name,amount\nbolt,2\n" + bad)
    assert not list(box.settings.rejects.rglob("*.xlsx"))
    book = openpyxl.load_workbook(BytesIO(download(uploader, row["id"], "xlsx")), read_only=True)
    assert sum(1 for _ in book.worksheets[0].iter_rows()) == 3_001
    assert [path.suffix for path in box.settings.rejects.rglob("*.*")].count(".part") == 0


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("orders.csv", 'attachment; filename="orders-rejects.csv"'),
        ("März ☃.csv", "attachment; filename*=utf-8''M%C3%A4rz%20%E2%98%83-rejects.csv"),
        ('a";\x01evil="b.csv', "attachment; filename*=utf-8''a%22%3B%5Cx01evil%3D%22b-rejects.csv"),
    ],
)
def test_S59_the_name_of_a_download_is_no_header_of_its_own(
    uploader: Person, lenient: str, name: str, header: str, app_engine: Engine
) -> None:
    assert lenient
    row = sent(uploader, DANGEROUS)
    with app_engine.begin() as connection:
        stored = name.replace("\x01", "\\x01")
        connection.exec_driver_sql("UPDATE upload_history SET file_name = %s", (stored,))
    answer = uploader.http.get(f"{UPLOADS}/{row['id']}/reject-file")
    assert answer.headers["content-disposition"] == header
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_upload_without_rejects_has_no_reject_file(uploader: Person) -> None:
    row = sent(uploader, GOOD)
    answer = uploader.http.get(f"{UPLOADS}/{row['id']}/reject-file")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:dataviz:UploadNotFound")
    wrong = uploader.http.get(f"{UPLOADS}/{row['id']}/reject-file?format=exe")
    assert wrong.status_code == 422


@pytest.mark.parametrize("kind", ["csv"])
def test_F28_corrected_rejects_go_in_again_and_lead_to_the_first_upload(
    uploader: Person, lenient: str, box: DropBox, kind: str
) -> None:
    first = sent(uploader, DANGEROUS)
    corrected = (
        download(uploader, first["id"], kind)
        .replace(b",x,", b",1,")
        .replace(b",y,", b",2,")
        .replace(b",z,", b",3,")
        .replace(b",w,", b",4,")
        .replace(b",-1,", b",5,")
    )
    second = sent(uploader, corrected, name="corrected.csv", template=None, resend_of=first["id"])
    assert (second["status"], second["records_success"], second["records_failed"]) == (
        "succeeded",
        5,
        0,
    )
    assert (second["parent_upload_id"], second["template_id"]) == (first["id"], lenient)
    assert ("=1+1", 1) in box.rows()
    assert ("@sum", 2) in box.rows()
    found = uploader.http.get(UPLOADS, params={"parent_upload_id": first["id"]}).json()["items"]
    assert [each["id"] for each in found] == [second["id"]]
    assert read(uploader, first["id"])["status"] == "succeeded"


def test_F28_nobody_resends_what_they_may_not_see_or_with_another_template(
    people: People, uploader: Person, lenient: str, app_engine: Engine
) -> None:
    assert lenient
    first = sent(uploader, DANGEROUS)
    add_template(app_engine, "others")
    stranger = people("uploader")
    form = {"resend_of": (None, first["id"]), "file": ("a.csv", GOOD)}
    assert stranger.http.post(UPLOADS, files=form).status_code == 422
    other = {"template": (None, "others"), **form}
    answer = uploader.http.post(UPLOADS, files=other)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/template")
