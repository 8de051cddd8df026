"""Whatever happens to the logs in whatever order, and whoever counts at the same time, rollups are what the logs say."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from dataviz_pipelines.core.analytics.periods import DAY, HOUR, Range
from dataviz_pipelines.core.analytics.points import By, Points, asked
from dataviz_pipelines.core.analytics.rolling import roll, roll_marked, roll_range
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.models.tables import Grain, RollupName
from tests.core.analytics.logs import Logs, insert
from tests.core.analytics.reads import assert_read
from tests.core.analytics.recount import (
    RECOUNTED,
    recounted,
    rolled_up,
    visitors_recounted,
    visitors_rolled_up,
)
from tests.core.analytics.zones import ZONES

START = datetime(2026, 2, 27, tzinfo=UTC)
SPAN = Range(START, START + 4 * DAY)
SEED = 20_261_129

moments = st.integers(0, 4 * 24 * 60 - 1).map(lambda minute: START + timedelta(minutes=minute))
counts = st.integers(0, 5_000)
LOGS = {
    "dashboard_analytics": "timestamp",
    "query_execution_logs": "timestamp",
    "upload_history": "created_at",
    "scheduler_job_runs": "created_at",
    "audit_logs": "timestamp",
}


def silent(*_: object) -> None:
    pass


@dataclass
class World:
    """`made` are the rows that were written, by log."""

    logs: Logs
    owner: Engine
    dashboards: list[UUID]
    people: list[UUID]
    source: UUID
    template: UUID
    job: UUID
    made: dict[str, list[UUID]] = field(default_factory=lambda: {log: [] for log in LOGS})


Step = Callable[[World], None]


def add(log: str, at: datetime, number: int) -> Step:
    def step(world: World) -> None:
        world.made[log].append(
            world.logs.add(log, **{LOGS[log]: at}, **_values(world, log, number))
        )

    return step


def _values(world: World, log: str, number: int) -> dict[str, object]:
    outcome = ("succeeded", "failed", "cancelled")[number % 3]
    if log == "dashboard_analytics":
        return {
            "dashboard_id": world.dashboards[number % 2],
            "user_id": (*world.people, None)[number % 3],
            "action_type": ("view", "export")[number % 2],
            "duration_seconds": None if number % 5 == 0 else number,
        }
    if log == "query_execution_logs":
        return {
            "data_source_id": (world.source, None)[number % 2],
            "query_text": "q",
            "query_hash": str(number % 3),
            "status": outcome,
            "execution_time_ms": number,
            "rows_returned": number % 7,
        }
    if log == "upload_history":
        return {
            "template_id": world.template,
            "file_name": "a",
            "file_size_bytes": number,
            "source": "cli",
            "status": "failed",
            "is_dry_run": number % 4 == 0,
            "processing_time_ms": number,
        }
    if log == "scheduler_job_runs":
        return {"job_id": world.job, "run_id": uuid4().hex, "status": "running"}
    return {"action_type": ("create", "delete")[number % 2], "resource_type": "users"}


def move(log: str, at: datetime, number: int) -> Step:
    """To another time; people who keep the audit in order may not, but the owner could."""

    def step(world: World) -> None:
        if world.made[log]:
            chosen = world.made[log][number % len(world.made[log])]
            with world.owner.begin() as connection:
                connection.execute(
                    text(f"UPDATE {log} SET {LOGS[log]} = :at WHERE id = :id"),
                    {"at": at, "id": chosen},
                )

    return step


def rewrite(log: str, number: int) -> Step:
    """All but the time of a row."""

    def step(world: World) -> None:
        if world.made[log]:
            chosen = world.made[log][number % len(world.made[log])]
            values = _values(world, log, number)
            columns = ", ".join(f"{name} = :{name}" for name in values)
            with world.owner.begin() as connection:
                connection.execute(
                    text(f"UPDATE {log} SET {columns} WHERE id = :id"), {"id": chosen, **values}
                )

    return step


def end(number: int) -> Step:
    """A run that was running, or an upload that is undone."""

    def step(world: World) -> None:
        world.logs.run(
            "UPDATE scheduler_job_runs SET status = 'succeeded', duration_ms = :number",
            number=number,
        )
        world.logs.run("UPDATE upload_history SET records_processed = 2, records_failed = 2")

    return step


def remove(log: str, number: int) -> Step:
    def step(world: World) -> None:
        if world.made[log]:
            chosen = world.made[log].pop(number % len(world.made[log]))
            with world.owner.begin() as connection:
                connection.execute(text(f"DELETE FROM {log} WHERE id = :id"), {"id": chosen})

    return step


def forget_person(number: int) -> Step:
    def step(world: World) -> None:
        world.logs.run("DELETE FROM users WHERE id = :id", id=world.people[number % 2])
        world.people[number % 2] = world.logs.person()

    return step


def drop_dashboard(number: int) -> Step:
    def step(world: World) -> None:
        world.logs.run("DELETE FROM dashboards WHERE id = :id", id=world.dashboards[number % 2])
        world.dashboards[number % 2] = world.logs.dashboard()

    return step


def count_marked(world: World) -> None:
    roll_marked(world.logs.engine, silent)


def count_range(name: RollupName, grain: Grain, first: datetime, hours: int) -> Step:
    given = Range(first, first + hours * HOUR)
    return lambda world: _ignored(roll(world.logs.engine, ROLLUPS[name], grain, given))


def backfill(first: datetime, hours: int) -> Step:
    given = Range(first, first + hours * HOUR)
    return lambda world: _ignored(roll_range(world.logs.engine, given, silent))


def _ignored(_: object) -> None:
    pass


logs_of = st.sampled_from(list(LOGS))
steps = st.one_of(
    st.builds(add, logs_of, moments, counts),
    st.builds(add, logs_of, moments, counts),
    st.builds(move, logs_of, moments, counts),
    st.builds(remove, logs_of, counts),
    st.builds(rewrite, logs_of, counts),
    st.builds(end, counts),
    st.builds(forget_person, counts),
    st.builds(drop_dashboard, counts),
    st.just(count_marked),
    st.builds(
        count_range,
        st.sampled_from(RollupName),
        st.sampled_from(Grain),
        moments,
        st.integers(1, 50),
    ),
    st.builds(backfill, moments, st.integers(1, 30)),
)


@contextmanager
def world_of(logs: Logs, owner: Engine) -> Iterator[World]:
    """Empty of logs, and of what was counted."""
    with owner.begin() as connection:
        for table in (*LOGS, *(each.table for each in ROLLUPS.values()), "dashboard_visitors"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM rollup_invalidations"))
    name = uuid4().hex
    yield World(
        logs,
        owner,
        [logs.dashboard(), logs.dashboard()],
        [logs.person(), logs.person()],
        logs.add("data_sources", name=name, connection_type="postgresql", connection_config="{}"),
        logs.add(
            "upload_templates",
            name=name,
            file_format="csv",
            validation_rules="{}",
            destination_config="{}",
        ),
        logs.add("scheduler_jobs", name=name, job_type="maintenance"),
    )


@settings(max_examples=20)
@given(
    rows=st.lists(st.builds(add, logs_of, moments, counts), min_size=10, max_size=30),
    history=st.lists(steps, max_size=12),
    zone=st.sampled_from(ZONES),
    by=st.sampled_from(By),
)
def test_F97_F99_after_any_history_every_rollup_is_what_its_log_says(
    rows: list[Step], history: list[Step], zone: str, by: By, logs: Logs, owner_engine: Engine
) -> None:
    with world_of(logs, owner_engine) as world:
        for step in (*rows, *history):
            step(world)
        assert logs.different(SPAN) == {}
        count_marked(world)
        assert logs.rows("SELECT * FROM rollup_invalidations") == []
        assert logs.different(SPAN) == {}
        for log in RECOUNTED:
            assert rolled_up(logs, log, SPAN) == recounted(logs, log, SPAN)
        assert visitors_rolled_up(logs, SPAN) == visitors_recounted(logs, SPAN)
        points = Points.of(asked(START + HOUR, SPAN.ends_at - HOUR, zone), by, zone)
        assert_read(logs, world.dashboards, points)
        before = _counted(logs)
        roll_range(logs.engine, SPAN, silent)
        assert _counted(logs) == before


def _counted(logs: Logs) -> dict[str, list[str]]:
    """Everything that was counted within the span, but for the ids of its rows."""
    statements = {
        rollup.table: f"SELECT grain, starts_at, {', '.join(rollup.columns)} FROM {rollup.table} "
        "WHERE starts_at >= :first AND starts_at < :last"
        for rollup in ROLLUPS.values()
    }
    visits = (
        "SELECT grain, starts_at, dashboard_id, users FROM dashboard_visitors "
        "WHERE starts_at >= :first AND starts_at < :last"
    )
    bounds = {"first": SPAN.starts_at, "last": SPAN.ends_at}
    return {
        name: sorted(map(repr, logs.rows(statement, **bounds)))
        for name, statement in (statements | {"visitors": visits}).items()
    }


def _write(world: World, seed: int) -> None:
    """Transactions of several statements, some of them rolled back, in a few hours that others write in too."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    for number in range(40):
        with (
            suppress(OperationalError),  # a deadlock with another writer: rolled back
            world.logs.engine.connect() as connection,
            connection.begin() as transaction,
        ):
            for _ in range(chance.randint(1, 3)):
                at = START + timedelta(minutes=chance.randint(0, 200))
                _change(world, connection, chance, at)
            if number % 7 == 0:
                transaction.rollback()


