"""What the schemas of dashboards, components and visualizations cannot judge; the table of resources names these checks."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.dashboards.errors import InvalidLayoutError
from dataviz_pipelines.core.dashboards.grid import SQL, columns_of, lock_grid, read_components
from dataviz_pipelines.core.dashboards.layout import (
    MAX_COMPONENTS,
    collides,
    outside,
    overlap,
    too_many,
)
from dataviz_pipelines.core.dashboards.tiles import tile_of
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.libraries.kinds import check_config
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, parameters
from dataviz_pipelines.core.sql import execute

COMPONENT_COLUMNS: Final = frozenset(
    {"component_type", "position_x", "position_y", "width", "height"}
)
DASHBOARD_COLUMNS: Final = frozenset({"layout_config"})
VISUALIZATION_COLUMNS: Final = frozenset({"visualization_type", "chart_config", "query_config"})

_NEW: Final = "that is new"

Values = Mapping[str, Any]


def check_component(connection: Connection, caller: Caller, values: Values) -> None:
    """F80. Locks the dashboard until the transaction ends. Raises InvalidLayoutError."""
    dashboard = lock_grid(connection, caller, values["dashboard_id"])
    tile = tile_of(values, key=str(values.get("id", _NEW)))
    components = read_components(connection, dashboard["id"])
    others = [each for each in map(tile_of, components) if each.key != tile.key]
    if len(others) >= MAX_COMPONENTS:
        raise too_many("/dashboard_id")
    overlaps = (overlap(tile, other) for other in others if collides(tile, other))
    message = outside(tile, columns_of(dashboard)) or next(overlaps, None)
    if message is not None:
        raise InvalidLayoutError(
            [Fault("/position_x", message)],
            remedy="Choose a free place, or send the whole layout at once.",
        )


def check_dashboard(connection: Connection, _caller: Caller, values: Values) -> None:
    """F80: a grid cannot become narrower than what lies on it. Raises InvalidLayoutError."""
    if "id" not in values:
        return
    columns = columns_of(dict(values))
    found = (outside(tile_of(row), columns) for row in read_components(connection, values["id"]))
    faults = [Fault("/layout_config/columns", message) for message in found if message is not None]
    if faults:
        raise InvalidLayoutError(faults, remedy="Move the components first.")


def check_visualization(connection: Connection, caller: Caller, values: Values) -> None:
    """F79, and that the saved query is one that the caller may see. Raises InvalidInputError."""
    check_config(connection, caller, values["visualization_type"], values.get("chart_config") or {})
    query = (values.get("query_config") or {}).get("saved_query_id")
    if query is not None and not _may_use(connection, caller, values.get("id"), str(query)):
        raise InvalidRowError(
            f"There is no saved query {query}.", place="/query_config/saved_query_id"
        )


def _may_use(connection: Connection, caller: Caller, visualization: Any, query: str) -> bool:
    """Whoever changes something else may leave a query that only others can see where it is."""
    visible = KINDS[ResourceType.SAVED_QUERY].allows(caller, "view")
    statement = SQL["may_use_saved_query"].format(visible=visible)
    row = execute(
        connection,
        statement,
        {"id": visualization, "saved_query_id": query, **parameters(caller)},
    ).fetchone()
    return row is not None and bool(row[0])
