"""F80: the layout of a dashboard as one thing, read and written at once; and F77: the one it has on a phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Row, get_row
from dataviz_pipelines.core.dashboards.errors import InvalidLayoutError
from dataviz_pipelines.core.dashboards.grid import (
    DASHBOARD,
    SQL,
    columns_of,
    lock_grid,
    read_components,
)
from dataviz_pipelines.core.dashboards.layout import check_layout
from dataviz_pipelines.core.dashboards.mobile import mobile_items
from dataviz_pipelines.core.dashboards.tiles import tile_of
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.documents.dashboards import MobileItem, MobileLayout
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sql import execute


@dataclass(frozen=True)
class Layout:
    """`dashboard` carries the ETag that a change of the layout rests on."""

    dashboard: Row
    columns: int
    components: list[dict[str, Any]]


def read_layout(connection: Connection, caller: Caller, dashboard_id: UUID) -> Layout:
    dashboard = get_row(connection, caller, DASHBOARD, dashboard_id)
    return Layout(dashboard, columns_of(dashboard), read_components(connection, dashboard_id))


def arrange(
    connection: Connection,
    caller: Caller,
    dashboard_id: UUID,
    positions: Sequence[Mapping[str, Any]],
    *,
    if_match: str | None = None,
) -> Layout:
    """Gives every component of the dashboard its place. Raises InvalidLayoutError."""
    dashboard = lock_grid(connection, caller, dashboard_id, if_match=if_match)
    components = {row["id"]: row for row in read_components(connection, dashboard_id)}
    _require_all(components, positions)
    placed = [{**components[UUID(str(each["component_id"]))], **each} for each in positions]
    tiles = {f"/positions/{number}": tile_of(row) for number, row in enumerate(placed)}
    check_layout(tiles, columns_of(dashboard))
    execute(
        connection,
        SQL["place_components"],
        {"dashboard_id": dashboard_id, "positions": Jsonb(list(positions))},
    )
    return Layout(dashboard, columns_of(dashboard), placed)


def mobile_layout(
    connection: Connection, caller: Caller, dashboard_id: UUID
) -> tuple[bool, list[MobileItem]]:
    """Whether it is derived from the desktop's, and its components from top to bottom."""
    layout = read_layout(connection, caller, dashboard_id)
    stored = layout.dashboard["mobile_layout"]
    known = None if stored is None else MobileLayout.model_validate(stored)
    tiles = [tile_of(row) for row in layout.components]
    return known is None, mobile_items(tiles, layout.columns, known)


def _require_all(components: Mapping[UUID, Any], positions: Sequence[Mapping[str, Any]]) -> None:
    """A layout that misses a component, or knows one too many, was made from what is no more."""
    named = [UUID(str(each["component_id"])) for each in positions]
    faults = [
        Fault(f"/positions/{number}/component_id", f"There is no component {each}.")
        for number, each in enumerate(named)
        if each not in components
    ]
    faults += [
        Fault("/positions", f"The component {each} has no place.")
        for each in components
        if each not in named
    ]
    if len(set(named)) < len(named):
        faults.append(Fault("/positions", "A component has several places."))
    if faults:
        raise InvalidLayoutError(faults, remedy="Read the layout again.")
