"""The components of a dashboard as the document has them: all of them, and no others."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.dashboards.grid import lock_grid
from dataviz_pipelines.core.dashboards.layout import check_layout
from dataviz_pipelines.core.dashboards.replacing import (
    Component,
    Replacement,
    compare,
    current_components,
    put_components,
)
from dataviz_pipelines.core.dashboards.tiles import tile_of
from dataviz_pipelines.core.models.documents.dashboards import LayoutConfig
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.portable.items import Item, Outcome
from dataviz_pipelines.core.portable.parts import SQL, Json, in_full
from dataviz_pipelines.core.portable.targets import candidates
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sql import execute

_CONFIG = "component_config"


def portable_components(connection: Connection, dashboard_id: UUID) -> dict[str, Component]:
    """By id, in the order of their ids, documents in full."""
    return {
        key: {**each, _CONFIG: in_full(f"dashboard_components.{_CONFIG}", each[_CONFIG])}
        for key, each in current_components(connection, dashboard_id).items()
    }


def component_ids(
    connection: Connection, caller: Caller, dashboard_id: str, rows: Sequence[Json]
) -> dict[str, str]:
    """Ids here by ids in the document: their own, unless components of another dashboard have them."""
    wanted = [each for row in rows for each in candidates(caller, row["id"])]
    values = {"ids": [UUID(each) for each in wanted], "dashboard_id": dashboard_id}
    taken = {str(row[0]) for row in execute(connection, SQL["components_elsewhere"], values)}
    return {row["id"]: _free(candidates(caller, row["id"]), taken) for row in rows}


def put(
    connection: Connection,
    caller: Caller,
    dashboard: Mapping[str, Any],
    wanted: Mapping[str, Component],
) -> Replacement:
    """What had to be done. `wanted` are components by their JSON pointers; the caller may edit the dashboard and see what
    they show. Raises InvalidLayoutError."""
    dashboard_id = UUID(dashboard["id"])
    columns = LayoutConfig.model_validate(dashboard["layout_config"]).columns
    check_layout({place: tile_of(each) for place, each in wanted.items()}, columns)
    current = portable_components(connection, dashboard_id)
    replacement = compare(current, list(wanted.values()))
    if replacement.created or replacement.updated or replacement.deleted:
        lock_grid(connection, caller, dashboard_id)
        put_components(connection, dashboard_id, replacement)
    return replacement


def items_of(replacement: Replacement, ids: Mapping[str, str]) -> list[Item]:
    """`ids` are ids here by ids in the document."""
    known = {here: each for each, here in ids.items()}
    outcomes = {
        Outcome.CREATED: replacement.created,
        Outcome.UPDATED: replacement.updated,
        Outcome.UNCHANGED: replacement.unchanged,
        Outcome.DELETED: replacement.deleted,
    }
    return [
        _item(each, outcome, known.get(each["id"]))
        for outcome, components in outcomes.items()
        for each in components
    ]


def _item(component: Component, outcome: Outcome, row_id: str | None) -> Item:
    here: str = component["id"]
    return Item("component", row_id or here, tile_of(component).name, outcome, here)


def _free(wanted: Sequence[str], taken: set[str]) -> str:
    return next((each for each in wanted if each not in taken), str(new_id()))
