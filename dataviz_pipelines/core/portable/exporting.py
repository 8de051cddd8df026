"""A dashboard as a document: what the caller may see of it and of what it needs."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import get_row
from dataviz_pipelines.core.portable.components import portable_components
from dataviz_pipelines.core.portable.parts import Json, Parts, portable_row, visible_rows
from dataviz_pipelines.core.security.caller import Caller

FORMAT: Final = "dataviz-dashboard"
FORMAT_VERSION: Final = 1


def export_dashboard(
    connection: Connection, caller: Caller, parts: Parts, dashboard_id: UUID
) -> Json:
    """The same dashboard makes the same document, so that two can be compared. Raises RowNotFoundError."""

    def seen(collection: Any, wanted: list[Any], column: str = "id") -> list[Json]:
        return visible_rows(connection, caller, collection, wanted, column=column)

    dashboard = portable_row(
        parts.dashboards, get_row(connection, caller, parts.dashboards, dashboard_id)
    )
    components = list(portable_components(connection, dashboard_id).values())
    visualizations = seen(parts.visualizations, [each["visualization_id"] for each in components])
    queries = seen(
        parts.saved_queries, [each["query_config"]["saved_query_id"] for each in visualizations]
    )
    sources = [each["data_source_id"] for each in (*visualizations, *queries)]
    themes = seen(parts.themes, [dashboard["theme_id"]])
    types = [each["visualization_type"] for each in visualizations]
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "dashboard": dashboard,
        "components": components,
        "visualizations": visualizations,
        "saved_queries": queries,
        "theme": themes[0] if themes else None,
        "charts": seen(parts.charts, types, "chart_type"),
        "data_sources": seen(parts.data_sources, sources),
    }
