"""What people do with dashboards, as the pages that show them tell it."""

from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import require_visible
from dataviz_pipelines.core.dashboards.grid import SQL
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.logs import DashboardAction
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS
from dataviz_pipelines.core.sql import execute


def note_use(
    connection: Connection,
    caller: Caller,
    dashboard_id: UUID,
    action: DashboardAction,
    *,
    duration_s: int | None = None,
) -> UUID:
    """The use's id. A view is counted at the dashboard too. Raises InvalidRowError for a dashboard that the caller does not
    see."""
    dashboards = KINDS[ResourceType.DASHBOARD]
    require_visible(connection, caller, dashboards, dashboard_id, place="/dashboard_id")
    values = {"dashboard_id": dashboard_id, "user_id": caller.user_id}
    used = {"action": action.value, "duration_s": duration_s}
    address = {"ip_address": caller.origin.ip_address or ""}
    row = execute(connection, SQL["note_use"], {**values, **used, **address}).fetchone()
    assert row is not None  # noqa: S101  # it was just inserted
    if action is DashboardAction.VIEW:
        execute(connection, SQL["count_view"], values)
    used_id: UUID = row[0]
    return used_id
