"""Rollups as Dagster makes them: partitions, ranges of them, checks, what the sensor and the schedules ask for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from dataviz_pipelines.core.analytics.periods import DAY, HOUR
from dataviz_pipelines.core.analytics.rolling import roll
from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.rollups import RANGE_TAGS, changed_hours
from tests.core.analytics.logs import Logs

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
ASSETS = ("audit", "dashboards", "jobs", "queries", "uploads")


@pytest.fixture
def logs(platform: Platform) -> Logs:
    return Logs(platform.engine)


def run(
    instance: dg.DagsterInstance, platform: Platform, job: str, *keys: str
) -> dg.ExecuteInProcessResult:
    """Of one partition, or of the range between two."""
    if len(keys) == 1:
        given = {"partition_key": keys[0]}
    else:
        given = {"tags": dict(zip(RANGE_TAGS, keys, strict=True))}
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance,
        resources={"platform": platform},
        raise_on_error=False,
        **given,  # type: ignore[arg-type]  # either is one of its parameters
    )


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {
        each.asset_key.to_user_string(): each.passed
        for each in result.get_asset_check_evaluations()
    }


def uses(logs: Logs, grain: str) -> list[tuple[object, ...]]:
    return logs.rows(
        "SELECT starts_at, use_count FROM dashboard_rollups WHERE grain = :grain ORDER BY 1",
        grain=grain,
    )


def test_F95_a_partition_counts_its_hour_and_says_so(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    dashboard = logs.dashboard()
    for minute in (0, 30, 60):
        logs.use(NOON + timedelta(minutes=minute), dashboard)
    result = run(instance, platform, "roll_hours", "2026-03-31-12:00")

    assert result.success
    assert uses(logs, "hour") == [(NOON, 2)]
    assert checks(result) == {f"{name}_by_hour": True for name in ASSETS}
    record = instance.get_latest_materialization_event(dg.AssetKey("dashboards_by_hour"))
    assert record is not None
    made = record.asset_materialization
    assert made is not None
    assert made.partition == "2026-03-31-12:00"
    assert made.metadata["events"].value == 2
    assert made.metadata["dagster/partition_row_count"].value == 1
    assert made.metadata["dagster/table_name"].value == "dashboard_rollups"


def test_F95_a_backfill_of_a_range_is_one_run(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    dashboard = logs.dashboard()
    for hour in range(5):
        logs.use(NOON + 10 * hour * HOUR, dashboard)
    hourly = run(instance, platform, "roll_hours", "2026-03-31-12:00", "2026-04-02-04:00")
    daily = run(instance, platform, "roll_days", "2026-03-31", "2026-04-02")

    assert (hourly.success, daily.success) == (True, True)
    assert len(uses(logs, "hour")) == 5
    assert [count for _, count in uses(logs, "day")] == [2, 2, 1]
    made = instance.get_materialized_partitions(dg.AssetKey("dashboards_by_day"))
    assert made == {"2026-03-31", "2026-04-01", "2026-04-02"}
    assert logs.marks() == set()


def test_F99_the_check_fails_and_stops_what_follows_when_somebody_tampers(
    instance: dg.DagsterInstance,
    platform: Platform,
    logs: Logs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A count that is wrong as soon as it is made, since a run counts before it checks."""
    logs.use(NOON, logs.dashboard())

    def tampered(*given: object) -> object:
        counted = roll(*given)  # type: ignore[arg-type]  # as they come
        logs.run("UPDATE dashboard_rollups SET use_count = 7 WHERE grain = 'hour'")
        return counted

    monkeypatch.setattr("dataviz_pipelines.assets.rollups.roll", tampered)
    result = run(instance, platform, "roll_hours", "2026-03-31-12:00")
    (failed,) = [each for each in result.get_asset_check_evaluations() if not each.passed]

    assert failed.asset_key == dg.AssetKey("dashboards_by_hour")
    assert failed.severity is dg.AssetCheckSeverity.ERROR
    assert failed.metadata["first"].value == "2026-03-31 12:00"


def tick(
    instance: dg.DagsterInstance, platform: Platform, cursor: str | None = "started"
) -> dg.SensorResult:
    with dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}, cursor=cursor
    ) as context:
        result = changed_hours(context)
    assert isinstance(result, dg.SensorResult)
    return result


