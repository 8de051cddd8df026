"""The grid of one dashboard in the database. Whoever changes what lies on it locks the dashboard first, so that two who add
components at once see each other, and stamps it, so that its ETag stands for its layout too."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.crud import Collection, Row, update_row
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.dashboards import LayoutConfig
from dataviz_pipelines.core.models.tables import Base, Dashboard
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS
from dataviz_pipelines.core.sql import blocks, execute

SQL: Final = blocks("dataviz_pipelines.core.dashboards", "dashboards.sql")
_COLUMNS: Final = (
    *("id", "visualization_id", "component_type"),
    *("position_x", "position_y", "width", "height", "component_config"),
)

DASHBOARD: Final = Collection(
    name="dashboards",
    one="dashboard",
    table=Base.metadata.tables[Dashboard.__tablename__],
    policy=KINDS[ResourceType.DASHBOARD],
)
"""A dashboard as its grid knows it."""


def lock_grid(
    connection: Connection, caller: Caller, dashboard_id: UUID, *, if_match: str | None = None
) -> Row:
    """The dashboard, stamped, if the caller may edit it and `if_match` is its ETag."""
    stamp = {"updated_at": utc_now()}  # its trigger stamps it with the database's own time
    return update_row(connection, caller, DASHBOARD, dashboard_id, stamp, if_match=if_match)


def read_components(connection: Connection, dashboard_id: UUID) -> list[dict[str, Any]]:
    """What a component is, without its authorship, in the order of their ids."""
    rows = execute(connection, SQL["components"], {"dashboard_id": dashboard_id}).fetchall()
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def columns_of(dashboard: Row) -> int:
    return LayoutConfig.model_validate(dashboard["layout_config"]).columns
