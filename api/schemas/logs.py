"""What people did: uses of dashboards, executions of queries."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import INCLUDED, Input, Read
from api.schemas.people import PersonRead
from api.schemas.sources import DataSourceRead
from dataviz_pipelines.core.models.logs import DashboardAction, QueryStatus


class DashboardAnalyticsCreate(Input):
    """Who it was, and when, the platform sees for itself."""

    dashboard_id: UUID
    action_type: DashboardAction
    duration_seconds: Annotated[int, Field(strict=True, ge=0, le=86_400)] | None = None


class DashboardAnalyticsRead(Read):
    timestamp: datetime
    dashboard_id: UUID
    user_id: UUID | None
    action_type: DashboardAction
    duration_seconds: int | None
    person: PersonRead | None = INCLUDED


class QueryExecutionLogRead(Read):
    """`bytes_billed` is what BigQuery charges for; while the query runs, what it may charge at most. `error_message` says why
    it failed or was refused."""

    timestamp: datetime
    user_id: UUID | None
    data_source_id: UUID | None
    query_text: str
    query_hash: str
    execution_time_ms: int | None
    rows_returned: int | None
    status: QueryStatus
    cache_hit: bool
    saved_query_id: UUID | None
    visualization_id: UUID | None
    error_message: str | None
    bytes_billed: int | None
    cancel_requested_at: datetime | None
    deadline_at: datetime | None
    data_source: DataSourceRead | None = INCLUDED
    person: PersonRead | None = INCLUDED
