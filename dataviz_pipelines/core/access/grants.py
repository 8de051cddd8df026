"""Grants: what is shared with whom, by whoever may share it: its owner, whoever a grant of it lets manage it, and those who
manage everything of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.errors import NoSuchPrincipalError
from dataviz_pipelines.core.access.principals import Names
from dataviz_pipelines.core.access.store import SQL
from dataviz_pipelines.core.crud import Collection, Row, Shared, require_visible
from dataviz_pipelines.core.models.access import PrincipalType, ResourcePermission, ResourceType
from dataviz_pipelines.core.models.documents.permissions import MANAGE
from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import ALWAYS, KINDS, NEVER, OWN, Kind, parameters

Action = Literal["view", "edit"]


def sharing(kind: Kind, caller: Caller, action: Action) -> str:
    """The condition under which the caller may see, or say, with whom a row of this kind is shared. It holds for no row that
    they may not see."""
    needed = (f"grants:{action}", kind.permission("view"))
    ways = []
    if all(caller.may(permission) for permission in needed):
        if caller.may(kind.permission(MANAGE)):
            return ALWAYS
        ways.append(OWN)
    if all(caller.in_scope(permission) for permission in needed):
        ways.append(kind.granted(MANAGE))
    return f"({' OR '.join(ways)})" if ways else NEVER


@dataclass(frozen=True)
class WithWhat:
    """Grants are seen and changed by whoever may share what they are of."""

    by_row: bool = True

    def permission(self, action: str) -> str:
        return f"grants:{_on_grants(action)}"

    def allows(self, caller: Caller, action: str) -> str:
        ways = [_grants_of(kind, caller, _on_grants(action)) for kind in KINDS.values()]
        found = [way for way in ways if way != NEVER]
        return f"({' OR '.join(found)})" if found else NEVER


GRANTS: Final = Collection(
    name="grants",
    one="grant",
    table=Base.metadata.tables[ResourcePermission.__tablename__],
    policy=WithWhat(),
    filters=("resource_type", "resource_id", "principal_type", "principal_id", "permission_type"),
    sorts=("created_at", "updated_at"),
    includes={"principal": Names(), "resource": Shared()},
)


def share(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> tuple[Row, bool]:
    """The grant, and whether there was none of this level for them before; one that was there now ends as this one says.

    Raises InvalidRowError for what the caller may not see, PermissionDeniedError for what is not theirs to share.
    """
    kind = KINDS[ResourceType(values["resource_type"])]
    require_visible(connection, caller, kind, values["resource_id"], place="/resource_id")
    _require_sharing(connection, caller, kind, values)
    _require_principal(connection, values)
    wanted = {"expires_at": None, **values, "granted_by": caller.user_id}
    statement = SQL["share"].format(columns=GRANTS.selected)
    (row,) = store.every(connection, statement, **wanted)
    is_new = bool(row.pop("is_new"))
    return row, is_new


def _require_sharing(
    connection: Connection, caller: Caller, kind: Kind, values: Mapping[str, Any]
) -> None:
    statement = SQL["hold_shared"].format(table=kind.table, allowed=sharing(kind, caller, "edit"))
    wanted = {"id": values["resource_id"], **parameters(caller)}
    if not store.is_there(connection, statement, **wanted):
        raise PermissionDeniedError(
            f"This {kind.type.value.replace('_', ' ')} is not yours to share.",
            remedy="Ask its owner, or somebody who may manage it.",
        )


def _require_principal(connection: Connection, values: Mapping[str, Any]) -> None:
    is_user = values["principal_type"] == PrincipalType.USER
    block = SQL["hold_user" if is_user else "hold_role"]
    if not store.is_there(connection, block, id=values["principal_id"]):
        raise NoSuchPrincipalError(
            f"There is no {values['principal_type']} {values['principal_id']}."
        )


def _on_grants(action: str) -> Action:
    return "view" if action == "view" else "edit"


def _grants_of(kind: Kind, caller: Caller, action: Action) -> str:
    of_kind = f"item.resource_type = '{kind.type.value}'"
    condition = sharing(kind, caller, action)
    if condition == NEVER:
        return NEVER
    if condition == ALWAYS:
        return of_kind
    inner = f"SELECT item.id FROM {kind.table} AS item WHERE {condition}"
    return f"({of_kind} AND item.resource_id IN ({inner}))"
