"""Who still writes a file, as the kernel knows it."""

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dataviz_pipelines.core.ingestion.drops.writers import Writers, writers_of
from dataviz_pipelines.core.ingestion.errors import UnreadableFileError
from dataviz_pipelines.core.ingestion.identity import WatchedFile

HOLD = "import sys; file = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
REOPEN = """
import sys, time
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    open(sys.argv[1], "ab").close()
"""
ASK = """
import pathlib, sys, time
from dataviz_pipelines.core.ingestion.drops.writers import writers_of
path, end = pathlib.Path(sys.argv[1]), time.monotonic() + float(sys.argv[2])
answers = {writers_of(path).value for _ in iter(lambda: time.monotonic() < end, False)}
print(sorted(answers))
"""


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may do everything, so it steps down; anybody else is somebody else already."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"a\n1\n")
    return path


def test_R11_a_file_that_another_process_has_open_for_writing_is_being_written(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        assert writers_of(file) is Writers.SOME
        writer.communicate(b"")
    assert writers_of(file) is Writers.NONE


def test_a_file_that_others_only_read_is_not_being_written(file: Path) -> None:
    with file.open("rb"):
        assert writers_of(file) is Writers.NONE


def test_a_file_that_is_gone_is_not_complete(tmp_path: Path) -> None:
    assert writers_of(tmp_path / "gone.csv") is Writers.SOME


def test_where_leases_are_not_to_be_had_nobody_can_tell() -> None:
    """As on another owner's file."""
    with as_somebody_else():
        assert writers_of(Path("/etc/passwd")) is Writers.UNKNOWN


def test_a_file_that_may_not_be_opened_does_not_tell_its_writers() -> None:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).chmod(0)
        with as_somebody_else():
            assert writers_of(Path(file.name)) is Writers.UNKNOWN


def test_opening_a_file_while_it_is_examined_does_not_end_the_examiner(file: Path) -> None:
    """The kernel signals a lease's holder when somebody opens the file, by default with a signal that kills."""
    with subprocess.Popen([sys.executable, "-c", REOPEN, file, "60"]) as writer:
        asked = subprocess.run(
            [sys.executable, "-c", ASK, file, "1.5"], capture_output=True, text=True, check=False
        )
        writer.terminate()
    assert asked.returncode == 0, asked.stderr
    assert "none" in asked.stdout


def test_a_file_that_may_not_be_opened_is_unreadable_and_the_remedy_is_named() -> None:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        Path(file.name).chmod(0)
        with (
            as_somebody_else(),
            pytest.raises(
                UnreadableFileError, match=r"its permissions forbid it\. Make it readable"
            ),
        ):
            WatchedFile(Path(file.name))
