"""What is complete in the inbox, who gets it, and what is never looked at."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from dataviz_pipelines.core.ingestion.drops import inbox
from dataviz_pipelines.core.ingestion.drops.inbox import DroppedFile
from dataviz_pipelines.core.models.ids import new_id

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Puts a file into the inbox, last touched `age_s` before NOW."""

    def put(name: str, *, age_s: float = 60, template: str = "orders") -> Path:
        path = tmp_path / "inbox" / template / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a\n1\n")
        touched = (NOW - timedelta(seconds=age_s)).timestamp()
        os.utime(path, (touched, touched))
        return path

    return put


def look(tmp_path: Path, *, settle_s: float = 2) -> inbox.Look:
    return inbox.look(tmp_path / "inbox", "orders", settle_s=settle_s, now=NOW)


def names(found: inbox.Look) -> list[str]:
    return [file.path.name for file in found.settled]


def test_complete_files_come_oldest_first(tmp_path: Path, put: Put) -> None:
    put("b.csv", age_s=10)
    put("c.csv", age_s=30)
    put("a.csv", age_s=10)
    assert names(look(tmp_path)) == ["c.csv", "a.csv", "b.csv"]


def test_R11_a_file_that_was_just_touched_waits_and_it_is_known_how_long(
    tmp_path: Path, put: Put
) -> None:
    put("old.csv", age_s=60)
    put("new.csv", age_s=0.5)
    put("newer.csv", age_s=0.25)
    found = look(tmp_path, settle_s=2)
    assert names(found) == ["old.csv"]
    assert found.next_in_s == pytest.approx(1.5, abs=0.01)


def test_no_wait_is_announced_when_nothing_is_on_its_way(tmp_path: Path, put: Put) -> None:
    put("old.csv")
    assert look(tmp_path).next_in_s is None


def test_a_file_from_a_clock_that_is_far_ahead_is_not_left_for_ever(
    tmp_path: Path, put: Put
) -> None:
    put("tomorrow.csv", age_s=-86_400)
    assert names(look(tmp_path)) == ["tomorrow.csv"]


def test_R11_a_file_that_is_open_for_writing_waits_however_old_it_is(
    tmp_path: Path, put: Put
) -> None:
    path = put("slow.csv", age_s=3600)
    with path.open("ab"):
        found = look(tmp_path)
    assert (found.settled, found.next_in_s) == ([], None)
    assert names(look(tmp_path)) == ["slow.csv"]


@pytest.mark.parametrize(
    "name",
    [".orders.csv", ".hidden", "~$orders.xlsx", "orders.csv.part", "orders.CSV.TMP",
     "orders.crdownload", "orders.csv.filepart", "orders.partial"],
)  # fmt: skip
def test_hidden_and_unfinished_names_are_left_alone(tmp_path: Path, put: Put, name: str) -> None:
    put(name)
    assert look(tmp_path).settled == []


def test_links_folders_and_pipes_are_not_taken(tmp_path: Path, put: Put) -> None:
    folder = put("real.csv").parent
    (folder / "link.csv").symlink_to("/etc/passwd")
    put("inner.csv", template="orders/nested")
    os.mkfifo(folder / "pipe.csv")
    assert names(look(tmp_path)) == ["real.csv"]


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert look(tmp_path) == inbox.Look([], None)


@pytest.mark.parametrize(
    "name",
    [
        b"with spaces .csv",
        "📦.csv".encode(),
        b"two\nlines.csv",
        b"-rf.csv",
        b"caf\xe9.csv",
        b"\xff" * 255,
        b"a" * 251 + b".csv",
        b"$(touch x);'\".csv",
        b"a\\b.csv",
    ],
)
def test_odd_names_are_claimed_under_a_name_that_can_be_stored(
    tmp_path: Path, put: Put, name: bytes
) -> None:
    put(os.fsdecode(name))
    (file,) = look(tmp_path).settled
    taken = inbox.claim(file, tmp_path / "claimed", new_id())
    assert taken is not None
    taken.name.encode()  # it can be sent to a database
    assert "\n" not in taken.name
    assert taken.read_bytes() == b"a\n1\n"
    assert not file.path.exists()


def test_R9_of_two_claimants_one_gets_the_file(tmp_path: Path, put: Put) -> None:
    files = [DroppedFile(put(f"{n}.csv"), "orders") for n in range(50)]
    both_start, taken = Barrier(2), []

    def claim_all() -> None:
        both_start.wait()
        taken.extend([inbox.claim(file, tmp_path / "claimed", new_id()) for file in files])

    claimants = [Thread(target=claim_all) for _ in range(2)]
    for each in claimants:
        each.start()
    for each in claimants:
        each.join()
    assert len(taken) == 100
    assert sorted(path.name for path in taken if path) == sorted(f.path.name for f in files)
    folders = list((tmp_path / "claimed/orders").iterdir())
    assert len(folders) == len(files), "the slower claimant leaves nothing behind"


def test_a_file_that_cannot_be_moved_stays_and_the_log_says_why(
    put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    path = put("a.csv")
    other_file_system = Path("/dev/shm") / str(new_id())  # noqa: S108
    assert inbox.claim(DroppedFile(path, "orders"), other_file_system, new_id()) is None
    assert path.exists()
    assert "a.csv cannot be taken: Invalid cross-device link" in caplog.text
    assert list((other_file_system / "orders").iterdir()) == []
    shutil.rmtree(other_file_system)


def test_what_nobody_will_take_is_named(tmp_path: Path, put: Put) -> None:
    put("good.csv")
    put("a.csv", template="ordres")
    put("b.csv", template="ordres")
    put("c.csv", template="orders/2026")
    put("d.csv", template=".")
    (tmp_path / "inbox/empty").mkdir()
    (tmp_path / "inbox/orders/link.csv").symlink_to("/etc/passwd")
    assert inbox.overlooked(tmp_path / "inbox", {"orders", "people"}) == [
        "inbox/d.csv lies outside the templates' folders; move it into one of them.",
        "inbox/orders/2026 is a folder; only files themselves are taken.",
        "inbox/orders/link.csv is a link; only files themselves are taken.",
        "inbox/ordres holds 2 files, and no active template has this name.",
    ]


def test_an_inbox_in_order_overlooks_nothing(tmp_path: Path, put: Put) -> None:
    put("good.csv")
    put(".hidden", template=".")
    assert inbox.overlooked(tmp_path / "inbox", {"orders"}) == []
    assert inbox.overlooked(tmp_path / "nowhere", {"orders"}) == []
