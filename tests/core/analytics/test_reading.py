"""What is read from the rollups, against what the log itself says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dataviz_pipelines.core.analytics.dashboards import usage
from dataviz_pipelines.core.analytics.periods import DAY, HOUR, Range
from dataviz_pipelines.core.analytics.points import By, Points
from dataviz_pipelines.core.analytics.rolling import roll_marked
from tests.core.analytics.logs import Logs
from tests.core.analytics.reads import CALLER, assert_read
from tests.core.analytics.zones import ZONES

MINUTE = timedelta(minutes=1)
START = datetime(2026, 1, 30, 7, tzinfo=UTC)
MIDNIGHT = datetime(2026, 2, 3, 18, 30, tzinfo=UTC)
"""Of India."""

uses = st.lists(
    st.tuples(st.integers(0, 90 * 24 * 60), st.integers(0, 3), st.integers(0, 1)), max_size=15
)
minutes = st.integers(0, 80 * 24 * 60)


@settings(max_examples=20)
@given(
    uses=uses,
    first=minutes,
    length=st.integers(1, 900 * 60),
    by=st.sampled_from(By),
    zone=st.sampled_from(ZONES),
)
def test_F98_people_and_uses_are_those_of_the_log_over_any_range(
    uses: list[tuple[int, int, int]],
    first: int,
    length: int,
    by: By,
    zone: str,
    logs: Logs,
    app_engine: Engine,
) -> None:
    dashboards, people = [logs.dashboard() for _ in range(2)], [logs.person() for _ in range(3)]
    made = [
        (START + timedelta(minutes=minute), dashboards[which], (*people, None)[who])
        for minute, who, which in uses
    ]
    for at, dashboard, person in made:
        logs.use(at, dashboard, person)
    roll_marked(app_engine, lambda *_: None)
    given = Range(START + first * MINUTE, START + (first + length) * MINUTE)
    points = Points.of(given, by, zone)
    assert_read(logs, dashboards, points)


def test_a_late_row_shows_at_once_where_two_days_share_an_hour_and_its_hour_is_stale(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard, ada = logs.dashboard(), logs.person()
    logs.use(MIDNIGHT - 2 * MINUTE, dashboard, ada)
    roll_marked(app_engine, lambda *_: None)
    logs.use(MIDNIGHT - MINUTE, dashboard, ada)
    logs.use(MIDNIGHT, dashboard, ada)
    given = Range(MIDNIGHT - DAY, MIDNIGHT + DAY)
    with app_engine.connect() as connection:
        found = usage(connection, CALLER, dashboard, Points.of(given, By.DAY, "Asia/Kolkata"))

    assert [(each.uses, each.users) for each in found.points] == [(2, 1), (1, 1)]
    assert (found.uses, found.users, found.stale_hours) == (3, 1, 1)


def test_where_the_log_is_gone_an_hour_counts_in_the_day_in_which_it_begins(
    logs: Logs, app_engine: Engine
) -> None:
    dashboard, ada = logs.dashboard(), logs.person()
    for at in (MIDNIGHT - MINUTE, MIDNIGHT + MINUTE, MIDNIGHT + HOUR):
        logs.use(at, dashboard, ada)
    roll_marked(app_engine, lambda *_: None)
    logs.run("DELETE FROM dashboard_analytics")
    logs.run("DELETE FROM rollup_invalidations")
    given = Range(MIDNIGHT - DAY, MIDNIGHT + DAY)
    with app_engine.connect() as connection:
        found = usage(connection, CALLER, dashboard, Points.of(given, By.DAY, "Asia/Kolkata"))

    assert [(each.uses, each.users) for each in found.points] == [(2, 1), (1, 1)]
