"""Files of a folder: which are taken, which never, and what is taken again."""

import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import Drops
from dataviz_pipelines.core.ingestion.uploading.working import Worker
from dataviz_pipelines.core.job_types.upload_ingestion import folders
from dataviz_pipelines.core.job_types.upload_ingestion.config import (
    FolderConfig,
    UploadIngestionConfig,
)
from dataviz_pipelines.core.job_types.upload_ingestion.errors import (
    FileChangedError,
    FileUnreadableError,
    FolderNotAllowedError,
    FolderUnreadableError,
)
from dataviz_pipelines.core.job_types.upload_ingestion.found import Found
from tests.core.job_types.upload_ingestion.elsewhere import OTHER, Elsewhere
from tests.dropbox import ORDERS

BUCKET: dict[str, Any] = {"kind": "s3", "bucket": "exports"}
SFTP: dict[str, Any] = {
    "kind": "sftp",
    "host": "sftp.example.com",
    "user": "ada",
    "host_keys": [f"SHA256:{'A' * 43}"],
}


def names(elsewhere: Elsewhere, **changes: Any) -> list[str]:
    return [each.shown for each in found(elsewhere, **changes)]


def found(elsewhere: Elsewhere, **changes: Any) -> list[Found]:
    given = {"kind": "folder", "path": str(elsewhere.folder), **changes}
    return folders.find(FolderConfig.model_validate(given), elsewhere.settings)


def read(file: Found) -> bytes:
    with file.open(None) as opened:
        assert opened is not None
        return b"".join(opened.chunks)


def test_files_are_loaded_once_and_again_only_when_they_change(elsewhere: Elsewhere) -> None:
    elsewhere.put("a.csv")
    said = elsewhere.take()
    assert "a.csv: 2 rows loaded, 0 rejected" in said
    assert "unchanged since they were loaded: 1" in elsewhere.take()
    assert elsewhere.uploads() == [("a.csv", "succeeded")]
    elsewhere.put("a.csv", OTHER)
    assert "a.csv: 1 rows loaded" in elsewhere.take()
    assert elsewhere.rows() == 3
    assert elsewhere.folder.joinpath("a.csv").read_bytes() == OTHER


def test_the_same_content_under_another_name_is_a_duplicate_and_said_once(
    elsewhere: Elsewhere,
) -> None:
    elsewhere.put("a.csv")
    elsewhere.take()
    elsewhere.put("b.csv")
    assert "b.csv: the same content was loaded before" in elsewhere.take()
    assert "unchanged since they were loaded: 2" in elsewhere.take()
    assert elsewhere.uploads() == [("a.csv", "succeeded"), ("b.csv", "duplicate")]
    assert elsewhere.rows() == 2


def test_a_bad_file_stops_no_other_is_named_and_is_tried_again(elsewhere: Elsewhere) -> None:
    for name, content in (("a.csv", ORDERS), ("b.csv", b"other\n1\n"), ("c.csv", OTHER)):
        elsewhere.put(name, content)
    said, error = elsewhere.failing()
    assert error.startswith("Files that were not loaded: 1. b.csv: ")
    assert "a.csv: 2 rows loaded" in said
    assert "NOT LOADED: b.csv: " in said
    assert "c.csv: 1 rows loaded" in said
    again, _ = elsewhere.failing()
    assert "Files: 3, unchanged since they were loaded: 2" in again
    elsewhere.put("b.csv", b"name,amount\nnail,9\n")
    elsewhere.take()
    assert elsewhere.rows() == 4


def test_S55_a_file_above_the_limit_is_not_received(elsewhere: Elsewhere) -> None:
    elsewhere.put("big.csv", b"name,amount\n" + b"bolt,2\n" * 200_000)
    elsewhere.put("ok.csv")
    said, error = elsewhere.failing()
    assert "big.csv: The file has more than 1 MB" in error
    assert "ok.csv: 2 rows loaded" in said
    assert [path.name for path in elsewhere.received()] == ["ok.csv"]


def test_what_is_more_than_max_files_is_left_to_the_next_run(elsewhere: Elsewhere) -> None:
    for number in range(3):
        elsewhere.put(f"{number}.csv", b"name,amount\nbolt,%d\n" % number)
    assert "left to the next run: 1" in elsewhere.take(
        kind="folder", path=str(elsewhere.folder), max_files=2
    )
    elsewhere.take(kind="folder", path=str(elsewhere.folder), max_files=2)
    assert elsewhere.rows() == 3


def test_pattern_and_subfolders_choose_and_unfinished_files_wait(elsewhere: Elsewhere) -> None:
    for name in ("a.csv", "b.txt", "sub/c.csv", ".hidden.csv", "d.csv.part", ".sub/e.csv"):
        elsewhere.put(name)
    os.utime(elsewhere.put("just-now.csv"), (time.time(), time.time()))
    os.mkfifo(elsewhere.folder / "pipe.csv")
    assert sorted(names(elsewhere)) == ["a.csv", "b.txt"]
    assert sorted(names(elsewhere, pattern="*.csv", subfolders=True)) == ["a.csv", "sub/c.csv"]


