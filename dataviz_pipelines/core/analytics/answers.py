"""What the rollups answer. Times are in seconds for uses of dashboards, else in milliseconds; percentiles are at most 2 % off,
None where nothing was timed. `stale_hours` are hours of the range that have changed since they, or their day, were counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")


@dataclass(frozen=True)
class Ranking(Generic[Item]):
    """Items in their order, of the whole hours from `starts_at` up to `ends_at`."""

    starts_at: datetime
    ends_at: datetime
    stale_hours: int
    items: list[Item]


@dataclass(frozen=True)
class Percentiles:
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True)
class DashboardUse:
    """`users` are different people, of all actions; nobody is counted for uses without a log-in."""

    dashboard_id: UUID
    name: str
    views: int
    uses: int
    users: int
    duration_seconds: int


@dataclass(frozen=True)
class UsagePoint:
    starts_at: datetime
    views: int
    uses: int
    users: int
    duration_seconds: Percentiles


@dataclass(frozen=True)
class DashboardUsage:
    """`users` are those of the whole range, fewer than those of its points added up."""

    dashboard_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    stale_hours: int
    views: int
    uses: int
    users: int
    actions: dict[str, int]
    duration_seconds: Percentiles
    points: list[UsagePoint]


@dataclass(frozen=True)
class QueryUse:
    """`query_hash` finds the text in the log of executions. `failures` failed or took too long; rates are shares of `runs`;
    `data_source_id` is null once the data source is gone."""

    query_hash: str
    data_source_id: UUID | None
    data_source: str | None
    runs: int
    failures: int
    error_rate: float
    cache_hits: int
    cache_hit_rate: float
    rows_returned: int
    mean_ms: float | None
    execution_time_ms: Percentiles


@dataclass(frozen=True)
class TemplateUse:
    """Counts of a template's uploads; records are those of its files."""

    template_id: UUID
    template: str
    uploads: int
    statuses: dict[str, int]
    file_size_bytes: int
    records_processed: int
    records_success: int
    records_failed: int
    processing_time_ms: Percentiles


@dataclass(frozen=True)
class JobUse:
    job_id: UUID
    job: str
    runs: int
    statuses: dict[str, int]
    duration_ms: Percentiles


@dataclass(frozen=True)
class ActionCount:
    action_type: str
    resource_type: str
    actions: int


@dataclass(frozen=True)
class ActivityPoint:
    starts_at: datetime
    actions: int


@dataclass(frozen=True)
class Activity:
    """`items` has the most frequent kinds of actions of the range."""

    starts_at: datetime
    ends_at: datetime
    stale_hours: int
    items: list[ActionCount]
    points: list[ActivityPoint]


@dataclass(frozen=True)
class Stale:
    """`last_used_at` is the hour of the last use; null: never used, as far as the logs go back."""

    resource_type: str
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
