"""What is read from the rollups, against what the log itself says."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dataviz_pipelines.core.analytics.dashboards import most_used, usage
from dataviz_pipelines.core.analytics.periods import HOUR, Range
from dataviz_pipelines.core.analytics.points import By, Points
from dataviz_pipelines.core.analytics.rolling import roll_marked
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.security.caller import Caller
from tests.core.analytics.logs import Logs

START = datetime(2026, 1, 30, 7, tzinfo=UTC)
CALLER = Caller(new_id(), "ada@example.org", frozenset({EVERYTHING}))

uses = st.lists(
    st.tuples(st.integers(0, 90 * 24 * 60), st.integers(0, 3), st.integers(0, 1)), max_size=15
)
hours = st.integers(0, 80 * 24)


@settings(max_examples=20)
@given(
    uses=uses,
    first=hours,
    length=st.integers(1, 900),
    by=st.sampled_from(By),
    zone=st.sampled_from(["UTC", "Europe/Vienna", "America/New_York"]),
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
    given = Range(START + first * HOUR, START + (first + length) * HOUR)
    points = Points.of(given, by, zone)
    with app_engine.connect() as connection:
        found = usage(connection, CALLER, dashboards[0], points)
        ranked = most_used(connection, CALLER, given, limit=200)

    of_first = [(at, person) for at, dashboard, person in made if dashboard == dashboards[0]]
    assert (found.uses, found.users) == _within(of_first, given)
    assert [(each.uses, each.users) for each in found.points] == [
        _within(of_first, part) for part in points.ranges
    ]
    shown = {each.dashboard_id: (each.uses, each.users) for each in ranked.items}
    for dashboard in dashboards:
        wanted = _within([(at, who) for at, which, who in made if which == dashboard], given)
        assert shown.get(dashboard, (0, 0)) == wanted


def _within(made: list[tuple[datetime, UUID | None]], given: Range) -> tuple[int, int]:
    """Uses and different people."""
    found = [who for at, who in made if given.starts_at <= at < given.ends_at]
    return len(found), len({who for who in found if who is not None})
