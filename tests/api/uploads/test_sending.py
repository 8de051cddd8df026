"""Files go in through a form, and come out as rows, as rejects, or with a reason."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.api.uploads.sending import (
    GOOD,
    MIXED,
    UPLOADS,
    add_template,
    ended,
    read,
    send,
    sent,
)
from tests.dropbox import DropBox
from tests.dropbox_store import deactivate_template
from tests.servers.workers import until

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
BOUNDARY = "form-of-a-test"
NAMES = {
    "../../../etc/passwd.csv": "passwd.csv",
    "..\\..\\windows\\system.csv": "system.csv",
    "/etc/cron.d/evil.csv": "evil.csv",
    "..": "file",
    ".": "file",
    "a\x00b.csv": "a\\x00b.csv",
    "Bestellungen ☃ für März.csv": "Bestellungen ☃ für März.csv",
    "a\u202egnp.csv": "a\u202egnp.csv",
    "~$locked.csv": "~$locked.csv",
    ".part": ".part",
    "x" * 400 + ".csv": "x" * 126 + "…" + "x" * 122 + ".csv",
}


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".worker"]


def history(person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = person.http.get(UPLOADS).json()["items"]
    return items


def pointers(answer: httpx.Response) -> list[str]:
    return [each["pointer"] for each in answer.json()["errors"]]


def raw(person: Person, body: str | bytes) -> httpx.Response:
    content = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return person.http.post(UPLOADS, content=content, headers={"Content-Type": kind})


@pytest.mark.usefixtures("worker")
def test_a_small_file_is_loaded_when_the_request_is_answered(
    uploader: Person, box: DropBox, orders: str
) -> None:
    answer = send(uploader, MIXED)
    assert answer.status_code == 201, answer.text
    row = answer.json()
    assert (row["status"], row["source"], row["created_by"]) == (
        "succeeded",
        "api",
        str(uploader.id),
    )
    assert (row["records_processed"], row["records_success"], row["records_failed"]) == (3, 2, 1)
    assert (row["file_name"], row["file_size_bytes"]) == ("orders.csv", len(MIXED))
    assert row["template_id"] == orders
    assert answer.headers["location"] == f"{UPLOADS}/{row['id']}"
    assert read(uploader, row["id"])["status"] == "succeeded"
    assert box.rows() == [("bolt", 2), ("nail", 3)]


@pytest.mark.usefixtures("worker")
def test_a_template_may_be_named_by_its_id(uploader: Person, orders: str) -> None:
    assert sent(uploader, template=None, template_id=orders)["status"] == "succeeded"


@pytest.mark.usefixtures("worker")
def test_fields_may_stand_behind_the_file(uploader: Person) -> None:
    form = [("file", ("orders.csv", GOOD)), ("template", (None, "orders"))]
    answer = uploader.http.post(UPLOADS, files=form)
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")


@pytest.mark.usefixtures("worker")
def test_a_loaded_file_is_kept_in_the_archive_and_nothing_in_received(
    uploader: Person, box: DropBox
) -> None:
    row = sent(uploader)
    (kept,) = until(lambda: files_below(box.settings.archive))
    assert (kept.parent.name, kept.name, kept.read_bytes()) == (row["id"], "orders.csv", GOOD)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert until(lambda: not list(box.settings.received.glob("*-*")))


@pytest.mark.usefixtures("worker")
def test_r6_r7_the_same_content_is_loaded_once_whatever_its_name(
    uploader: Person, box: DropBox
) -> None:
    first = sent(uploader, name="a.csv")
    second = sent(uploader, name="b.csv")
    assert (second["status"], second["duplicate_of_id"]) == ("duplicate", first["id"])
    assert sent(uploader, MIXED, name="a.csv")["status"] == "succeeded"
    assert box.rows() == [("bolt", 2), ("bolt", 2), ("nail", 3), ("nut", 3)]


@pytest.mark.usefixtures("worker")
def test_R8_a_file_that_failed_may_be_sent_again(
    uploader: Person, box: DropBox, app_engine: Engine
) -> None:
    refused = b"name,amount\nbolt,x\nnut,y\nnail,1\n"
    assert sent(uploader, refused)["status"] == "failed"
    again = sent(uploader, refused)
    assert (again["status"], again["error_type"]) == ("failed", "TooManyRejectsError")
    add_template(app_engine, validation_rules={"columns": [{"name": "name"}, {"name": "amount"}]})
    assert sent(uploader, refused)["status"] == "succeeded"
    with box.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM uploads.orders").scalar_one() == 3


@pytest.mark.usefixtures("worker")
def test_S59_a_name_is_never_a_path(uploader: Person, box: DropBox) -> None:
    for name, stored in NAMES.items():
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="template"\r\n\r\norders\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        )
        answer = raw(uploader, head.encode() + GOOD + f"\r\n--{BOUNDARY}--\r\n".encode())
        assert answer.status_code in (201, 202), answer.text
        row = ended(uploader, answer.json()["id"])
        assert row["file_name"] == stored
        (kept,) = until(lambda row=row: list(box.settings.archive.rglob(f"*/{row['id']}/*")))
        assert kept.name == stored
    assert len(files_below(box.settings.archive)) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", PNG),
        ("orders.xlsx", GOOD),
        ("orders.csv", b"PK\x03\x04" + b"\0" * 40),
        ("orders.csv.gz", GOOD),
        ("orders.xlsm", b"PK\x03\x04" + b"\0" * 40),
        ("orders.csv", b""),
    ],
)
def test_S58_content_that_contradicts_the_name_is_refused_and_not_kept(
    uploader: Person, database_settings: Settings, name: str, content: bytes
) -> None:
    answer = send(uploader, content, name=name)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:dataviz:UnreadableFile")
    assert answer.json()["detail"].startswith(name)
    assert files_below(database_settings.received) == []
    assert history(uploader) == []


@pytest.mark.usefixtures("worker")
def test_S56_a_workbook_that_would_explode_is_quarantined(
    uploader: Person, app_engine: Engine
) -> None:
    add_template(app_engine, "sheets", file_format="excel")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b" " * 80_000_000)
    row = sent(uploader, packed.getvalue(), name="bomb.xlsx", template="sheets")
    assert (row["status"], row["error_type"]) == ("quarantined", "UnreadableFileError")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"template": None}, "/template"),
        ({"template": "no such"}, "/template"),
        ({"template": None, "template_id": "01a213ce-1853-700f-8369-a8f2bd1b7d48"}, "/template_id"),
        ({"template_id": "01a213ce-1853-700f-8369-a8f2bd1b7d48"}, "/template_id"),
        ({"template_id": "no id"}, "/template_id"),
        ({"dry_run": "perhaps"}, "/dry_run"),
        ({"resend_of": "01a213ce-1853-700f-8369-a8f2bd1b7d48"}, "/resend_of"),
        ({"created_by": "01a213ce-1853-700f-8369-a8f2bd1b7d48"}, "/created_by"),
        ({"template": "x" * 1_001}, "/template"),
    ],
)
def test_S37_a_field_that_is_wrong_is_named_and_nothing_is_kept(
    uploader: Person, database_settings: Settings, fields: dict[str, Any], pointer: str
) -> None:
    answer = send(uploader, **fields)
    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]
    assert files_below(database_settings.received) == []
    assert history(uploader) == []


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ([("template", (None, "orders"))], "/file"),
        ([("template", (None, "orders")), ("file", (None, "no file"))], "/file"),
        ([("file", ("a.csv", GOOD)), ("file", ("b.csv", GOOD))], "/file"),
        ([("template", (None, "a")), ("template", (None, "b"))], "/template"),
        ([("template", ("orders.csv", b"orders"))], "/template"),
    ],
)
def test_a_form_has_each_part_once_and_the_file_is_one(
    uploader: Person, database_settings: Settings, form: list[Any], pointer: str
) -> None:
    answer = uploader.http.post(UPLOADS, files=form)
    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert files_below(database_settings.received) == []


@pytest.mark.parametrize(
    "body",
    [
        "no form at all",
        f'--{BOUNDARY}\nContent-Disposition: form-data; name="file"; filename="a.csv"\n\nname,amount\n',
        f"--{BOUNDARY}\nContent-Type: text/csv\n\nname\n--{BOUNDARY}--\n",
        f"--{BOUNDARY}\n{'x' * 20_000}: y\n\nname\n--{BOUNDARY}--\n",
        f'--{BOUNDARY}\nContent-Disposition: form-data; name="f"\n\n\n' * 30,
    ],
)
def test_a_body_that_is_no_whole_form_is_refused_and_leaves_nothing(
    uploader: Person, database_settings: Settings, body: str
) -> None:
    answer = raw(uploader, body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:dataviz:MalformedForm")
    assert files_below(database_settings.received) == []


def test_a_template_that_is_not_active_takes_no_file(uploader: Person, app_engine: Engine) -> None:
    deactivate_template(app_engine, "orders")
    invisible = send(uploader)
    assert (invisible.status_code, pointers(invisible)) == (422, ["/template"])


def test_whoever_sees_a_template_that_is_not_active_is_told_so(
    people: People, orders: str, app_engine: Engine
) -> None:
    assert orders
    deactivate_template(app_engine, "orders")
    answer = send(people("admin"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dataviz:TemplateInactive")


@pytest.mark.parametrize("role", ["editor", "analyst", "viewer"])
def test_S36_who_may_not_upload_is_refused_before_the_file_is_read(
    people: People, orders: str, role: str, database_settings: Settings
) -> None:
    assert orders
    answer = send(people(role))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:dataviz:PermissionDenied")
    assert not database_settings.received.exists()


def test_nobody_uploads_without_logging_in(client: httpx.Client) -> None:
    assert client.post(UPLOADS, files={"file": ("a.csv", GOOD)}).status_code == 401


def test_S26_a_form_of_another_site_does_not_use_the_cookie(
    client: httpx.Client, uploader: Person
) -> None:
    form = {"template": (None, "orders"), "file": ("a.csv", GOOD)}
    headers = {"Cookie": f"__Host-dataviz={uploader.token}", "Origin": "https://evil.example"}
    assert client.post(UPLOADS, files=form, headers=headers).status_code == 403
    own = headers | {"Origin": str(client.base_url).rstrip("/")}
    assert client.post(UPLOADS, files=form, headers=own).status_code == 202


def test_S27_forms_are_for_uploads_alone_and_uploads_take_nothing_else(uploader: Person) -> None:
    assert uploader.post(UPLOADS, {"template": "orders"}).status_code == 415
    form = {"file": ("a.csv", GOOD)}
    assert uploader.http.post("/api/v1/dashboards", files=form).status_code == 415
    other = f"{UPLOADS}/01a213ce-1853-700f-8369-a8f2bd1b7d48/cancel"
    assert uploader.http.post(other, files=form).status_code == 415
