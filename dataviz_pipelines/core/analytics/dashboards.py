"""How dashboards are used. A dashboard that the caller may not see is counted nowhere."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics import parts, reading
from dataviz_pipelines.core.analytics.answers import (
    DashboardUsage,
    DashboardUse,
    Ranking,
    UsagePoint,
)
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.points import Points
from dataviz_pipelines.core.analytics.reading import percentiles
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.analytics.timings import Times
from dataviz_pipelines.core.crud.errors import RowNotFoundError
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import DashboardAction, RollupName
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS

_KIND: Final = KINDS[ResourceType.DASHBOARD]
_ROLLUP: Final = ROLLUPS[RollupName.DASHBOARDS]

People = int
"""A bit for each person, so that `|` counts nobody twice."""


class Used(NamedTuple):
    """By one action, within one point."""

    action: str
    uses: int
    timings: bytes


def most_used(
    connection: Connection, caller: Caller, given: Range, *, limit: int
) -> Ranking[DashboardUse]:
    """Those with the most views first."""
    whole = Points.one(given)
    found = reading.rows(
        connection,
        "most_used",
        parts.counts(_ROLLUP, whole),
        visible=_KIND.allows(caller, "view"),
        caller=caller,
        limit=limit,
    )
    ids = [row["dashboard_id"] for row in found]
    users = {dashboard_id: people for dashboard_id, _, people in _users(connection, whole, *ids)}
    items = [
        DashboardUse(**row, users=users.get(row["dashboard_id"], 0).bit_count()) for row in found
    ]
    return reading.ranking(connection, _ROLLUP, given, items)


def usage(
    connection: Connection, caller: Caller, dashboard_id: UUID, points: Points
) -> DashboardUsage:
    """Raises RowNotFoundError for a dashboard that the caller does not see."""
    name = _name(connection, caller, dashboard_id)
    users = [0] * len(points.starts)
    for _, point, people in _users(connection, points, dashboard_id):
        users[point] = people
    used = _used(connection, dashboard_id, points)
    times = [Times.of(each.timings for each in rows) for rows in used]
    everything = [each for rows in used for each in rows]
    return DashboardUsage(
        dashboard_id=dashboard_id,
        name=name,
        **vars(points.given),
        stale_hours=reading.stale_hours(connection, _ROLLUP, points.given),
        views=_uses(everything, DashboardAction.VIEW),
        uses=_uses(everything),
        users=reduce(or_, users).bit_count(),
        actions=reading.added((each.action, each.uses) for each in everything),
        duration_seconds=percentiles(Times.together(times)),
        points=[_point(*each) for each in zip(points.starts, used, times, users, strict=True)],
    )


def _point(starts_at: datetime, used: Sequence[Used], times: Times, users: People) -> UsagePoint:
    return UsagePoint(
        starts_at=starts_at,
        views=_uses(used, DashboardAction.VIEW),
        uses=_uses(used),
        users=users.bit_count(),
        duration_seconds=percentiles(times),
    )


def _uses(used: Sequence[Used], only: DashboardAction | None = None) -> int:
    return sum(each.uses for each in used if only in (None, each.action))


def _name(connection: Connection, caller: Caller, dashboard_id: UUID) -> str:
    found = reading.visible(
        connection, "visible_name", caller, _KIND.allows(caller, "view"), id=dashboard_id
    )
    if not found:
        raise RowNotFoundError(f"There is no dashboard {dashboard_id}.")
    name: str = found[0]["name"]
    return name


def _used(connection: Connection, dashboard_id: UUID, points: Points) -> list[list[Used]]:
    """For each point."""
    found = reading.rows(
        connection, "uses", parts.counts(_ROLLUP, points), dashboard_id=dashboard_id
    )
    used: list[list[Used]] = [[] for _ in points.starts]
    for row in found:
        used[row["point"]].append(Used(row["action_type"], row["uses"], row["timings"]))
    return used


def _users(
    connection: Connection, points: Points, *ids: UUID
) -> Iterator[tuple[UUID, int, People]]:
    """Of each dashboard and point that somebody used."""
    for row in reading.rows(connection, "visitors", parts.visitors(_ROLLUP, points), ids=list(ids)):
        people = (int.from_bytes(each, "little") for each in row["users"])
        yield row["dashboard_id"], row["point"], reduce(or_, people)
