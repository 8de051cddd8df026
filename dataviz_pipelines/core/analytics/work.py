"""How queries, uploads and jobs fare, and what is done at all: each by the thing it belongs to, which the caller must see."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics import parts, reading
from dataviz_pipelines.core.analytics.answers import (
    ActionCount,
    Activity,
    ActivityPoint,
    JobUse,
    QueryUse,
    Ranking,
    TemplateUse,
)
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.points import Points
from dataviz_pipelines.core.analytics.reading import Row, added, percentiles
from dataviz_pipelines.core.analytics.rollups import ROLLUPS
from dataviz_pipelines.core.analytics.timings import Times
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import RollupName
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, within


class QueryOrder(StrEnum):
    MEAN_MS = "mean_ms"
    RUNS = "runs"
    FAILURES = "failures"
    EXECUTION_TIME_MS = "execution_time_ms"


_QUERY_ORDERS: Final = {
    QueryOrder.MEAN_MS: "item.execution_time_ms::float8 / item.runs",
    QueryOrder.RUNS: "item.runs",
    QueryOrder.FAILURES: "item.failures",
    QueryOrder.EXECUTION_TIME_MS: "item.execution_time_ms",
}
_TEMPLATE_SUMS: Final = (
    "file_size_bytes",
    "records_processed",
    "records_success",
    "records_failed",
)


def queries(
    connection: Connection, caller: Caller, given: Range, *, order: QueryOrder, limit: int
) -> Ranking[QueryUse]:
    """The slowest first, or another order. Means and percentiles are of executions whose time is known, cache hits included."""
    rollup = ROLLUPS[RollupName.QUERIES]
    rows = parts.counts(rollup, Points.one(given))
    found = reading.rows(
        connection,
        "queries",
        rows,
        visible=within(KINDS[ResourceType.DATA_SOURCE], "data_source_id", caller, "view"),
        caller=caller,
        order=_QUERY_ORDERS[order],
        limit=limit,
    )
    hashes = [row["query_hash"] for row in found]
    timed = defaultdict(list)
    for row in reading.rows(connection, "query_timings", rows, hashes=hashes):
        timed[row["data_source_id"], row["query_hash"]].append(row["timings"])
    items = [_query(row, timed[row["data_source_id"], row["query_hash"]]) for row in found]
    return reading.ranking(connection, rollup, given, items)


def _query(row: Row, timings: Sequence[bytes]) -> QueryUse:
    runs, times = row["runs"], Times.of(timings)
    total_ms = row.pop("execution_time_ms")
    return QueryUse(
        **row,
        error_rate=round(row["failures"] / runs, 6),
        cache_hit_rate=round(row["cache_hits"] / runs, 6),
        mean_ms=round(total_ms / times.number, 3) if times.number else None,
        execution_time_ms=percentiles(times),
    )


def uploads(
    connection: Connection, caller: Caller, given: Range, *, limit: int
) -> Ranking[TemplateUse]:
    """Templates with the most records first."""
    rollup = ROLLUPS[RollupName.UPLOADS]
    found = reading.rows(
        connection,
        "uploads",
        parts.counts(rollup, Points.one(given)),
        visible=KINDS[ResourceType.UPLOAD_TEMPLATE].allows(caller, "view"),
        caller=caller,
    )
    items = _by(found, "template_id", _template, order=lambda item: item.records_processed)
    return reading.ranking(connection, rollup, given, items[:limit])


def jobs(connection: Connection, caller: Caller, given: Range, *, limit: int) -> Ranking[JobUse]:
    """Jobs with the most runs first."""
    rollup = ROLLUPS[RollupName.JOBS]
    found = reading.rows(
        connection,
        "jobs",
        parts.counts(rollup, Points.one(given)),
        visible=KINDS[ResourceType.SCHEDULER_JOB].allows(caller, "view"),
        caller=caller,
    )
    items = _by(found, "job_id", _job, order=lambda item: item.runs)
    return reading.ranking(connection, rollup, given, items[:limit])


def activity(connection: Connection, points: Points, *, limit: int) -> Activity:
    """What the audit notes; the caller may read all of it."""
    rollup = ROLLUPS[RollupName.AUDIT]
    rows = parts.counts(rollup, points)
    kinds = reading.rows(connection, "actions", rows, limit=limit)
    counts = [0] * len(points.starts)
    for row in reading.rows(connection, "activity", rows):
        counts[row["point"]] = row["actions"]
    return Activity(
        **vars(points.given),
        stale_hours=reading.stale_hours(connection, rollup, points.given),
        items=[ActionCount(**row) for row in kinds],
        points=[ActivityPoint(*each) for each in zip(points.starts, counts, strict=True)],
    )


def _by(
    rows: Sequence[Row],
    column: str,
    make: Callable[[list[Row]], Any],
    *,
    order: Callable[[Any], int],
) -> list[Any]:
    """Rows of one status each, put together by what they belong to."""
    groups: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    made = {key: make(group) for key, group in groups.items()}
    return [made[key] for key in sorted(made, key=lambda key: (-order(made[key]), key))]


def _template(rows: list[Row]) -> TemplateUse:
    return TemplateUse(
        template_id=rows[0]["template_id"],
        template=rows[0]["template"],
        uploads=sum(row["uploads"] for row in rows),
        statuses=added((row["status"], row["uploads"]) for row in rows),
        **{name: sum(row[name] for row in rows) for name in _TEMPLATE_SUMS},
        processing_time_ms=percentiles(Times.of(row["timings"] for row in rows)),
    )


def _job(rows: list[Row]) -> JobUse:
    return JobUse(
        job_id=rows[0]["job_id"],
        job=rows[0]["job"],
        runs=sum(row["runs"] for row in rows),
        statuses=added((row["status"], row["runs"]) for row in rows),
        duration_ms=percentiles(Times.of(row["timings"] for row in rows)),
    )
