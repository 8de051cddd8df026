"""What /health/ready is told, by a real database."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, make_url

from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.health.service import (
    INBOX_SENSOR,
    LATE_AFTER_S,
    SCHEDULER_SENSOR,
    UPLOAD_WORKER,
    Check,
    check_readiness,
    record_beat,
)
from dataviz_pipelines.core.settings import Settings
from tests.servers.processes import free_port

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def by_name(engine: Engine, now: datetime = NOW) -> dict[str, Check]:
    return {check.name: check for check in check_readiness(engine, clock=lambda: now)}


def test_F114_all_is_well_while_the_inbox_is_looked_at(app_engine: Engine) -> None:
    record_beat(app_engine, INBOX_SENSOR, clock=lambda: NOW - timedelta(seconds=5))
    record_beat(app_engine, SCHEDULER_SENSOR, clock=lambda: NOW - timedelta(seconds=4))
    record_beat(app_engine, UPLOAD_WORKER, clock=lambda: NOW - timedelta(seconds=2))
    checks = by_name(app_engine)
    assert {name: check.ok for name, check in checks.items()} == {
        "database": True,
        "migrations": True,
        "dagster": True,
        "scheduler": True,
        "uploads": True,
    }
    assert checks["uploads"].message == "The queue of uploads was looked at 2 s ago."
    assert checks["scheduler"].message == "The schedule was looked at 4 s ago."
    assert checks["dagster"].message == "The inbox was looked at 5 s ago."
    assert checks["dagster"].lag_s == 5


def test_F114_an_old_heartbeat_is_not_well_but_not_needed(app_engine: Engine) -> None:
    record_beat(app_engine, INBOX_SENSOR, clock=lambda: NOW)
    late = by_name(app_engine, NOW + timedelta(seconds=LATE_AFTER_S + 1))["dagster"]
    assert (late.ok, late.needed) == (False, False)
    assert by_name(app_engine, NOW + timedelta(seconds=LATE_AFTER_S))["dagster"].ok


def test_a_later_heartbeat_takes_the_place_of_the_one_before(app_engine: Engine) -> None:
    record_beat(app_engine, INBOX_SENSOR, clock=lambda: NOW)
    record_beat(app_engine, INBOX_SENSOR, clock=lambda: NOW + timedelta(seconds=10))
    assert by_name(app_engine, NOW + timedelta(seconds=12))["dagster"].lag_s == 2


def test_a_sensor_that_never_looked_is_not_well(app_engine: Engine) -> None:
    assert by_name(app_engine)["dagster"].message == "The inbox has not been looked at yet."
    assert not by_name(app_engine)["uploads"].ok


def test_a_database_without_a_schema_answers_and_says_what_to_run(
    empty_database_settings: Settings,
) -> None:
    assert empty_database_settings.database_url is not None
    url = make_url(empty_database_settings.database_url.get_secret_value())
    engine = create_database_engine(url.set(drivername="postgresql+psycopg"), application_name="t")
    checks = by_name(engine)
    engine.dispose()
    assert {name: check.ok for name, check in checks.items()} == {
        "database": True,
        "migrations": False,
    }
    assert checks["migrations"].needed
    assert "dataviz setup --full" in checks["migrations"].message


def test_a_database_that_is_away_is_the_only_thing_to_say(database_settings: Settings) -> None:
    url = database_urls(database_settings).app.set(port=free_port())
    engine = create_database_engine(url, application_name="t")
    assert check_readiness(engine) == [
        Check("database", ok=False, message="It does not answer.", needed=True)
    ]
