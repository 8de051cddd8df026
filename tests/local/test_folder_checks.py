"""The drop box on more than one file system."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.ingestion.drops import inbox
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.findings import Level
from dataviz_pipelines.local.folder_checks import check_drop_box
from dataviz_pipelines.local.machine_checks import check_machine
from tests.servers.disks import bound

MEMORY = Path("/dev/shm")  # noqa: S108  # another file system, on any Linux


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another file system than the home."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def is_taken(settings: Settings, template: str = "orders") -> bool:
    (settings.inbox / template).mkdir(parents=True, exist_ok=True)
    (settings.inbox / template / "a.csv").write_text("id\n1\n")
    later = utc_now() + timedelta(minutes=1)
    (file,) = inbox.look(settings.inbox, template, settle_s=0, now=later).settled
    return inbox.claim(file, settings.claimed, new_id()) is not None


def test_F115_a_home_that_is_not_there_yet_will_be_on_one_file_system(settings: Settings) -> None:
    assert check_drop_box(settings).level is Level.OK
    assert not settings.root.exists()


def test_F115_folders_side_by_side_are_in_order(settings: Settings) -> None:
    assert is_taken(settings)
    assert check_drop_box(settings) in check_machine(settings, {})
    assert check_drop_box(settings).level is Level.OK


def test_F115_an_inbox_on_another_disk_fails_because_nothing_can_be_taken_from_it(
    settings: Settings, elsewhere: Path
) -> None:
    settings.root.mkdir()
    settings.inbox.symlink_to(elsewhere)
    assert not is_taken(settings)
    finding = check_drop_box(settings)
    assert finding.level is Level.FAIL
    assert (
        f"No file can be taken from {settings.inbox}, {settings.inbox / 'orders'}:"
        in finding.message
    )
    assert "one file system" in (finding.remedy or "")


def test_F115_one_templates_folder_on_another_disk_is_named(
    settings: Settings, elsewhere: Path
) -> None:
    settings.inbox.mkdir(parents=True)
    (settings.inbox / "orders").symlink_to(elsewhere)
    assert not is_taken(settings)
    assert is_taken(settings, "others")
    assert (
        f"No file can be taken from {settings.inbox / 'orders'}:"
        in check_drop_box(settings).message
    )


def test_F115_a_second_mount_of_the_same_disk_fails_too(settings: Settings, tmp_path: Path) -> None:
    shown = tmp_path / "with a blank"
    shown.mkdir()
    settings.inbox.mkdir(parents=True)
    with bound(settings.inbox, to=shown):
        assert settings.inbox.stat().st_dev == settings.root.stat().st_dev
        assert not is_taken(settings)
        assert check_drop_box(settings).level is Level.FAIL


@pytest.mark.parametrize("name", ["archive", "quarantine", "received"])
def test_F115_what_is_kept_on_another_disk_is_a_warning(
    settings: Settings, elsewhere: Path, name: str
) -> None:
    settings.root.mkdir()
    (settings.root / name).symlink_to(elsewhere)
    assert is_taken(settings)
    finding = check_drop_box(settings)
    assert finding.level is Level.WARN
    assert f": {settings.root / name}. Files are copied" in finding.message
