"""R21 and F119: how many looks into data sources Dagster's queue lets run at once."""

from pathlib import Path

import dagster as dg
import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are no dependency of ours
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig
from dagster._utils.tags import TagConcurrencyLimitsCounter

from dataviz_pipelines.definitions import defs
from dataviz_pipelines.jobs.discovery import SOURCE_TAG
from dataviz_pipelines.local import dagster_home


@pytest.fixture
def queue(tmp_path: Path) -> RunQueueConfig:
    """As the installation's dagster.yaml says, on storage of the test's own."""
    written = Path(dagster_home.__file__).with_name("dagster.yaml").read_text()
    kept = {
        key: value
        for key, value in yaml.safe_load(written).items()
        if key not in ("storage", "run_launcher")
    }
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(kept))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        found = instance.get_concurrency_config().run_queue_config
    assert found is not None
    return found


def look(source: str) -> dg.DagsterRun:
    job = defs.resolve_job_def("discover_sources")
    return dg.DagsterRun(job_name=job.name, tags={**job.tags, SOURCE_TAG: source})


def is_blocked(queue: RunQueueConfig, run: dg.DagsterRun, *running: dg.DagsterRun) -> bool:
    return TagConcurrencyLimitsCounter(queue.tag_concurrency_limits, list(running)).is_blocked(run)


def test_F119_a_source_is_looked_at_by_one_run_at_a_time(queue: RunQueueConfig) -> None:
    assert is_blocked(queue, look("Shop"), look("Shop"))
    assert not is_blocked(queue, look("Other"), look("Shop"))


def test_R21_sources_that_hang_leave_room_for_what_is_no_discovery(queue: RunQueueConfig) -> None:
    hanging = [look(f"source {number}") for number in range(3)]
    assert is_blocked(queue, look("another"), *hanging)
    assert not is_blocked(queue, dg.DagsterRun(job_name="load_uploads"), *hanging)
    assert queue.max_concurrent_runs > len(hanging)