def _change(world: World, connection: Connection, chance: random.Random, at: datetime) -> None:
    what = chance.randint(0, 3)
    if what <= 1:
        values = _values(world, "dashboard_analytics", chance.randint(0, 5_000))
        insert(connection, "dashboard_analytics", timestamp=at, **values)
        return
    statement = (
        "UPDATE dashboard_analytics SET timestamp = :at WHERE id = "
        if what == 2
        else "DELETE FROM dashboard_analytics WHERE timestamp < :at AND id = "
    )
    one = "(SELECT id FROM dashboard_analytics ORDER BY md5(id::text || :salt) LIMIT 1)"
    connection.execute(text(statement + one), {"at": at, "salt": str(chance.random())})


def test_F96_F97_nothing_is_lost_between_those_who_write_and_those_who_count(
    logs: Logs, owner_engine: Engine
) -> None:
    """At every moment, an hour that differs from its log carries a mark."""
    with world_of(logs, owner_engine) as world, ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(_write, world, SEED + number) for number in range(3)]

        def count() -> int:
            rounds = 0
            while not all(writer.done() for writer in writers):
                roll_marked(logs.engine, silent)
                rounds += 1
            return rounds

        def look() -> list[object]:
            found: list[object] = []
            while not all(writer.done() for writer in writers):
                found += logs.different(SPAN).items()
            return found

        counters, looker = [pool.submit(count) for _ in range(2)], pool.submit(look)
        for writer in writers:
            writer.result()
        assert all(counter.result() >= 1 for counter in counters)
        assert looker.result() == []
        count_marked(world)
        assert logs.different(SPAN) == {}
        assert logs.marks() == set()
        assert logs.rows("SELECT count(*) > 20 FROM dashboard_analytics") == [(True,)]
