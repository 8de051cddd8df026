"""The logs counted row by row, in Python: what rollups are to be, without the statements that make them."""

import math
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from dataviz_pipelines.core.analytics.periods import Range
from dataviz_pipelines.core.analytics.timings import GROWTH, ZEROS
from tests.core.analytics.logs import Logs

Row = Mapping[str, Any]
Cell = tuple[str, datetime, tuple[Any, ...]]
"""Grain, start of the period, dimensions."""


@dataclass(frozen=True)
class Log:
    """A log, and what its rollup says of each group of its rows."""

    name: str
    rollup: str
    moment: str
    dimensions: tuple[str, ...]
    count: str
    totals: tuple[str, ...] = ()
    timed: str | None = None
    counts: Callable[[Row], bool] = lambda _: True


RECOUNTED: Final = (
    Log(
        "dashboard_analytics",
        "dashboard_rollups",
        "timestamp",
        ("dashboard_id", "action_type"),
        "use_count",
        ("duration_seconds",),
        "duration_seconds",
    ),
    Log(
        "query_execution_logs",
        "query_rollups",
        "timestamp",
        ("data_source_id", "query_hash", "status", "cache_hit"),
        "run_count",
        ("rows_returned", "execution_time_ms"),
        "execution_time_ms",
    ),
    Log(
        "upload_history",
        "upload_rollups",
        "created_at",
        ("template_id", "status"),
        "upload_count",
        (
            "file_size_bytes",
            "records_processed",
            "records_success",
            "records_failed",
            "processing_time_ms",
        ),
        "processing_time_ms",
        lambda row: not row["is_dry_run"],
    ),
    Log(
        "scheduler_job_runs",
        "job_rollups",
        "created_at",
        ("job_id", "status"),
        "run_count",
        ("duration_ms",),
        "duration_ms",
    ),
    Log(
        "audit_logs", "audit_rollups", "timestamp", ("action_type", "resource_type"), "action_count"
    ),
)


def recounted(logs: Logs, log: Log, within: Range) -> dict[Cell, dict[str, Any]]:
    """What the rows of a log come to: numbers by name, and `timings`."""
    cells: dict[Cell, dict[str, Any]] = defaultdict(
        lambda: {log.count: 0, "timings": Counter()} | dict.fromkeys(log.totals, 0)
    )
    for row in logs.dicts(f"SELECT * FROM {log.name}"):
        if not log.counts(row):
            continue
        for grain, start in _periods(row[log.moment], within):
            cell = cells[grain, start, tuple(row[name] for name in log.dimensions)]
            cell[log.count] += 1
            for name in log.totals:
                cell[name] += row[name] or 0
            if log.timed is not None and row[log.timed] is not None:
                cell["timings"][bucket(row[log.timed])] += 1
    return dict(cells)


def rolled_up(logs: Logs, log: Log, within: Range) -> dict[Cell, dict[str, Any]]:
    """What the rollup of a log says, in the same form. No two of its rows are of one group."""
    cells: dict[Cell, dict[str, Any]] = {}
    for row in logs.dicts(f"SELECT * FROM {log.rollup}"):
        if within.starts_at <= row["starts_at"] < within.ends_at:
            key = (row["grain"], row["starts_at"], tuple(row[name] for name in log.dimensions))
            assert key not in cells, key
            numbers = {name: row[name] for name in (log.count, *log.totals)}
            cells[key] = numbers | {"timings": timings_of(row)}
    return cells


def timings_of(row: Row) -> Counter[int]:
    """Numbers of values by bucket, as a row of a rollup keeps them."""
    entries = struct.iter_unpack(">HI", row.get("timings", b""))
    return Counter({bucket + ZEROS: number for bucket, number in entries})


def bucket(value: int) -> int:
    return ZEROS if value == 0 else math.ceil(math.log(value) / math.log(GROWTH))


def visitors_recounted(logs: Logs, within: Range) -> dict[Cell, set[UUID]]:
    """Who used which dashboard."""
    cells: dict[Cell, set[UUID]] = defaultdict(set)
    for row in logs.dicts("SELECT * FROM dashboard_analytics WHERE user_id IS NOT NULL"):
        for grain, start in _periods(row["timestamp"], within):
            cells[grain, start, (row["dashboard_id"],)].add(row["user_id"])
    return dict(cells)


def visitors_rolled_up(logs: Logs, within: Range) -> dict[Cell, set[UUID]]:
    people = dict(logs.rows("SELECT number, user_id FROM visitor_numbers"))
    return {
        (row["grain"], row["starts_at"], (row["dashboard_id"],)): {
            people[number] for number in _bits(row["users"])
        }
        for row in logs.dicts("SELECT * FROM dashboard_visitors")
        if within.starts_at <= row["starts_at"] < within.ends_at
    }


def _bits(users: bytes) -> Iterator[int]:
    for place, byte in enumerate(users):
        yield from (place * 8 + bit for bit in range(8) if byte >> (7 - bit) & 1)


def _periods(moment: datetime, within: Range) -> Iterator[tuple[str, datetime]]:
    """The hour and the day of a moment, if it lies within."""
    if within.starts_at <= moment < within.ends_at:
        hour = moment.replace(minute=0, second=0, microsecond=0)
        yield "hour", hour
        yield "day", hour.replace(hour=0)
