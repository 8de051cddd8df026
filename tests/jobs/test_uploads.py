"""The job as the sensor uses it: many files in one run."""

import dagster as dg

from dataviz_pipelines.core.ingestion.drops.service import FILES_PER_BATCH
from dataviz_pipelines.resources import Platform
from tests.dagster_platform import launch, tick
from tests.dropbox import DropBox


def test_F41_a_full_batch_of_files_is_one_run_with_a_materialization_each(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    for number in range(FILES_PER_BATCH):
        box.drop(f"{number:03}.csv", f"name,amount\nbolt,{number}\n".encode())
    requests = tick(instance, platform).run_requests or []
    assert len(requests) == 1
    result = launch(instance, platform, requests[0])
    assert result.success
    shown = [
        event.materialization.metadata["file"].value
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION
    ]
    assert shown == [f"{number:03}.csv" for number in range(FILES_PER_BATCH)]
    assert box.rows() == [("bolt", number) for number in range(FILES_PER_BATCH)]
