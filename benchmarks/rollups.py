"""Rollups over a year of dashboard uses: `make bench BENCH=rollups`. How long an hour and a day take to count, whether that
grows with history, what marks cost those who write, and how fast a chart of the year answers, whoever's days it shows.

Uses are spread over 100 dashboards and 1,000 people, more on some than on others. Nothing else should run.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from benchmarks.report import Report, errors
from dataviz_pipelines.core.analytics.dashboards import most_used, usage
from dataviz_pipelines.core.analytics.periods import DAY, Range
from dataviz_pipelines.core.analytics.points import By, Points, asked
from dataviz_pipelines.core.analytics.rolling import roll
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.db import create_database_engine, database_urls
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.tables import Grain, RollupName
from dataviz_pipelines.core.schema.service import set_up
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.postgres import database

DASHBOARDS = ROLLUPS[RollupName.DASHBOARDS]
YEAR = Range(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
CALLER = Caller(new_id(), "ada@example.org", frozenset({EVERYTHING}))
ZONES = ("UTC", "Europe/Vienna", "Asia/Kolkata")
"""Days that are those of UTC, that begin with another hour, and within one."""
ROUNDS = 9
WRITES = 2_000
FILL = """
    INSERT INTO dashboard_analytics (timestamp, dashboard_id, user_id, action_type, duration_seconds)
    SELECT
        timestamptz '2025-01-01 00:00+00' + (number * 31536000.0 / :events) * interval '1 second',
        boards.ids[1 + floor(100 * random() ^ 2)::integer],
        people.ids[1 + floor(1000 * random() ^ 2)::integer],
        (ARRAY['view', 'view', 'view', 'filter', 'export'])[1 + floor(5 * random())::integer],
        CASE WHEN random() < 0.7 THEN exp(random() * 7)::integer END
    FROM generate_series(0, :events - 1) AS number,
        (SELECT array_agg(id) AS ids FROM dashboards) AS boards,
        (SELECT array_agg(id) AS ids FROM users) AS people
"""
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"
"""Foreign keys and marks of ten million rows would take longer than all that is measured."""
TRIGGER = "ALTER TABLE dashboard_analytics {} TRIGGER mark_rollup_on_insert"


@contextmanager
def prepared(home: Path, events: int) -> Iterator[tuple[Engine, Engine]]:
    """The application's engine and the owner's, on a database with a year of uses."""
    with database(Settings(home=home)) as settings:
        set_up(settings)
        urls = database_urls(settings)
        app = create_database_engine(urls.app, application_name="benchmark")
        owner = create_database_engine(urls.owner, application_name="benchmark")
        for statement in (
            "SELECT create_month_partitions('2025-01-01', '2025-12-01')",
            "INSERT INTO users (email) SELECT number || '@example.org' FROM generate_series(1, 1000) AS number",
            "INSERT INTO dashboards (name) SELECT 'board ' || number FROM generate_series(1, 100) AS number",
        ):
            run(owner, statement)
        with owner.begin() as connection:
            connection.execute(text(WITHOUT_TRIGGERS))
            connection.execute(text(FILL), {"events": events})
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield app, owner
        app.dispose()
        owner.dispose()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def seconds(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def count_hour(engine: Engine) -> Callable[[], object]:
    given = Range(datetime(2025, 1, 15, 12, tzinfo=UTC), datetime(2025, 1, 15, 13, tzinfo=UTC))
    return lambda: roll(engine, DASHBOARDS, Grain.HOUR, given)


def count_day(engine: Engine, day: datetime) -> Callable[[], object]:
    given = Range(day, day + DAY)

    def count() -> None:
        roll(engine, DASHBOARDS, Grain.HOUR, given)
        roll(engine, DASHBOARDS, Grain.DAY, given)

    return count


def counting(engine: Engine, report: Report) -> None:
    """The first months alone, and then the whole year: the same day must cost the same."""
    day = datetime(2025, 1, 15, tzinfo=UTC)
    january = Range(YEAR.starts_at, datetime(2025, 2, 1, tzinfo=UTC))
    for grain in Grain:
        roll(engine, DASHBOARDS, grain, january)
    alone = seconds(count_day(engine, day))
    started = time.perf_counter()
    for grain in Grain:
        roll(engine, DASHBOARDS, grain, YEAR)
    report.add("year_s", time.perf_counter() - started, "s")
    report.add("hour_s", seconds(count_hour(engine)), "s", target=1)
    within = seconds(count_day(engine, day))
    report.add("day_s", within, "s")
    report.add("day_with_a_years_history", within / alone, "times that with a month's", target=1.5)


def asking(engine: Engine, report: Report) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        board = _busiest(engine)
        for zone in ZONES:
            place, given = zone.rpartition("/")[2].lower(), year_in(zone)
            charts = {by: Points.of(given, by, zone) for by in (By.DAY, By.MONTH)}
            for by, points in charts.items():
                spent = seconds(partial(usage, connection, CALLER, board, points))
                report.add(f"year_by_{by}_in_{place}_ms", spent * 1_000, "ms", target=50)
            spent = seconds(partial(most_used, connection, CALLER, given, limit=20))
            report.add(f"most_used_of_the_year_in_{place}_ms", spent * 1_000, "ms")


def year_in(zone: str) -> Range:
    first, last = (datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) for year in (2025, 2026))
    return asked(first, last, zone)


def _busiest(engine: Engine) -> UUID:
    with engine.connect() as connection:
        found: UUID = connection.execute(
            text(
                "SELECT dashboard_id FROM dashboard_rollups GROUP BY 1 ORDER BY sum(use_count) DESC LIMIT 1"
            )
        ).scalar_one()
    return found


def writing(app: Engine, owner: Engine, report: Report) -> None:
    """Single rows, each in a transaction, with marks and without; and a million rows at once."""

    def one_by_one() -> None:
        with app.connect() as connection:
            for _ in range(WRITES):
                with connection.begin():
                    connection.exec_driver_sql(
                        "INSERT INTO dashboard_analytics (dashboard_id, action_type) "
                        "SELECT id, 'view' FROM dashboards LIMIT 1"
                    )

    with_marks = seconds(one_by_one, 3) / WRITES
    run(owner, TRIGGER.format("DISABLE"))
    without = seconds(one_by_one, 3) / WRITES
    run(owner, TRIGGER.format("ENABLE"))
    report.add("write_us", without * 1e6, "µs a row")
    report.add("mark_us", (with_marks - without) * 1e6, "µs a row")


def sizes(engine: Engine, report: Report) -> None:
    with engine.connect() as connection:
        for name, table in (
            ("rollup_mb", "dashboard_rollups"),
            ("visitors_mb", "dashboard_visitors"),
        ):
            size = connection.execute(
                text("SELECT pg_total_relation_size(CAST(:table AS regclass))"), {"table": table}
            )
            report.add(name, size.scalar_one() / 1024**2, "MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    arguments = parser.parse_args()
    report = Report("rollups")
    errors.print(f"Preparing {arguments.events:,} events …")
    with (
        tempfile.TemporaryDirectory(prefix="dataviz-bench-") as folder,
        prepared(Path(folder) / "home", arguments.events) as (app, owner),
    ):
        counting(app, report)
        with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        asking(app, report)
        writing(app, owner, report)
        sizes(owner, report)
    report.publish()


if __name__ == "__main__":
    main()
