"""What points are made of, as texts for FROM: days of a rollup, hours of days that are split, and of hours that are split the log.

A row of the log comes as the rollup would have it if it were alone, so all are added up in the same way. An hour of which the log has
nothing is taken as a whole: where a month of the log has been taken away, what was counted of it stays.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dataviz_pipelines.core.analytics.periods import DAY, Range
from dataviz_pipelines.core.analytics.points import Points
from dataviz_pipelines.core.analytics.rollups import Rollup
from dataviz_pipelines.core.analytics.store import SQL
from dataviz_pipelines.core.analytics.timings import bucket_sql, entry_sql
from dataviz_pipelines.core.models.tables import Grain

Text = tuple[str, dict[str, Any]]
"""With what it binds."""


def counts(rollup: Rollup, points: Points) -> Text:
    """Rows `starts_at`, and what else the rollup has."""
    columns = ", ".join(("starts_at", *rollup.columns))
    alone = f"SELECT {_alone(rollup)} FROM {rollup.source}"
    return _parts(rollup, points, alone, table=rollup.table, columns=columns)


def visitors(rollup: Rollup, points: Points) -> Text:
    """Rows `starts_at`, `dashboard_id`, `users`, of the rollup of dashboards."""
    columns = "starts_at, dashboard_id, users"
    alone = SQL["visitors_alone"]
    return _parts(rollup, points, alone, table="dashboard_visitors", columns=columns)


def _parts(rollup: Rollup, points: Points, alone: str, **names: str) -> Text:
    days, hours = points.split(Grain.DAY), points.split(Grain.HOUR)
    of_days, bound = _within(days)
    bound |= {**points.given.values(), "starts": _array(points.starts), "days": _array(days)}
    whole = SQL["whole_periods"].format(hours=of_days, **names)
    if not hours:
        return f"({whole})", bound
    log = {"source": rollup.source, "moment": rollup.moment, "condition": rollup.condition}
    text = SQL["split_periods"].format(whole=whole, alone=alone, **log)
    return f"({text})", bound | {"hours": _array(hours)}


def _alone(rollup: Rollup) -> str:
    """The columns of the rollup, from a row of the log."""
    totals = [f"coalesce({total}, 0)::bigint AS {total}" for total in rollup.totals]
    columns = [*rollup.dimensions, f"1::bigint AS {rollup.count}", *totals]
    if rollup.timed:
        entry = entry_sql(bucket_sql(rollup.timed), "1")
        columns.append(f"coalesce({entry}, ''::bytea) AS timings")
    return ", ".join((f"{rollup.moment} AS starts_at", *columns))


def _within(days: Iterable[datetime]) -> Text:
    """The condition of hours of these days, by ranges: a join would be planned without knowing how few hours there are."""
    runs = list[Range]()
    for day in days:
        is_next = bool(runs) and runs[-1].ends_at == day
        runs.append(Range(runs.pop().starts_at if is_next else day, day + DAY))
    bound = dict[str, Any]()
    for number, run in enumerate(runs):
        bound |= {f"from_{number}": run.starts_at, f"to_{number}": run.ends_at}
    texts = (f"starts_at >= %(from_{n})s AND starts_at < %(to_{n})s" for n in range(len(runs)))
    return " OR ".join(texts) or "false", bound


def _array(moments: Iterable[datetime]) -> str:
    """As PostgreSQL writes one: for a list the driver takes several times as long."""
    return f"{{{','.join(each.isoformat() for each in moments)}}}"