def test_a_folder_that_is_not_listed_is_not_read(elsewhere: Elsewhere, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "exports-of-others", Path("/etc")):
        with pytest.raises(FolderNotAllowedError):
            names(elsewhere, path=str(path))
    with pytest.raises(FolderNotAllowedError):
        names(elsewhere.with_settings(import_folders=""))


def test_no_link_leads_out_of_the_folder(elsewhere: Elsewhere, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(elsewhere.folder, outside)
    (outside / "secret.csv").write_bytes(ORDERS)
    elsewhere.put("a.csv")
    (elsewhere.folder / "link.csv").symlink_to(outside / "secret.csv")
    (elsewhere.folder / "linked").symlink_to(outside)
    (elsewhere.root / "way").symlink_to(outside)
    assert names(elsewhere, subfolders=True) == ["a.csv"]
    with pytest.raises(FolderUnreadableError):
        names(elsewhere, path=str(elsewhere.root / "way"))


def test_what_becomes_a_link_after_it_was_found_is_not_followed(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.csv").write_bytes(ORDERS)
    elsewhere.put("a.csv").unlink()
    files = [elsewhere.put("a.csv"), elsewhere.put("sub/a.csv")]
    listed = sorted(found(elsewhere, subfolders=True), key=lambda each: each.shown)
    files[0].unlink()
    files[0].symlink_to(outside / "a.csv")
    shutil.rmtree(files[1].parent)
    files[1].parent.symlink_to(outside)
    for file in listed:
        with pytest.raises(FileUnreadableError):
            read(file)


def test_nothing_is_taken_from_the_platforms_own_folder(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    home = elsewhere.settings.root
    for folder in (elsewhere.folder, home, home / "archive"):
        elsewhere.put(str(folder / "a.csv"))
    allowed = elsewhere.with_settings(import_folders=str(tmp_path))
    shown = names(allowed, path=str(tmp_path), pattern="*.csv", subfolders=True)
    assert shown == ["exports/shop/a.csv"]
    for listed, path in ((tmp_path, home / "keys"), (home / "keys", home / "keys")):
        with pytest.raises(FolderNotAllowedError):
            names(elsewhere.with_settings(import_folders=str(listed)), path=str(path))


def test_workers_that_are_faster_load_nothing_twice(elsewhere: Elsewhere) -> None:
    for number in range(12):
        elsewhere.put(f"{number}.csv", b"name,amount\nbolt,%d\n" % number)
    drops = Drops(Ingestion.of(elsewhere.engine, elsewhere.settings), elsewhere.settings)
    worker = Worker(drops, beat=lambda: None)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        said = elsewhere.take()
    finally:
        worker.stop()
        thread.join()
    assert said.count(": 1 rows loaded, 0 rejected") == 12
    assert elsewhere.rows() == 12
    assert len(elsewhere.uploads()) == 12


def test_a_file_that_changes_while_it_is_read_is_not_taken(elsewhere: Elsewhere) -> None:
    path = elsewhere.put("a.csv")
    (file,) = found(elsewhere)
    with file.open(None) as opened:
        assert opened is not None
        assert next(opened.chunks) == ORDERS
        path.write_bytes(ORDERS + b"nail,1\n")
        with pytest.raises(FileChangedError):
            list(opened.chunks)


def test_a_folder_that_is_gone_fails_the_run(elsewhere: Elsewhere) -> None:
    elsewhere.folder.rmdir()
    with pytest.raises(DatavizError, match="cannot be read: No such file or directory"):
        elsewhere.take()


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "folder", "path": "exports"},
        {"kind": "folder", "path": "/srv/exports/../../etc"},
        {"kind": "folder", "path": "/srv", "urls": []},
        {"kind": "https", "urls": []},
        {"kind": "https", "urls": ["file:///etc/passwd"]},
        {"kind": "https", "urls": ["https://ada:secret@example.org/a.csv"]},
        {"kind": "sftp", "path": "/srv"},
        SFTP | {"host_keys": []},
        SFTP | {"host_keys": ["ssh-ed25519 AAAA"]},
        SFTP | {"path": "../etc"},
        SFTP | {"password": "open-sesame"},
        BUCKET | {"bucket": "a/b"},
        BUCKET | {"endpoint": "https://s3.example.com/exports"},
        BUCKET | {"endpoint": "ftp://s3.example.com"},
        BUCKET | {"region": "Vienna"},
        BUCKET | {"ca_certificate": "none"},
        BUCKET | {"secret_access_key": "open-sesame"},
    ],
)
def test_a_place_that_cannot_be_is_refused_when_it_is_saved(source: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        UploadIngestionConfig.model_validate({"from": source})
    assert {error["loc"][0] for error in raised.value.errors()} == {"from"}
