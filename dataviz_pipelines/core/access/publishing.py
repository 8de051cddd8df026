"""F82: nobody publishes what they may not see themselves, be it in a dashboard or what a visualization in it rests on."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.errors import NotPublishableError
from dataviz_pipelines.core.access.store import SQL
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import KINDS, Kind, parameters

PUBLISH: Final = "publish"
IS_PUBLIC: Final = "is_public"
_DASHBOARDS: Final = KINDS[ResourceType.DASHBOARD]
_VISUALIZATIONS: Final = KINDS[ResourceType.VISUALIZATION]
_RESTS_ON: Final = ("itself", "source", "query", "query_source")
_PLACE: Final = f"/{IS_PUBLIC}"

Values = Mapping[str, Any]


def check_dashboard_publicity(connection: Connection, caller: Caller, values: Values) -> None:
    """Becoming public takes more than editing does; staying public, or ceasing to be, does not."""
    is_to_be = _becomes_public(connection, caller, _DASHBOARDS, values)
    if is_to_be and "id" in values:
        require_publishable(connection, caller, values["id"], place=_PLACE)


def check_visualization_publicity(connection: Connection, caller: Caller, values: Values) -> None:
    if _becomes_public(connection, caller, _VISUALIZATIONS, values):
        given = {
            "name": values["name"],
            "data_source_id": values.get("data_source_id"),
            "saved_query_id": (values.get("query_config") or {}).get("saved_query_id"),
        }
        found = _seen_through(connection, caller, "given", given)
        _refuse(Fault(_PLACE, f"You {_why(row)}") for row in found)


def require_publishable(
    connection: Connection, caller: Caller, dashboard_id: UUID, *, place: str
) -> None:
    """Raises NotPublishableError, which says of every component what hinders. What the caller may not see is not named."""
    components = store.every(connection, SQL["visualizations_on"], id=dashboard_id)
    found = hidden(connection, caller, {each["visualization_id"] for each in components})
    _refuse(
        Fault(
            place, f"Component {each['title'] or each['id']}: you {found[each['visualization_id']]}"
        )
        for each in components
        if each["visualization_id"] in found
    )


def hidden(connection: Connection, caller: Caller, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Of these visualizations, those that the caller may not see or that rest on what they may not see, and what that is, as
    the end of a sentence about them."""
    found = _seen_through(connection, caller, "stored", {"ids": list(ids)})
    return {row["id"]: _why(row) for row in found}


def may_publish(connection: Connection, caller: Caller, kind: Kind, row_id: UUID) -> bool:
    statement = SQL["may"].format(table=kind.table, allowed=kind.allows(caller, PUBLISH))
    return store.is_there(connection, statement, id=row_id, **parameters(caller))


def not_yours(kind: Kind) -> PermissionDeniedError:
    return PermissionDeniedError(
        f"This {kind.type.value} is not yours to publish.",
        remedy="Ask its owner, or somebody who may manage it.",
    )


def _becomes_public(connection: Connection, caller: Caller, kind: Kind, values: Values) -> bool:
    """Raises PermissionDeniedError where it does and the caller may not publish it."""
    if not values.get(IS_PUBLIC):
        return False
    known = store.every(connection, SQL["is_public"].format(table=kind.table), id=values.get("id"))
    if known and known[0][IS_PUBLIC]:
        return False
    if not known:
        caller.require(kind.permission(PUBLISH))
    elif not may_publish(connection, caller, kind, values["id"]):
        raise not_yours(kind)
    return True


def _seen_through(
    connection: Connection, caller: Caller, parts: str, values: Values
) -> list[store.Row]:
    statement = SQL["seen_through"].format(
        parts=SQL[parts],
        **{kind.type.value: kind.allows(caller, "view") for kind in KINDS.values()},
    )
    rows = store.every(connection, statement, **values, **parameters(caller))
    return [row for row in rows if any(row[each] for each in _RESTS_ON)]


def _why(row: Values) -> str:
    if row["itself"]:
        return "may not see its visualization."
    lacking = " and the ".join(row[each] for each in _RESTS_ON if row[each])
    return f"may not see the {lacking} of the visualization {row['name']}."


def _refuse(faults: Iterable[Fault]) -> None:
    found = list(faults)
    if found:
        raise NotPublishableError(found)
