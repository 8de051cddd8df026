"""A sample of each resource: a row of it, and the bodies that create and change one."""

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.models import tables
from tests.api.people import Person

PREFIX = "/api/v1"
TEMPLATE = {
    "file_format": "csv",
    "validation_rules": {"columns": [{"name": "city"}]},
    "destination_config": {"table": "cities"},
}
PATCHES: dict[str, dict[str, Any]] = {
    "bookmarks": {"tags": ["blue"]},
    "charts": {"category": "Bars"},
    "columns": {"description": "Where they live"},
    "dashboard-components": {"width": 3},
    "dashboards": {"description": "By month"},
    "data-sources": {"is_active": False},
    "notifications": {"is_read": True},
    "saved-queries": {"query_text": "SELECT 2"},
    "scheduler-jobs": {"is_active": False},
    "tables": {"description": "Who buys", "tags": ["sales"]},
    "themes": {"color_palette": ["#000000"]},
    "upload-templates": {"description": "By month"},
    "visualizations": {"query_config": {"query_text": "SELECT 2"}},
}


class Samples:
    """Everything belongs to `owner`, who may do everything."""

    def __init__(self, engine: Engine, owner: Person) -> None:
        self._engine = engine
        self._owner = owner
        self._numbers = count(1)

    def body(self, path: str) -> dict[str, Any]:
        return BODIES[path](self)

    def row(self, path: str) -> UUID:
        """The id of a new row, created over HTTP where that is possible."""
        return self.create(path, self.body(path)) if path in BODIES else ROWS[path](self)

    def create(self, path: str, body: dict[str, Any]) -> UUID:
        answer = self._owner.post(f"{PREFIX}/{path}", body)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    def name(self) -> str:
        return f"Sample {next(self._numbers)}"

    def insert(self, model: Any, **values: Any) -> UUID:
        row = {"id": uuid4(), "created_by": self._owner.id, **values}
        with self._engine.begin() as connection:
            connection.execute(insert(model).values(row))
        return UUID(str(row["id"]))

    @property
    def owner_id(self) -> UUID:
        return self._owner.id


BODIES: dict[str, Callable[[Samples], dict[str, Any]]] = {
    "bookmarks": lambda some: {
        "resource_type": "dashboard",
        "resource_id": str(some.row("dashboards")),
        "bookmark_name": some.name(),
        "tags": ["red"],
    },
    "charts": lambda some: {"name": some.name(), "chart_type": some.name()},
    "dashboard-components": lambda some: {
        "dashboard_id": str(some.row("dashboards")),
        "visualization_id": str(some.row("visualizations")),
        "component_type": "visualization",
        "position_x": 0,
        "position_y": 0,
        "width": 4,
        "height": 3,
    },
    "dashboards": lambda some: {
        "name": some.name(),
        "theme_id": str(some.row("themes")),
        "filters_config": [{"key": "a", "label": "A", "column": "a", "kind": "text"}],
    },
    "saved-queries": lambda some: {
        "name": some.name(),
        "query_text": "SELECT 1",
        "data_source_id": str(some.row("data-sources")),
    },
    "scheduler-jobs": lambda some: {
        "name": some.name(),
        "job_type": "http_call",
        "job_config": {"url": "https://example.org/ping"},
        "schedule_expression": "0 6 * * 1-5",
        "timezone": "Europe/Vienna",
    },
    "themes": lambda some: {"name": some.name(), "css_variables": {"--text": "#000000"}},
    "visualizations": lambda some: {
        "name": some.name(),
        "visualization_type": "bar",
        "data_source_id": str(some.row("data-sources")),
    },
}

ROWS: dict[str, Callable[[Samples], UUID]] = {
    "columns": lambda some: some.insert(
        tables.ColumnMetadata,
        table_metadata_id=some.row("tables"),
        column_name="city",
        data_type="text",
    ),
    "comments": lambda some: some.insert(
        tables.Comment,
        resource_type="dashboard",
        resource_id=some.row("dashboards"),
        comment_text="Why?",
    ),
    "dashboard-analytics": lambda some: some.insert(
        tables.DashboardAnalytics,
        dashboard_id=some.row("dashboards"),
        user_id=some.owner_id,
        action_type="view",
    ),
    "data-sources": lambda some: some.create(
        "data-sources",
        {
            "name": some.name(),
            "connection": {
                "connection_type": "postgresql",
                "host": "db.example.org",
                "database": "shop",
                "user": "reader",
                "password": "correct horse",
            },
        },
    ),
    "discovery-runs": lambda some: some.insert(
        tables.DiscoveryRun, data_source_id=some.row("data-sources"), status="queued"
    ),
    "metadata-changes": lambda some: some.insert(
        tables.MetadataChange,
        discovery_run_id=some.row("discovery-runs"),
        table_metadata_id=some.row("tables"),
        change_type="table_added",
    ),
    "change-impacts": lambda some: some.insert(
        tables.ChangeImpact,
        discovery_run_id=some.row("discovery-runs"),
        metadata_change_id=some.row("metadata-changes"),
        resource_type="saved_query",
        resource_id=some.row("saved-queries"),
        effect="breaks",
        reason="shop.orders.total is gone.",
    ),
    "notification-deliveries": lambda some: some.insert(
        tables.NotificationDelivery,
        notice_id=uuid4(),
        user_id=some.owner_id,
        channel_kind="email",
        kind="comment_reply",
        title=some.name(),
        message="In a comment.",
    ),
    "notifications": lambda some: some.insert(
        tables.Notification,
        user_id=some.owner_id,
        notification_type="comment_reply",
        title=some.name(),
        message="In a comment.",
    ),
    "query-execution-logs": lambda some: some.insert(
        tables.QueryExecutionLog,
        user_id=some.owner_id,
        data_source_id=some.row("data-sources"),
        query_text="SELECT 1",
        query_hash="0" * 64,
        status="succeeded",
    ),
    "rejected-rows": lambda some: some.insert(
        tables.RejectedRow, upload_id=some.row("uploads"), line_number=2, errors=[], raw=["x"]
    ),
    "scheduler-job-runs": lambda some: some.insert(
        tables.SchedulerJobRun,
        job_id=some.row("scheduler-jobs"),
        run_id=some.name(),
        scheduled_for=utc_now(),
    ),
    "tables": lambda some: some.insert(
        tables.DatabaseMetadata,
        data_source_id=some.row("data-sources"),
        database_name="shop",
        schema_name="public",
        table_name=some.name(),
        table_type="table",
    ),
    "upload-templates": lambda some: some.insert(
        tables.UploadTemplate, name=some.name(), is_active=False, **TEMPLATE
    ),
    "uploads": lambda some: some.insert(
        tables.UploadHistory,
        template_id=some.row("upload-templates"),
        file_name="cities.csv",
        file_size_bytes=10,
        source="api",
    ),
}
