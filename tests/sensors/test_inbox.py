"""The sensor that looks into the inbox, on a real Dagster instance."""

from collections.abc import Callable
from uuid import UUID

import dagster as dg
import pytest
from dagster._core.storage.tags import TagType, get_tag_type

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.health import check_readiness
from dataviz_pipelines.core.ingestion.drops.store import start_batch
from dataviz_pipelines.core.ingestion.store import start_attempt
from dataviz_pipelines.resources import Platform
from tests.dagster_platform import launch, tick
from tests.dropbox import DropBox


def skip_message(result: dg.SensorResult) -> str:
    assert isinstance(result.skip_reason, dg.SkipReason)
    return result.skip_reason.skip_message or ""


def only_request(result: dg.SensorResult) -> dg.RunRequest:
    (request,) = result.run_requests or []
    return request


def batch_of(request: dg.RunRequest) -> UUID:
    return UUID(request.run_config["ops"]["uploads"]["config"]["batch_id"])


def create_run(
    instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus
) -> None:
    """As Dagster's daemon creates it for a request."""
    instance.add_run(
        dg.DagsterRun(
            job_name="load_uploads",
            tags={**request.tags, "dagster/run_key": request.run_key or ""},
            status=status,
        )
    )


def test_F41_a_dropped_file_becomes_a_run_of_its_templates_partition(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    request = only_request(tick(instance, platform))
    assert request.partition_key == "orders"
    assert instance.get_dynamic_partitions("upload_templates") == ["orders"]
    assert launch(instance, platform, request).success
    assert box.rows() == [("bolt", 2), ("nut", 3)]
    assert skip_message(tick(instance, platform)) == "No complete file is waiting."


def test_the_pages_of_dagster_do_not_show_the_id_of_the_batch_as_a_tag(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    request = only_request(tick(instance, platform))
    shown = {name for name in request.tags if get_tag_type(name) is not TagType.HIDDEN}
    assert shown == {"dagster/max_retries"}
    assert str(batch_of(request)) in request.tags.values()


def test_R5_a_repeated_tick_asks_with_the_same_run_key(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    first, again = (only_request(tick(instance, platform)) for _ in range(2))
    assert first == again


def test_a_new_template_gets_its_folder_and_its_partition_before_any_file(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    tick(instance, platform)
    box.add_template("people")
    box.folder("people").rmdir()
    tick(instance, platform)
    assert box.folder("people").is_dir()
    assert sorted(instance.get_dynamic_partitions("upload_templates")) == ["orders", "people"]


def test_R23_a_run_that_never_began_is_asked_for_under_another_key(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    first = only_request(tick(instance, platform))
    create_run(instance, first, dg.DagsterRunStatus.STARTING)
    assert only_request(tick(instance, platform)).run_key == first.run_key
    instance.report_run_failed(instance.get_runs()[0])
    second = only_request(tick(instance, platform))
    assert second.run_key != first.run_key
    assert second.run_config == first.run_config
    assert launch(instance, platform, second).success


def test_a_run_that_ended_in_the_middle_is_asked_for_again(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    first = only_request(tick(instance, platform))
    with box.engine.begin() as connection:
        start_batch(connection, batch_of(first), "a run that was deleted")
    assert only_request(tick(instance, platform)).run_key != first.run_key


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (dg.DagsterInstance.report_run_failed, "queued"),
        (dg.DagsterInstance.report_run_canceled, "cancelled"),
    ],
)
def test_R1_a_file_that_was_launched_by_hand_in_a_run_that_died_is_not_left_running(
    instance: dg.DagsterInstance,
    platform: Platform,
    box: DropBox,
    ended: Callable[[dg.DagsterInstance, dg.DagsterRun], object],
    status: str,
) -> None:
    box.drop("a.csv")
    (upload_id,) = box.take()
    run = instance.add_run(
        dg.DagsterRun(job_name="load_uploads", status=dg.DagsterRunStatus.STARTED)
    )
    with box.engine.begin() as connection:
        start_attempt(
            connection, upload_id, template_version=1, dagster_run_id=run.run_id, now=utc_now()
        )
    assert not tick(instance, platform).run_requests
    assert box.record(upload_id).status == "running"
    ended(instance, run)
    assert bool(tick(instance, platform).run_requests) == (status == "queued")
    assert box.record(upload_id).status == status


def test_a_run_that_a_person_cancelled_in_the_queue_stays_cancelled(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    first = only_request(tick(instance, platform))
    create_run(instance, first, dg.DagsterRunStatus.CANCELED)
    assert not tick(instance, platform).run_requests
    (record,) = box.records()
    assert (record.status, record.error_type) == ("cancelled", "RunCancelledError")


def test_dagster_does_not_retry_a_lost_batch_beside_the_sensor(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    box.drop("a.csv")
    request = only_request(tick(instance, platform))
    assert request.tags["dagster/max_retries"] == "0"


def test_what_nobody_will_take_is_said_at_every_look_and_logged_once(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    (box.settings.inbox / "ordres").mkdir()
    (box.settings.inbox / "ordres" / "a.csv").write_text("lost")
    said = "inbox/ordres holds 1 file, and no active template has this name."
    first = tick(instance, platform)
    assert skip_message(first) == f"No complete file is waiting.\n{said}"
    assert first.cursor == said
    again = tick(instance, platform, cursor=said)
    assert (skip_message(again), again.cursor) == (skip_message(first), said)


def test_every_look_is_a_heartbeat(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    def dagster_is_ok() -> bool:
        return next(c.ok for c in check_readiness(box.engine) if c.name == "dagster")

    assert not dagster_is_ok()
    tick(instance, platform)
    assert dagster_is_ok()


def test_ticks_share_one_pool_of_connections(
    instance: dg.DagsterInstance, platform: Platform, box: DropBox
) -> None:
    assert box.records() == []
    for _ in range(3):
        tick(instance, platform)
    assert platform.engine.pool.status().startswith("Pool size: 5  Connections in pool: 1")
