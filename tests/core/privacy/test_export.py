"""The archive of a person: all that is theirs, nothing secret, nothing of where others were."""

import csv
import io
import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.privacy import erase_person, export_person
from dataviz_pipelines.core.privacy.errors import FileExistsAlreadyError, PersonNotFoundError
from tests.core.privacy.people import BOB, TRACES, Two

MOMENT = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def archive(app_engine: Engine, two: Two, tmp_path: Path) -> ZipFile:
    target = tmp_path / "exports" / "ada.zip"
    target.parent.mkdir()
    export_person(app_engine, str(two.ada), target, clock=lambda: MOMENT)
    return ZipFile(target)


def rows(archive: ZipFile, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"{table}.json"))
    return found


def test_F104_the_archive_holds_everything_that_is_known_of_the_person(archive: ZipFile) -> None:
    text_of_all = "\n".join(
        archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")
    )
    assert [trace for trace in TRACES if trace not in text_of_all] == []


def test_F104_it_has_the_rows_of_the_person_their_makings_and_mentions_by_others(
    archive: ZipFile, two: Two
) -> None:
    (profile,) = rows(archive, "users")
    assert (profile["id"], profile["email"], profile["first_name"]) == (
        str(two.ada),
        "ada@example.org",
        "Ada",
    )
    assert [row["bookmark_name"] for row in rows(archive, "bookmarks")] == ["Adas favourite!"]
    assert [row["preference_value"] for row in rows(archive, "user_preferences")] == ["adas-colour"]
    assert {row["created_by"] for row in rows(archive, "dashboards")} == {str(two.ada)}
    assert [row["name"] for row in rows(archive, "scheduler_jobs")] == ["mail"]
    assert [row["file_name"] for row in rows(archive, "upload_history")] == ["ada@example.org.csv"]
    assert {"login", "login_failed", "create", "update"} <= {
        row["action_type"] for row in rows(archive, "audit_logs")
    }


def test_every_table_is_there_as_json_and_for_spreadsheets(archive: ZipFile) -> None:
    names = set(archive.namelist()) - {"README.txt"}
    tables = {Path(name).stem for name in names}
    assert names == {f"{table}.{suffix}" for table in tables for suffix in ("json", "csv")}
    for table in tables:
        as_csv = list(csv.DictReader(io.StringIO(archive.read(f"{table}.csv").decode())))
        as_json = rows(archive, table)
        assert [row["id"] for row in as_csv] == [row["id"] for row in as_json]
        assert list(as_csv[0]) == list(as_json[0])


def test_no_secret_and_no_hash_of_one_is_in_it(archive: ZipFile) -> None:
    columns = {
        column for name in archive.namelist() if name.endswith(".json") for column in json.loads(archive.read(name))[0]
    }  # fmt: skip
    assert columns.isdisjoint({"password_hash", "token_hash", "key_hash", "connection_config"})


def test_it_does_not_say_from_where_others_worked(archive: ZipFile) -> None:
    for name in archive.namelist():
        content = archive.read(name).decode()
        assert BOB.ip_address not in content
        assert BOB.user_agent not in content


def test_what_a_spreadsheet_would_run_is_neutralised(
    app_engine: Engine, two: Two, tmp_path: Path
) -> None:
    with app_engine.begin() as connection:
        connection.execute(
            text("UPDATE users SET last_name = '=1+1' WHERE id = :ada"), {"ada": two.ada}
        )
    export_person(app_engine, str(two.ada), tmp_path / "ada.zip")
    archive = ZipFile(tmp_path / "ada.zip")
    assert "'=1+1" in archive.read("users.csv").decode()
    assert rows(archive, "users")[0]["last_name"] == "=1+1"


def test_a_read_me_says_what_is_in_it(archive: ZipFile, two: Two) -> None:
    text_of_it = archive.read("README.txt").decode()
    assert text_of_it.startswith("Data of ada@example.org\nExported at 2031-02-03T04:05:06+00:00")
    assert str(two.ada) in text_of_it
    assert "\nusers: 1 rows\n" in text_of_it


def test_its_owner_alone_can_read_it(archive: ZipFile) -> None:
    assert archive.filename is not None
    file = Path(archive.filename)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_an_export_is_audited(archive: ZipFile, app_engine: Engine, two: Two) -> None:
    assert archive.namelist()
    with app_engine.connect() as connection:
        found = connection.execute(
            text("SELECT resource_type, resource_id FROM audit_logs WHERE action_type = 'export'")
        ).all()
    assert [tuple(row) for row in found] == [("users", two.ada)]


def test_another_file_is_not_overwritten(app_engine: Engine, two: Two, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    target.write_text("mine")
    with pytest.raises(FileExistsAlreadyError):
        export_person(app_engine, str(two.ada), target)
    assert target.read_text() == "mine"


def test_nothing_is_left_of_an_export_of_nobody(app_engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(PersonNotFoundError):
        export_person(app_engine, "nobody@example.org", tmp_path / "nobody.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_after_an_erasure_there_is_only_the_pseudonym_left(
    app_engine: Engine, owner_engine: Engine, two: Two, tmp_path: Path
) -> None:
    pseudonym = erase_person(owner_engine, str(two.ada)).pseudonym
    exported = export_person(app_engine, pseudonym, tmp_path / "erased.zip")
    assert exported.user_id == two.ada
    content = "".join(
        ZipFile(tmp_path / "erased.zip").read(f"{table}.json").decode() for table in exported.rows
    )
    assert [trace for trace in TRACES if trace in content.replace("nada@example.org", "")] == []
