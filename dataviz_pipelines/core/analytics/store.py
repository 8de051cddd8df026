"""The statements that count, composed of the names in `rollups`, and those on marks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics.periods import Range, month
from dataviz_pipelines.core.analytics.rollups import Rollup
from dataviz_pipelines.core.analytics.timings import bucket_sql, entries_sql, histogram_sql
from dataviz_pipelines.core.models.tables import Grain, RollupName
from dataviz_pipelines.core.sql import blocks, execute

SQL: Final = blocks("dataviz_pipelines.core.analytics", "analytics.sql")


class Counted(NamedTuple):
    """`rows` of a rollup, which stand for `events`."""

    rows: int
    events: int


class Period(NamedTuple):
    rollup: RollupName
    starts_at: datetime


def lock(connection: Connection, rollup: Rollup, grain: Grain, starts_at: datetime) -> None:
    """Held until the transaction ends: who counts another hour of the same month waits."""
    name = f"dataviz.rollups {rollup.name.value} {grain.value} {month(starts_at).isoformat()}"
    execute(connection, SQL["lock"], {"name": name})


def take_marks(connection: Connection, rollup: Rollup, grain: Grain, given: Range) -> None:
    """Those that are visible now: a statement that follows sees every change that they stand for."""
    values = {"rollup": rollup.name.value, "grain": grain.value, **given.values()}
    execute(connection, SQL["take_marks"], values)


def mark_days(connection: Connection, rollup: Rollup, given: Range) -> None:
    execute(connection, SQL["mark_days"], {"rollup": rollup.name.value, **given.values()})


def marked(
    connection: Connection,
    grain: Grain,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
) -> list[Period]:
    """What has changed since it was counted, oldest first."""
    values = {"grain": grain.value, "since": since, "before": before}
    found = execute(connection, SQL["marked"], values)
    return [Period(RollupName(name), starts_at) for name, starts_at in found]


def replace(connection: Connection, rollup: Rollup, grain: Grain, given: Range) -> Counted:
    """Counts hours from the log, days from their hours."""
    values = {"grain": grain.value, **given.values()}
    execute(
        connection,
        f"DELETE FROM {rollup.table} WHERE grain = %(grain)s "
        "AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s",
        values,
    )
    counted = from_log(rollup) if grain is Grain.HOUR else _from_hours(rollup)
    columns = ", ".join(("starts_at", *rollup.columns))
    row = execute(
        connection,
        f"WITH put AS (INSERT INTO {rollup.table} (grain, {columns}) "
        f"SELECT %(grain)s, {columns} FROM ({counted}) AS counted RETURNING {rollup.count}) "
        f"SELECT count(*), coalesce(sum({rollup.count}), 0)::bigint FROM put",
        values,
    ).fetchone()
    assert row is not None  # noqa: S101  # an aggregate has a row
    return Counted(*row)


def number_visitors(connection: Connection, given: Range) -> None:
    """Gives a number to everybody who has none. They are given one after the other, so others who give some wait."""
    (is_needed,) = execute(connection, SQL["has_unknown_visitors"], given.values()).fetchall()[0]
    if is_needed:
        execute(connection, SQL["lock"], {"name": "dataviz.rollups numbers"})
        execute(connection, SQL["number_visitors"], given.values())


def replace_visitors(connection: Connection, grain: Grain, given: Range) -> None:
    values = {"grain": grain.value, **given.values()}
    counted = SQL["visitors_of_log" if grain is Grain.HOUR else "visitors_of_hours"]
    execute(connection, SQL["remove_visitors"], values)
    execute(connection, SQL["put_visitors"].replace("{counted}", counted), values)


def lay_together(
    connection: Connection, table: str, dimensions: Sequence[str], given: Range
) -> None:
    """The hours of days that are over, as they are read. Nobody may count any of them meanwhile."""
    statement = SQL["lay_together"].format(table=table, dimensions=", ".join(dimensions))
    execute(connection, statement, given.values())


def different(connection: Connection, rollup: Rollup, grain: Grain, given: Range) -> list[datetime]:
    """Hours or days that are not what the log says, and carry no mark."""
    columns = ", ".join(("starts_at", *rollup.columns))
    kept = (
        f"SELECT {columns} FROM {rollup.table} WHERE grain = %(grain)s "
        "AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s"
    )
    counted = f"SELECT {columns} FROM ({from_log(rollup)}) AS counted"
    return _different(connection, kept, counted, rollup, grain, given)


def different_visitors(
    connection: Connection, rollup: Rollup, grain: Grain, given: Range
) -> list[datetime]:
    kept, counted = SQL["kept_visitors"], SQL["visitors_of_log"]
    return _different(connection, kept, counted, rollup, grain, given)


def _different(
    connection: Connection, kept: str, counted: str, rollup: Rollup, grain: Grain, given: Range
) -> list[datetime]:
    statement = SQL["different"].replace("{kept}", kept).replace("{counted}", counted)
    values = {"rollup": rollup.name.value, "grain": grain.value, **given.values()}
    return [starts_at for (starts_at,) in execute(connection, statement, values)]


def from_log(rollup: Rollup) -> str:
    """Rows of the rollup as the log has them, by `grain`. Each bucket is counted first, then they are put together."""
    dimensions = ", ".join(rollup.dimensions)
    bucket = bucket_sql(rollup.timed) if rollup.timed else "NULL::integer"
    totals = "".join(f", coalesce(sum({total}), 0) AS {total}" for total in rollup.totals)
    parts = (
        f"SELECT date_trunc(%(grain)s, {rollup.moment}, 'UTC') AS starts_at, {dimensions}, {bucket} AS bucket, "
        f"count(*) AS number, count(*) AS {rollup.count}{totals} FROM {rollup.source} "
        f"WHERE {rollup.moment} >= %(starts_at)s AND {rollup.moment} < %(ends_at)s AND {rollup.condition} "
        f"GROUP BY 1, {dimensions}, bucket"
    )
    return _together(rollup, parts)


def _from_hours(rollup: Rollup) -> str:
    of_day = "date_trunc('day', starts_at, 'UTC') AS starts_at"
    hours = (
        f"FROM {rollup.table} AS item {{entries}} WHERE grain = 'hour' "
        "AND starts_at >= %(starts_at)s AND starts_at < %(ends_at)s"
    )
    dimensions = ", ".join(rollup.dimensions)
    parts = (
        f"SELECT {of_day}, {dimensions}, NULL::integer AS bucket, NULL::bigint AS number, {', '.join(rollup.numbers)} "
        + hours.format(entries="")
    )
    if rollup.timed:
        zeros = ", ".join("0" for _ in rollup.numbers)
        parts += (
            f" UNION ALL SELECT {of_day}, {dimensions}, entry.bucket, sum(entry.number)::bigint, {zeros} "
            + hours.format(entries=f"CROSS JOIN LATERAL ({entries_sql('timings')}) AS entry")
            + f" GROUP BY 1, {dimensions}, entry.bucket"
        )
    return _together(rollup, parts)


def _together(rollup: Rollup, parts: str) -> str:
    dimensions = ", ".join(("starts_at", *rollup.dimensions))
    numbers = ", ".join(f"sum({number})::bigint AS {number}" for number in rollup.numbers)
    timings = f", {histogram_sql('bucket', 'number')} AS timings" if rollup.timed else ""
    return f"SELECT {dimensions}, {numbers}{timings} FROM ({parts}) AS part GROUP BY {dimensions}"