def asked(result: dg.SensorResult) -> Sequence[tuple[str | None, tuple[str, ...]]]:
    return [
        (request.job_name, tuple(request.tags[tag] for tag in RANGE_TAGS))
        for request in result.run_requests or []
    ]


def test_F97_the_sensor_asks_for_hours_that_changed_and_then_for_their_days(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    dashboard = logs.dashboard()
    logs.run("DELETE FROM rollup_invalidations")
    logs.use(NOON, dashboard)
    logs.use(NOON + HOUR, dashboard)
    logs.use(NOON + DAY, dashboard)
    hours = asked(tick(instance, platform))
    assert hours == [
        ("roll_hours", ("2026-03-31-12:00", "2026-03-31-13:00")),
        ("roll_hours", ("2026-04-01-12:00", "2026-04-01-12:00")),
    ]
    for job, keys in hours:
        assert run(instance, platform, str(job), *keys).success
    days = asked(tick(instance, platform))
    assert days == [("roll_days", ("2026-03-31", "2026-04-01"))]
    for job, keys in days:
        assert run(instance, platform, str(job), *keys).success

    result = tick(instance, platform)
    assert isinstance(result.skip_reason, dg.SkipReason)
    assert result.skip_reason.skip_message == "Everything is counted."
    assert [count for _, count in uses(logs, "day")] == [2, 1]


def test_the_first_tick_of_a_platform_asks_for_nothing(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    logs.use(NOON, logs.dashboard())
    result = tick(instance, platform, cursor=None)

    assert (asked(result), result.cursor) == ([], "started")


def test_the_hour_that_has_begun_is_a_partition_too(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    dashboard = logs.dashboard()
    logs.run("DELETE FROM rollup_invalidations")
    logs.use(utc_now(), dashboard)

    ((_, keys),) = asked(tick(instance, platform))
    assert run(instance, platform, "roll_hours", *keys).success
    assert [count for _, count in uses(logs, "hour")] == [1]


def test_counting_is_no_reason_to_count_again(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    """Runs are noted as those of a job, which would mark the current hour for ever."""
    job = logs.add("scheduler_jobs", name="roll_hours", job_type="maintenance")
    logs.run("DELETE FROM rollup_invalidations")
    for run_id, at in (("now", utc_now()), ("then", NOON)):
        logs.add("scheduler_job_runs", job_id=job, run_id=run_id, status="running", created_at=at)

    assert asked(tick(instance, platform)) == [
        ("roll_hours", ("2026-03-31-12:00", "2026-03-31-12:00"))
    ]


def test_the_sensor_waits_for_a_run_that_is_under_way(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    logs.use(NOON, logs.dashboard())
    instance.create_run_for_job(
        defs.resolve_job_def("roll_hours"), status=dg.DagsterRunStatus.STARTED
    )

    assert asked(tick(instance, platform)) == []


def test_what_is_older_than_the_first_partition_is_counted_by_the_sensor(
    instance: dg.DagsterInstance, platform: Platform, logs: Logs
) -> None:
    old = datetime(2019, 1, 1, 5, tzinfo=UTC)
    logs.use(old, logs.dashboard())
    tick(instance, platform)

    assert uses(logs, "hour") == [(old, 1)]
    assert uses(logs, "day") == [(old - 5 * HOUR, 1)]


@pytest.mark.parametrize(
    ("schedule", "at", "key"),
    [
        ("every_hour", datetime(2026, 4, 1, 0, 2, tzinfo=UTC), "2026-03-31-23:00"),
        ("every_day", datetime(2026, 4, 1, 0, 10, tzinfo=UTC), "2026-03-31"),
    ],
)
def test_each_hour_and_day_that_ends_gets_its_partition(
    instance: dg.DagsterInstance, schedule: str, at: datetime, key: str
) -> None:
    found = defs.resolve_schedule_def(schedule)
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=at,
        repository_def=defs.get_repository_def(),
    ) as context:
        (request,) = found.evaluate_tick(context).run_requests or []

    assert (request.partition_key, request.run_key) == (key, key)
