"""F120: what fails in Dagster is told to those who run the platform, once, and that it is over."""

from uuid import UUID

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from sqlalchemy import Engine, text

from dataviz_pipelines.definitions import defs
from dataviz_pipelines.resources import Platform
from dataviz_pipelines.sensors.alerts import failed_checks, failed_runs, recovered_runs

ASSET = dg.AssetKey(["shop", "orders"])
Told = list[tuple[str, str, str | None]]


@dg.op
def may_fail(context: dg.OpExecutionContext) -> None:
    if context.run.tags.get("fails") == "yes":
        raise dg.Failure("s3cret detail")


@dg.job
def nightly() -> None:
    may_fail()


@pytest.fixture
def admin(app_engine: Engine) -> UUID:
    """With others beside, of whom one runs pipelines."""
    with app_engine.begin() as connection:
        for email in ("editor", "admin"):
            connection.execute(
                text(
                    "WITH person AS (INSERT INTO users (email) VALUES (:email || '@example.org') RETURNING id) "
                    "INSERT INTO user_roles (user_id, role_id) SELECT person.id, role.id FROM person, roles AS role WHERE role.name = :email"
                ),
                {"email": email},
            )
        added = "INSERT INTO users (email, is_admin) VALUES ('ada@example.org', true) RETURNING id"
        return UUID(str(connection.execute(text(added)).scalar_one()))


def told(engine: Engine, user_id: UUID) -> Told:
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT title, severity, action_url FROM notifications WHERE user_id = :id ORDER BY id"
            ),
            {"id": user_id},
        )
        return [tuple(row) for row in found]


def run(instance: dg.DagsterInstance, platform: Platform, *, fails: bool) -> str:
    """And what the daemon does when it meets the end."""
    result = nightly.execute_in_process(
        instance=instance, tags={"fails": "yes" if fails else "no"}, raise_on_error=False
    )
    kind = dg.DagsterEventType.RUN_FAILURE if fails else dg.DagsterEventType.RUN_SUCCESS
    event = instance.all_logs(result.run_id, of_type=kind)[-1].dagster_event
    found = instance.get_run_by_id(result.run_id)
    assert event is not None
    assert found is not None
    context = dg.build_run_status_sensor_context(
        sensor_name="x",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=found,
        resources={"platform": platform},
    )
    if fails:
        failed_runs(context.for_run_failure())
    else:
        recovered_runs(context)
    return result.run_id


def report_failure(instance: dg.DagsterInstance, platform: Platform, made: dg.DagsterRun) -> None:
    instance.report_run_failed(made)
    kind = dg.DagsterEventType.RUN_FAILURE
    event = instance.all_logs(made.run_id, of_type=kind)[-1].dagster_event
    assert event is not None
    context = dg.build_run_status_sensor_context(
        sensor_name="failed_runs",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=made,
        resources={"platform": platform},
    )
    failed_runs(context.for_run_failure())


def look(instance: dg.DagsterInstance, platform: Platform, cursor: str | None) -> str | None:
    context = dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"platform": platform}, cursor=cursor
    )
    with context:
        result = failed_checks(context)
    assert isinstance(result, dg.SensorResult)
    return result.cursor


def check(
    instance: dg.DagsterInstance,
    *,
    passed: bool,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
    partition: str | None = None,
    description: str | None = None,
) -> None:
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=ASSET,
            check_name="not_empty",
            passed=passed,
            severity=severity,
            description=description,
            metadata={} if partition is None else {"partition": partition},
        )
    )


def freshness(instance: dg.DagsterInstance, state: FreshnessState) -> None:
    """As Dagster's freshness daemon reports it."""
    instance._report_runless_asset_event(
        FreshnessStateChange(
            key=ASSET,
            new_state=state,
            previous_state=FreshnessState.UNKNOWN,
            state_change_timestamp=0.0,
        )
    )


