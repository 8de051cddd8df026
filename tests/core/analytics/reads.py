"""What is read, against the rows of the logs themselves: whatever the range, and whoever's days."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics import work
from dataviz_pipelines.core.analytics.answers import Percentiles
from dataviz_pipelines.core.analytics.dashboards import most_used, usage
from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.points import Points
from dataviz_pipelines.core.analytics.timings import GROWTH, ZEROS
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.security.caller import Caller
from tests.core.analytics.logs import Logs
from tests.core.analytics.recount import Row, bucket

CALLER = Caller(new_id(), "ada@example.org", frozenset({EVERYTHING}))


def assert_read(logs: Logs, dashboards: Sequence[UUID], points: Points) -> None:
    with logs.engine.connect() as connection:
        for dashboard in dashboards:
            _assert_usage(logs, connection, dashboard, points)
        _assert_most_used(logs, connection, points.given)
        _assert_queries(logs, connection, points.given)
        _assert_uploads(logs, connection, points.given)
        _assert_jobs(logs, connection, points.given)
        _assert_activity(logs, connection, points)


def _assert_usage(logs: Logs, connection: Connection, dashboard: UUID, points: Points) -> None:
    found = usage(connection, CALLER, dashboard, points)
    assert len(found.points) == len(points.starts)
    for part, within in ((found, points.given), *zip(found.points, points.ranges, strict=True)):
        rows = [
            each
            for each in _rows(logs, "dashboard_analytics", within)
            if each["dashboard_id"] == dashboard
        ]
        assert (part.views, part.uses) == (_number(rows, action_type="view"), len(rows))
        assert part.users == _people(rows)
        assert part.duration_seconds == _percentiles(rows, "duration_seconds")


def _assert_most_used(logs: Logs, connection: Connection, given: Range) -> None:
    found = most_used(connection, CALLER, given, limit=200).items
    groups = _groups(_rows(logs, "dashboard_analytics", given), "dashboard_id")
    assert {(each.dashboard_id,): (each.uses, each.users) for each in found} == {
        key: (len(rows), _people(rows)) for key, rows in groups.items()
    }


def _assert_queries(logs: Logs, connection: Connection, given: Range) -> None:
    found = work.queries(connection, CALLER, given, order=work.QueryOrder.RUNS, limit=200).items
    groups = _groups(_rows(logs, "query_execution_logs", given), "data_source_id", "query_hash")
    assert len(found) == len(groups)
    for item in found:
        rows = groups[item.data_source_id, item.query_hash]
        failures = _number(rows, status="failed") + _number(rows, status="timed_out")
        assert (item.runs, item.failures) == (len(rows), failures)
        assert item.error_rate == round(failures / len(rows), 6)
        assert item.rows_returned == sum(row["rows_returned"] for row in rows)
        times = [row["execution_time_ms"] for row in rows]
        assert item.mean_ms == round(sum(times) / len(times), 3)
        assert item.execution_time_ms == _percentiles(rows, "execution_time_ms")


def _assert_uploads(logs: Logs, connection: Connection, given: Range) -> None:
    found = work.uploads(connection, CALLER, given, limit=200).items
    rows = [each for each in _rows(logs, "upload_history", given) if not each["is_dry_run"]]
    groups = _groups(rows, "template_id")
    assert len(found) == len(groups)
    for item in found:
        rows = groups[item.template_id,]
        assert (item.uploads, item.statuses) == (len(rows), Counter(row["status"] for row in rows))
        assert item.file_size_bytes == sum(row["file_size_bytes"] for row in rows)
        assert item.records_failed == sum(row["records_failed"] or 0 for row in rows)
        assert item.processing_time_ms == _percentiles(rows, "processing_time_ms")


def _assert_jobs(logs: Logs, connection: Connection, given: Range) -> None:
    found = work.jobs(connection, CALLER, given, limit=200).items
    groups = _groups(_rows(logs, "scheduler_job_runs", given), "job_id")
    assert len(found) == len(groups)
    for item in found:
        rows = groups[item.job_id,]
        assert (item.runs, item.statuses) == (len(rows), Counter(row["status"] for row in rows))
        assert item.duration_ms == _percentiles(rows, "duration_ms")


def _assert_activity(logs: Logs, connection: Connection, points: Points) -> None:
    found = work.activity(connection, points, limit=200)
    assert [each.actions for each in found.points] == [
        len(_rows(logs, "audit_logs", within)) for within in points.ranges
    ]
    groups = _groups(_rows(logs, "audit_logs", points.given), "action_type", "resource_type")
    assert {(each.action_type, each.resource_type): each.actions for each in found.items} == {
        key: len(rows) for key, rows in groups.items()
    }


def _rows(logs: Logs, log: str, within: Range) -> list[Row]:
    moment = "created_at" if log in ("upload_history", "scheduler_job_runs") else "timestamp"
    return [
        row
        for row in logs.dicts(f"SELECT * FROM {log}")
        if within.starts_at <= row[moment] < within.ends_at
    ]


def _groups(rows: Iterable[Row], *columns: str) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return dict(groups)


def _number(rows: Iterable[Row], **values: str) -> int:
    return sum(values.items() <= row.items() for row in rows)


def _people(rows: Iterable[Row]) -> int:
    return len({row["user_id"] for row in rows} - {None})


def _percentiles(rows: Iterable[Row], column: str) -> Percentiles:
    """What stands for the buckets of the values that are known."""
    buckets = sorted(bucket(row[column]) for row in rows if row[column] is not None)
    shares = (0.5, 0.95, 0.99)
    if not buckets:
        return Percentiles(*(None for _ in shares))
    chosen = (buckets[math.ceil(share * len(buckets)) - 1] for share in shares)
    return Percentiles(
        *(0.0 if each == ZEROS else round(2 * GROWTH**each / (GROWTH + 1), 3) for each in chosen)
    )
