"""Rollups are what their logs say, whatever happens to those."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from dataviz_pipelines.core.analytics import store
from dataviz_pipelines.core.analytics.periods import DAY, HOUR, Range
from dataviz_pipelines.core.analytics.rolling import (
    marked_ranges,
    roll,
    roll_before,
    roll_marked,
    roll_range,
)
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.models.tables import Grain, RollupName
from dataviz_pipelines.core.privacy.erase import erase_person
from dataviz_pipelines.core.sql import execute
from tests.core.analytics.logs import Logs, histogram, insert

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
AROUND = Range(NOON - 2 * DAY, NOON + 2 * DAY)
DASHBOARDS = ROLLUPS[RollupName.DASHBOARDS]


def silent(*_: object) -> None:
    pass


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def uses(logs: Logs, grain: str) -> list[tuple[object, ...]]:
    return logs.rows(
        "SELECT starts_at, action_type, use_count, duration_seconds, timings FROM dashboard_rollups "
        "WHERE grain = :grain ORDER BY starts_at, action_type",
        grain=grain,
    )


def test_F95_hours_are_counted_from_the_log_and_days_from_their_hours(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard, ada = logs.dashboard(), logs.person()
    logs.use(minutes(0), dashboard, ada, duration=0)
    logs.use(minutes(59.9), dashboard, ada, duration=30)
    logs.use(minutes(30), dashboard, action="export")
    logs.use(minutes(60), dashboard, ada, duration=31)
    logs.use(NOON + 12 * HOUR, dashboard, ada, duration=1)
    rolled = roll_marked(app_engine, silent)

    assert uses(logs, "hour") == [
        (NOON, "export", 1, 0, b""),
        (NOON, "view", 2, 30, histogram({-1: 1, 86: 1})),
        (NOON + HOUR, "view", 1, 31, histogram({86: 1})),
        (NOON + 12 * HOUR, "view", 1, 1, histogram({0: 1})),
    ]
    midnight = NOON - 12 * HOUR
    assert uses(logs, "day") == [
        (midnight, "export", 1, 0, b""),
        (midnight, "view", 3, 61, histogram({-1: 1, 86: 2})),
        (midnight + DAY, "view", 1, 1, histogram({0: 1})),
    ]
    assert rolled.hours[RollupName.DASHBOARDS] == 3
    assert rolled.days[RollupName.DASHBOARDS] == 2
    assert rolled.events[RollupName.DASHBOARDS] == 5
    assert logs.marks() == set()


def test_F98_visitors_are_kept_as_bits_at_the_places_of_their_numbers(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard, people = logs.dashboard(), [logs.person() for _ in range(20)]
    for person in people:
        logs.use(NOON, dashboard, person)
    logs.use(minutes(1), dashboard, people[0])
    logs.use(NOON + HOUR, dashboard, people[7])
    logs.use(NOON + 12 * HOUR, dashboard)
    roll_marked(app_engine, silent)

    numbers = dict(logs.rows("SELECT user_id, number FROM visitor_numbers"))
    assert sorted(numbers.values()) == list(range(20))
    assert set(numbers) == set(people)
    alone = numbers[people[7]]
    assert visits(logs) == [
        ("day", NOON - 12 * HOUR, dashboard, b"\xff\xff\xf0"),
        ("hour", NOON, dashboard, b"\xff\xff\xf0"),
        ("hour", NOON + HOUR, dashboard, bytes(alone // 8) + bytes([128 >> alone % 8])),
    ]


def test_F96_a_repeated_run_replaces_and_changes_nothing(logs: Logs, app_engine: Engine) -> None:
    dashboard, ada = logs.dashboard(), logs.person()
    logs.use(NOON, dashboard, ada, duration=5)
    roll_marked(app_engine, silent)
    before = uses(logs, "hour"), uses(logs, "day"), visits(logs)
    roll_range(app_engine, Range(NOON, NOON + HOUR), silent)

    assert (uses(logs, "hour"), uses(logs, "day"), visits(logs)) == before
    assert logs.marks() == set()


def visits(logs: Logs) -> list[tuple[object, ...]]:
    return logs.rows(
        "SELECT grain, starts_at, dashboard_id, users FROM dashboard_visitors ORDER BY 1, 2"
    )


def test_F96_readers_see_the_old_counts_until_they_see_the_new_ones(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard = logs.dashboard()
    logs.use(NOON, dashboard)
    roll_marked(app_engine, silent)
    logs.use(minutes(1), dashboard)
    given = Range(NOON, NOON + HOUR)
    with app_engine.connect() as connection, connection.begin() as transaction:
        store.lock(connection, DASHBOARDS, Grain.HOUR, NOON)
        store.replace(connection, DASHBOARDS, Grain.HOUR, given)
        assert [row[2] for row in uses(logs, "hour")] == [1]
        transaction.commit()
    assert [row[2] for row in uses(logs, "hour")] == [2]


def test_F97_a_row_that_comes_late_reopens_its_hour_and_its_day(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard = logs.dashboard()
    roll_range(app_engine, AROUND, silent)
    logs.use(NOON - DAY, dashboard)
    assert logs.marks() == {("dashboards", "hour", NOON - DAY)}
    rolled = roll_marked(app_engine, silent)

    assert (rolled.hours[RollupName.DASHBOARDS], rolled.days[RollupName.DASHBOARDS]) == (1, 1)
    assert logs.different(AROUND) == {}
    assert [row[2] for row in uses(logs, "day")] == [1]


def test_F97_a_row_that_moves_reopens_both_of_its_hours(logs: Logs, app_engine: Engine) -> None:
    used = logs.use(NOON, logs.dashboard(), logs.person())
    roll_marked(app_engine, silent)
    logs.run(
        "UPDATE dashboard_analytics SET timestamp = :at WHERE id = :id", at=NOON + DAY, id=used
    )
    assert {at for _, _, at in logs.marks()} == {NOON, NOON + DAY}
    roll_marked(app_engine, silent)

    assert [row[0] for row in uses(logs, "hour")] == [NOON + DAY]
    assert [(grain, at) for grain, at, *_ in visits(logs)] == [
        ("day", NOON + 12 * HOUR),
        ("hour", NOON + DAY),
    ]


@pytest.mark.parametrize("status", ["failed", "succeeded"])
def test_F97_a_job_run_that_ends_is_counted_where_it_began(
    logs: Logs, app_engine: Engine, status: str
) -> None:
    job = logs.add("scheduler_jobs", name="nightly", job_type="maintenance")
    run = logs.add(
        "scheduler_job_runs", job_id=job, run_id="1", status="running", created_at=minutes(59)
    )
    roll_marked(app_engine, silent)
    logs.run(
        "UPDATE scheduler_job_runs SET status = :status, duration_ms = 7200000 WHERE id = :id",
        status=status,
        id=run,
    )
    roll_marked(app_engine, silent)

    assert logs.rows(
        "SELECT grain, starts_at, status, run_count, duration_ms FROM job_rollups ORDER BY starts_at"
    ) == [
        ("day", NOON - 12 * HOUR, status, 1, 7_200_000),
        ("hour", NOON, status, 1, 7_200_000),
    ]


@pytest.mark.parametrize(
    ("change", "marked"),
    [
        ("dagster_run_id = 'a', output_log = 'said', cancel_requested = true", set()),
        ("output_log = NULL, error_log = NULL", set()),
        ("status = 'failed'", {NOON}),
        ("duration_ms = 8", {NOON}),
        ("duration_ms = NULL", {NOON}),
        ("job_id = gen_random_uuid()", {NOON}),
        ("created_at = created_at + interval '1 minute'", {NOON}),
        ("created_at = created_at + interval '1 hour'", {NOON, NOON + HOUR}),
    ],
)
def test_F97_a_job_run_reopens_its_hour_only_when_what_is_counted_changes(
    logs: Logs, app_engine: Engine, change: str, marked: set[datetime]
) -> None:
    job, other = (
        logs.add("scheduler_jobs", name=name, job_type="maintenance") for name in ("one", "other")
    )
    values = {"status": "succeeded", "created_at": NOON, "duration_ms": 7, "error_log": "said"}
    logs.add("scheduler_job_runs", job_id=job, run_id="1", **values)
    logs.add("scheduler_job_runs", job_id=job, run_id="2", **values)
    roll_marked(app_engine, silent)
    change = change.replace("gen_random_uuid()", f"'{other}'")
    logs.run(f"UPDATE scheduler_job_runs SET {change} WHERE run_id = '1'")
    assert logs.marks() == {("jobs", "hour", hour) for hour in marked}
    roll_marked(app_engine, silent)

    assert logs.different(AROUND) == {}


def test_F97_what_goes_with_its_dashboard_is_counted_no_more(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard = logs.dashboard()
    logs.use(NOON, dashboard, logs.person())
    roll_marked(app_engine, silent)
    logs.run("DELETE FROM dashboards WHERE id = :id", id=dashboard)
    assert ("dashboards", "hour", NOON) in logs.marks()
    roll_marked(app_engine, silent)

    assert (uses(logs, "hour"), uses(logs, "day"), visits(logs)) == ([], [], [])


def test_F97_a_person_who_is_deleted_is_a_visitor_no_more(logs: Logs, app_engine: Engine) -> None:
    ada = logs.person()
    logs.use(NOON, logs.dashboard(), ada)
    roll_marked(app_engine, silent)
    logs.run("DELETE FROM users WHERE id = :id", id=ada)
    roll_marked(app_engine, silent)

    assert visits(logs) == []
    assert [row[2] for row in uses(logs, "hour")] == [1]


def test_F97_an_erasure_reopens_the_hours_it_rewrites(
    logs: Logs, app_engine: Engine, owner_engine: Engine
) -> None:
    ada = logs.person()
    logs.use(NOON, logs.dashboard(), ada)
    logs.run("UPDATE dashboard_analytics SET ip_address = '192.0.2.1'")
    roll_marked(app_engine, silent)
    erase_person(owner_engine, str(ada))

    assert logs.marks() == {("dashboards", "hour", NOON)}
    roll_marked(app_engine, silent)
    assert logs.different(AROUND) == {}


def test_dry_runs_are_no_uploads(logs: Logs, app_engine: Engine) -> None:
    template = logs.add(
        "upload_templates",
        name="orders",
        file_format="csv",
        validation_rules="{}",
        destination_config="{}",
    )
    for is_dry_run in (True, False):
        logs.add(
            "upload_history",
            template_id=template,
            file_name="a.csv",
            file_size_bytes=10,
            source="cli",
            is_dry_run=is_dry_run,
            status="previewed" if is_dry_run else "succeeded",
            records_processed=3,
            records_success=2,
            records_failed=1,
            processing_time_ms=40,
            created_at=NOON,
        )
    roll_marked(app_engine, silent)

    assert logs.rows(
        "SELECT status, upload_count, file_size_bytes, records_success, records_failed, processing_time_ms "
        "FROM upload_rollups WHERE grain = 'day'"
    ) == [("succeeded", 1, 10, 2, 1, 40)]


def test_queries_without_a_source_are_counted_by_their_hash(logs: Logs, app_engine: Engine) -> None:
    for hit in (True, False, False):
        logs.add(
            "query_execution_logs",
            timestamp=NOON,
            query_text="SELECT 1",
            query_hash="ab",
            status="succeeded",
            cache_hit=hit,
            rows_returned=2,
        )
    roll_marked(app_engine, silent)

    assert logs.rows(
        "SELECT cache_hit, run_count, rows_returned, execution_time_ms, timings FROM query_rollups "
        "WHERE grain = 'day' AND data_source_id IS NULL ORDER BY cache_hit"
    ) == [(False, 2, 4, 0, b""), (True, 1, 2, 0, b"")]


def test_F97_a_row_of_a_transaction_that_was_open_while_its_hour_was_counted_is_not_lost(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard = logs.dashboard()
    with app_engine.connect() as writer, writer.begin() as transaction:
        insert(
            writer,
            "dashboard_analytics",
            dashboard_id=dashboard,
            action_type="view",
            timestamp=NOON,
        )
        roll_range(app_engine, AROUND, silent)
        assert uses(logs, "hour") == []
        transaction.commit()
    roll_marked(app_engine, silent)

    assert [row[2] for row in uses(logs, "hour")] == [1]


def test_F97_a_mark_that_comes_between_the_taking_of_marks_and_the_counting_stays(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard = logs.dashboard()
    given = Range(NOON, NOON + HOUR)
    with app_engine.begin() as connection:
        store.take_marks(connection, DASHBOARDS, Grain.HOUR, given)
        logs.use(NOON, dashboard)
        counted = store.replace(connection, DASHBOARDS, Grain.HOUR, given)
    assert counted.events == 1
    assert logs.marks() == {("dashboards", "hour", NOON)}


def test_a_row_at_infinity_is_counted_nowhere_and_stops_nothing(
    logs: Logs, app_engine: Engine
) -> None:
    logs.use("infinity", logs.dashboard())  # type: ignore[arg-type]  # no datetime says it

    assert roll_marked(app_engine, silent).hours[RollupName.DASHBOARDS] == 0


def test_neighbouring_hours_are_counted_in_one_go(logs: Logs, app_engine: Engine) -> None:
    dashboard = logs.dashboard()
    for hour in (0, 1, 4, 20, 40):
        logs.use(NOON + hour * HOUR, dashboard)
    found = marked_ranges(
        app_engine, Grain.HOUR, known=AROUND, quiet_from=NOON + DAY, most=2, gap=3
    )

    assert found == [
        Range(NOON, NOON + 5 * HOUR),
        Range(NOON + 20 * HOUR, NOON + 21 * HOUR),
    ]


@pytest.mark.parametrize("table", ["dashboard_rollups", "dashboard_visitors"])
def test_the_hours_of_a_day_that_is_over_lie_together_by_dashboard(
    logs: Logs, app_engine: Engine, table: str
) -> None:
    boards, ada = [logs.dashboard(), logs.dashboard()], logs.person()
    for hour in range(3):
        for board in boards:
            logs.use(NOON + hour * HOUR, board, ada)
        roll(
            app_engine, DASHBOARDS, Grain.HOUR, Range(NOON + hour * HOUR, NOON + (hour + 1) * HOUR)
        )
    place = f"SELECT dashboard_id, starts_at FROM {table} WHERE grain = 'hour' ORDER BY ctid"
    before = logs.rows(place)
    roll(app_engine, DASHBOARDS, Grain.DAY, AROUND)

    together = sorted(before, key=lambda row: (str(row[0]), row[1]))
    assert before != together
    assert logs.rows(place) == together


def test_the_hours_of_today_stay_where_they_are(logs: Logs, app_engine: Engine) -> None:
    now = datetime.now(UTC)
    logs.use(now, logs.dashboard(), logs.person())
    roll_marked(app_engine, silent)
    place = "SELECT ctid::text FROM dashboard_rollups WHERE grain = 'hour'"
    before = logs.rows(place)
    roll(app_engine, DASHBOARDS, Grain.DAY, Range(now - HOUR, now))

    assert logs.rows(place) == before != []


def test_what_is_older_than_all_partitions_is_counted_too(logs: Logs, app_engine: Engine) -> None:
    dashboard = logs.dashboard()
    for hour in range(3):
        logs.use(NOON + hour * HOUR, dashboard)

    assert roll_before(app_engine, NOON + 2 * HOUR, most=1) == len(["an hour", "its day"])
    assert logs.marks() == {("dashboards", "hour", NOON + hour * HOUR) for hour in (1, 2)}


def _tamper(logs: Logs) -> None:
    logs.run("UPDATE dashboard_rollups SET use_count = use_count + 1 WHERE grain = 'hour'")


def _lose(logs: Logs) -> None:
    logs.run("DELETE FROM dashboard_rollups WHERE grain = 'hour'")


def _invent(logs: Logs) -> None:
    logs.run("UPDATE dashboard_visitors SET users = '\\xff' WHERE grain = 'hour'")


@pytest.mark.parametrize("harm", [_tamper, _lose, _invent])
def test_F99_a_rollup_that_is_not_what_the_log_says_is_found(
    logs: Logs, app_engine: Engine, harm: Callable[[Logs], None]
) -> None:
    logs.use(NOON, logs.dashboard(), logs.person())
    roll_marked(app_engine, silent)
    assert logs.different(AROUND) == {}
    harm(logs)

    (found,) = logs.different(AROUND).items()
    assert found == ((RollupName.DASHBOARDS, Grain.HOUR), [NOON])


def test_F99_what_is_marked_is_no_difference(logs: Logs, app_engine: Engine) -> None:
    dashboard = logs.dashboard()
    logs.use(NOON, dashboard, logs.person())
    roll_marked(app_engine, silent)
    logs.use(NOON, dashboard)

    assert logs.different(AROUND) == {}


def test_a_range_is_counted_at_once(logs: Logs, app_engine: Engine) -> None:
    dashboard, ada = logs.dashboard(), logs.person()
    for hour in range(-40, 40, 7):
        logs.use(NOON + hour * HOUR, dashboard, ada, duration=hour + 40)
    hours = roll(app_engine, DASHBOARDS, Grain.HOUR, AROUND)
    days = roll(app_engine, DASHBOARDS, Grain.DAY, Range(NOON - 60 * HOUR, NOON + 60 * HOUR))

    assert (hours.rows, hours.events, days.events) == (12, 12, 12)
    assert logs.different(AROUND) == {}
    assert logs.marks() == set()


def test_the_application_writes_marks_only_by_its_rows(owner_engine: Engine) -> None:
    """Each statement one mark an hour, however many rows it has."""
    with owner_engine.begin() as connection:
        connection.execute(text("DELETE FROM rollup_invalidations"))
        connection.execute(
            text(
                "INSERT INTO audit_logs (timestamp, action_type, resource_type) "
                "SELECT :at + number * interval '1 minute', 'a', 'b' FROM generate_series(0, 119) AS number"
            ),
            {"at": NOON},
        )
        marks = connection.execute(text("SELECT count(*) FROM rollup_invalidations")).scalar_one()
    assert marks == 2


@pytest.mark.parametrize(
    "name", [RollupName.DASHBOARDS, RollupName.QUERIES, RollupName.AUDIT], ids=str
)
def test_only_the_partition_of_the_month_is_read(app_engine: Engine, name: RollupName) -> None:
    rollup = ROLLUPS[name]
    values = {"grain": "hour", "starts_at": NOON, "ends_at": NOON + HOUR}
    with app_engine.begin() as connection:
        execute(connection, "SELECT create_month_partitions('2026-02-01', '2026-05-01')", {})
        plan = execute(connection, f"EXPLAIN {store.from_log(rollup)}", values).fetchall()
    read = set(re.findall(rf" on ({rollup.source}\w*)", str(plan)))

    assert read == {f"{rollup.source}_2026_03"}