def test_F120_a_run_that_fails_is_told_once_with_a_link_and_then_that_it_works(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    first = run(instance, platform, fails=True)
    run(instance, platform, fails=True)
    last = run(instance, platform, fails=False)
    run(instance, platform, fails=False)
    assert told(app_engine, admin) == [
        ("A run of nightly failed", "error", f"/dagster/runs/{first}"),
        ("nightly runs again", "info", f"/dagster/runs/{last}"),
    ]
    with app_engine.connect() as connection:
        rows = connection.execute(text("SELECT message FROM notifications")).scalars().all()
    assert "s3cret" not in str(rows)


def test_F120_who_runs_pipelines_is_told_and_mailed_and_others_are_not(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    run(instance, platform, fails=True)
    with app_engine.connect() as connection:
        for table in ("notifications", "notification_deliveries"):
            people = connection.execute(
                text(f"SELECT email FROM {table} JOIN users ON users.id = user_id ORDER BY email")
            )
            assert list(people.scalars()) == ["ada@example.org", "admin@example.org"]
    assert told(app_engine, admin)


def test_F120_channels_that_get_alerts_are_sent_them(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine
) -> None:
    with app_engine.begin() as connection:
        for name, gets in (("ops", True), ("other", False)):
            connection.execute(
                text(
                    "INSERT INTO notification_channels (name, channel_kind, connection_config, gets_alerts) "
                    "VALUES (:name, 'webhook', '{}', :gets)"
                ),
                {"name": name, "gets": gets},
            )
    run(instance, platform, fails=True)
    with app_engine.connect() as connection:
        targets = connection.execute(
            text("SELECT target, channel_kind FROM notification_deliveries")
        )
        assert [tuple(row) for row in targets] == [("ops", "webhook")]


def test_F120_checks_that_fail_and_assets_that_are_stale_are_told_and_that_they_are_well_again(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    check(instance, passed=False)
    cursor = look(instance, platform, None)
    assert told(app_engine, admin) == []  # that was before the platform watched
    check(instance, passed=False, severity=dg.AssetCheckSeverity.WARN)
    freshness(instance, FreshnessState.FAIL)
    cursor = look(instance, platform, cursor)
    cursor = look(instance, platform, cursor)
    check(instance, passed=False)
    check(instance, passed=True)
    freshness(instance, FreshnessState.PASS)
    look(instance, platform, cursor)
    place = "/dagster/assets/shop/orders"
    assert told(app_engine, admin) == [
        ("The check not_empty of shop/orders failed", "warning", place),
        ("shop/orders is not fresh", "error", place),
        ("The check not_empty of shop/orders passes again", "info", place),
        ("shop/orders is fresh again", "info", place),
    ]


def test_F120_what_one_partition_passes_is_no_recovery_of_another(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    cursor = look(instance, platform, None)
    check(instance, passed=False, partition="Shop", description="sales.orders")
    check(instance, passed=True, partition="Crm")
    cursor = look(instance, platform, cursor)
    place = "/dagster/assets/shop/orders"
    failed = ("The check not_empty (Shop) of shop/orders failed", "error", place)
    assert told(app_engine, admin) == [failed]
    with app_engine.connect() as connection:
        message = connection.execute(text("SELECT DISTINCT message FROM notifications")).scalar()
    assert message == (
        "What was loaded into shop/orders does not pass the check not_empty (Shop): sales.orders."
    )
    check(instance, passed=True, partition="Shop")
    look(instance, platform, cursor)
    well = ("The check not_empty (Shop) of shop/orders passes again", "info", place)
    assert told(app_engine, admin) == [failed, well]


def test_F120_a_tick_that_is_repeated_tells_nobody_again(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    cursor = look(instance, platform, None)
    check(instance, passed=False)
    freshness(instance, FreshnessState.WARN)
    for _ in range(3):
        look(instance, platform, cursor)
    assert [severity for _, severity, _ in told(app_engine, admin)] == ["error", "warning"]


def test_a_run_from_an_assets_page_is_called_by_its_assets(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    made = instance.add_run(
        dg.DagsterRun(
            job_name="__ASSET_JOB",
            asset_selection=frozenset({ASSET}),
            tags={"dagster/partition": "2026-01-01"},
            status=dg.DagsterRunStatus.STARTED,
        )
    )
    report_failure(instance, platform, made)
    assert [title for title, *_ in told(app_engine, admin)] == [
        "A run of shop/orders (2026-01-01) failed"
    ]


def test_jobs_of_people_are_told_by_the_scheduler_and_not_here_too(
    instance: dg.DagsterInstance, platform: Platform, app_engine: Engine, admin: UUID
) -> None:
    made = instance.add_run(dg.DagsterRun(job_name="run_jobs", status=dg.DagsterRunStatus.STARTED))
    report_failure(instance, platform, made)
    assert told(app_engine, admin) == []
