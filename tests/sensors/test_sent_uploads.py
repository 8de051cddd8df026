"""What is sent over HTTP is seen in Dagster where dropped files are."""

from typing import Any

import dagster as dg
import pytest
from sqlalchemy import text

from dataviz_pipelines.assets.uploads import UPLOADS
from dataviz_pipelines.core.ingestion.service import load_upload, register_upload
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.ingestion.templates import get_template
from dataviz_pipelines.core.models.uploads import UploadSource
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.sent_uploads import sent_uploads
from tests.dropbox import DropBox

MIXED = b"name,amount\nbolt,2\nnut,x\nnail,3\n"


def tick(
    instance: dg.DagsterInstance, platform: Platform, cursor: str | None = None
) -> dg.SensorResult:
    """As the daemon does it: first the events, then the partitions, last of all the cursor."""
    with dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}, cursor=cursor
    ) as context:
        result = sent_uploads(context)
    assert isinstance(result, dg.SensorResult)
    for event in result.asset_events:
        instance.report_runless_asset_event(event)
    for request in result.dynamic_partitions_requests or []:
        instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return result


def load(
    box: DropBox, content: bytes, *, source: UploadSource = UploadSource.API, name: str = "a.csv"
) -> UploadRecord:
    """As a worker does it."""
    box.settings.received.mkdir(exist_ok=True)
    path = box.settings.received / name
    path.write_bytes(content)
    with box.engine.begin() as connection:
        template = get_template(connection, "orders")
    upload_id = register_upload(box.drops.ingestion, template, path, source=source)
    return load_upload(box.drops.ingestion, upload_id)


def materializations(instance: dg.DagsterInstance) -> list[dg.AssetMaterialization]:
    found = instance.fetch_materializations(UPLOADS, limit=100).records
    return [record.asset_materialization for record in found if record.asset_materialization]


def shown(event: dg.AssetMaterialization) -> dict[str, Any]:
    return {name: value.value for name, value in event.metadata.items()}


@pytest.fixture
def loaded(box: DropBox) -> UploadRecord:
    return load(box, MIXED)


def test_an_upload_is_a_materialization_of_its_templates_partition(
    instance: dg.DagsterInstance, platform: Platform, loaded: UploadRecord
) -> None:
    tick(instance, platform)
    (event,) = materializations(instance)
    assert (event.asset_key, event.partition) == (UPLOADS, "orders")
    assert event.description == "a.csv: 2 rows loaded, 1 rejected"
    facts = shown(event)
    assert (facts["upload_id"], facts["status"]) == (str(loaded.id), "succeeded")
    assert (facts["rows_processed"], facts["rows_loaded"], facts["rows_rejected"]) == (3, 2, 1)
    assert facts["dagster/row_count"] == 2
    assert instance.has_dynamic_partition("upload_templates", "orders")


def test_its_checks_are_seen_too(
    instance: dg.DagsterInstance, platform: Platform, loaded: UploadRecord
) -> None:
    assert loaded
    result = tick(instance, platform)
    checks = [each for each in result.asset_events if isinstance(each, dg.AssetCheckEvaluation)]
    assert {each.check_name: each.passed for each in checks} == {
        "counts_add_up": True,
        "files_loaded": True,
        "reject_rate": False,
        "schema_drift": True,
    }


def test_an_upload_is_reported_once_when_all_goes_well(
    instance: dg.DagsterInstance, platform: Platform, loaded: UploadRecord
) -> None:
    assert loaded
    first = tick(instance, platform)
    second = tick(instance, platform, first.cursor)
    third = tick(instance, platform, second.cursor)
    assert (second.asset_events, third.asset_events) == ([], [])
    assert len(materializations(instance)) == 1


def test_r5_a_daemon_killed_before_it_kept_the_cursor_reports_again_and_loses_nothing(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox, loaded: UploadRecord
) -> None:
    assert loaded
    tick(instance, platform)
    load(box, b"name,amount\nnut,1\n", name="b.csv")
    again = tick(instance, platform)
    tick(instance, platform, again.cursor)
    files = sorted(shown(event)["file"] for event in materializations(instance))
    assert files == ["a.csv", "a.csv", "b.csv"]


def test_an_upload_that_loaded_nothing_is_an_observation_with_the_reason(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox, loaded: UploadRecord
) -> None:
    load(box, MIXED, name="again.csv")
    tick(instance, platform)
    (record,) = instance.fetch_observations(UPLOADS, limit=10).records
    observation = record.asset_observation
    assert observation is not None
    assert observation.metadata["status"].value == "duplicate"
    assert observation.metadata["duplicate_of"].value == str(loaded.id)


def test_an_undone_upload_is_told_of_whatever_loaded_it(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    load(box, MIXED, source=UploadSource.DROP)
    assert tick(instance, platform).asset_events == []
    with box.engine.begin() as connection:
        connection.execute(text("UPDATE upload_history SET status = 'undone'"))
    first = tick(instance, platform)
    assert [type(each) for each in first.asset_events] == [dg.AssetObservation]
    assert tick(instance, platform, first.cursor).asset_events == []


def test_F34_a_dry_run_is_nobodys_business(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    load(box, MIXED)
    with box.engine.begin() as connection:
        connection.execute(
            text("UPDATE upload_history SET is_dry_run = true, status = 'previewed'")
        )
    assert tick(instance, platform).asset_events == []
