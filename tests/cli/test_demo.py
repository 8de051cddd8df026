"""What the screen of `up --demo` says; here the test plays the sensor and its run, through the core that they call."""

from pathlib import Path

import pytest
from rich.status import Status
from sqlalchemy import Engine

from dataviz_pipelines.cli.demo import DemoScreen
from dataviz_pipelines.cli.output import errors, results
from dataviz_pipelines.core.accounts.first_admin import FirstAdmin
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import (
    Drops,
    load_batch,
    make_batches,
    take_settled_files,
)
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local import demo
from dataviz_pipelines.local.record import new_record
from dataviz_pipelines.local.samples import Sample, samples


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "LOOK_EVERY_S", 0)
    monkeypatch.setattr(results, "_width", 100)


@pytest.fixture
def drops(database_settings: Settings, app_engine: Engine) -> Drops:
    return Drops(Ingestion(app_engine, database_settings.rejects), database_settings)


def shown(
    drops: Drops, chosen: list[Sample], capsys: pytest.CaptureFixture[str]
) -> tuple[str, bool]:
    """The output of a demo that has come to its end, and whether all was loaded."""
    with DemoScreen(chosen, Status("", console=errors)) as screen:
        assert not screen.all_loaded
        record = new_record(drops.settings, api_port=8001, dagster_port=3001)
        screen.begin(drops.settings, record, FirstAdmin("admin@localhost", "shown-once"))
        while "Ctrl-C" not in (output := capsys.readouterr().out):
            screen.look()
            take_settled_files(drops)
            for batch in make_batches(drops):
                list(load_batch(drops, batch.id, "run of a test"))
        screen.look()
        assert capsys.readouterr().out == ""
        return output, screen.all_loaded


def test_counts_reasons_and_addresses_are_shown_once(
    drops: Drops, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = [sample for sample in samples() if sample.template in {"planes", "damaged-stock"}]
    output, all_loaded = shown(drops, chosen, capsys)
    assert all_loaded
    lines = [line.split() for line in output.splitlines()]
    stock = ["damaged_stock.xlsx", "damaged-stock", "damaged_stock", "18", "3", "15", "succeeded"]
    assert stock in [line[:7] for line in lines]
    assert ["4", "article", "pattern", "12347", "does", "not", "match", "\\d{8}"] in lines
    assert "damaged_stock.xlsx: 15 rows rejected; the first 3" in output
    assert "planes.csv: 1 row rejected\n" in output
    assert "http://127.0.0.1:8001/dagster/assets/uploads" in output
    assert "http://127.0.0.1:8001/api/docs" in output
    assert output.count("shown-once") == 1
    assert "Ready." in output
    assert max(map(len, output.splitlines())) <= 100


def test_F33_duplicates_are_explained(drops: Drops, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [sample for sample in samples() if sample.template == "planes"]
    shown(drops, chosen, capsys)
    output, all_loaded = shown(drops, chosen, capsys)
    assert all_loaded
    assert "duplicate" in output
    assert "nothing was loaded twice" in output


def test_a_file_that_was_not_loaded_is_named_with_its_reason(
    drops: Drops, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "planes.csv"
    wrong.write_text("something,else\n1,2\n")
    output, all_loaded = shown(drops, [Sample("planes", wrong)], capsys)
    assert not all_loaded
    assert "planes.csv: File planes.csv has no column tailnum" in output
    assert "Not every file was loaded." in output
