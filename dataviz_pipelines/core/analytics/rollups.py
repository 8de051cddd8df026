"""What is rolled up: which logs, by which of their columns."""

from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.models.tables import RollupName


@dataclass(frozen=True)
class Rollup:
    """Rows of `source` are counted in `count` and added up in `totals` (NULLs are none), by their `dimensions`. `moment` is
    when a row happened, `timed` the column of which `timings` is the histogram, `condition` which rows count."""

    name: RollupName
    table: str
    source: str
    moment: str
    dimensions: tuple[str, ...]
    count: str
    totals: tuple[str, ...] = ()
    timed: str | None = None
    condition: str = "true"

    @property
    def numbers(self) -> tuple[str, ...]:
        return (self.count, *self.totals)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.dimensions, *self.numbers, *(("timings",) if self.timed else ()))


ROLLUPS: Final[dict[RollupName, Rollup]] = {
    rollup.name: rollup
    for rollup in (
        Rollup(
            RollupName.DASHBOARDS,
            "dashboard_rollups",
            "dashboard_analytics",
            "timestamp",
            ("dashboard_id", "action_type"),
            "use_count",
            ("duration_seconds",),
            "duration_seconds",
        ),
        Rollup(
            RollupName.QUERIES,
            "query_rollups",
            "query_execution_logs",
            "timestamp",
            ("data_source_id", "query_hash", "status", "cache_hit"),
            "run_count",
            ("rows_returned", "execution_time_ms"),
            "execution_time_ms",
        ),
        Rollup(
            RollupName.UPLOADS,
            "upload_rollups",
            "upload_history",
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
            "NOT is_dry_run",
        ),
        Rollup(
            RollupName.JOBS,
            "job_rollups",
            "scheduler_job_runs",
            "created_at",
            ("job_id", "status"),
            "run_count",
            ("duration_ms",),
            "duration_ms",
        ),
        Rollup(
            RollupName.AUDIT,
            "audit_rollups",
            "audit_logs",
            "timestamp",
            ("action_type", "resource_type"),
            "action_count",
        ),
    )
}
